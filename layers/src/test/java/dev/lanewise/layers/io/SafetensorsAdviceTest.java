// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.file.FileKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What people give in place of a safetensors file is named, and what to do is said. */
class SafetensorsAdviceTest {
  @TempDir Path folder;

  private String fault(byte[] content) throws IOException {
    Path file = Files.write(folder.resolve("w"), content);
    String message = assertThrows(DataException.class, () -> Safetensors.read(file)).getMessage();
    assertEquals(
        message,
        assertThrows(DataException.class, () -> ModelFile.readMetadata(file)).getMessage());
    assertTrue(message.startsWith(file + ": "), message);
    assertFalse(message.endsWith("..."), message);
    return message.substring((file + ": ").length());
  }

  @ParameterizedTest
  @MethodSource("dev.lanewise.layers.file.FileKindTest#files")
  void isNamed(FileKind kind, byte[] content) throws IOException {
    String fault = fault(content);
    assertTrue(fault.startsWith("is " + kind.what + ", expected a safetensors file"), fault);
    for (int length = 0; length < Math.min(content.length, 80); length++) {
      fault(Arrays.copyOf(content, length)); // no exception but the one of a bad file
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PYTORCH, ': convert it in Python, safetensors.torch.save_file(torch.load(file, weights_only='",
    "PYTORCH, 'weights_only=True), ''weights.safetensors'')'",
    "TORCHSCRIPT, torch.save_file(torch.jit.load(file).state_dict()",
    "NPZ, numpy.save_file(dict(numpy.load(file))",
    "PICKLE, 'numpy.save_file({name: array, ...}'",
    "HDF5, from the names and layouts of Keras to those of PyTorch",
    "KERAS, numpy.save_file(arrays",
    "ONNX, onnx.numpy_helper.to_array",
    "GIT_LFS, : fetch the file itself with 'git lfs pull'",
    "JSON, ': an index of several files'",
    "TRUNCATED_ZIP, ; copy or download it again",
    "GZIP, : unpack it first",
  })
  void adviceFitsTheKind(FileKind kind, String words) {
    String advice = SafetensorsAdvice.of(kind, new byte[0]);
    assertTrue(advice.contains(words), advice);
  }

  static Stream<Arguments> texts() {
    return Stream.of(
        arguments(
            "is an HTML page, expected a safetensors file: the address was that of a page"
                + " ('w at main'); download the file itself",
            "\n<!DOCTYPE html>\n<html><head><title> w at main </title></head></html>"),
        arguments("that of a page; download", "\uFEFF<HTML lang=\"en\"><body>x</body></HTML>"),
        arguments(
            ": servers send one in place of a file ('AccessDenied'); download the file again",
            "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code></Error>"),
        arguments(": 'Entry not found'; download it again", "\uFEFFEntry not found\n"),
        arguments(": '" + "\u00e9".repeat(60) + "...'", "\u00e9".repeat(999)),
        arguments("is a table of text (CSV), expected a safetensors file: 'a,b,c?1", "a,b,c\n1,2"),
        arguments("is empty", ""),
        arguments("is not a safetensors file: 7 bytes are too few", "sign in"),
        arguments("is not a safetensors file: its header length is", "\1\2\3\4\5\6\7\10"));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void textIsQuoted(String words, String text) throws IOException {
    String fault = fault(text.getBytes(StandardCharsets.UTF_8));
    assertTrue(fault.contains(words), fault);
  }
}
