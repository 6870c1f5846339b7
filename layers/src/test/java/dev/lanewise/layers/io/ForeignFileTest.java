package dev.lanewise.layers.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.lanewise.layers.data.DataException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What people give in place of a safetensors file is named, and what to do is said. */
class ForeignFileTest {
  @TempDir Path folder;

  private static byte[] zip(String entry) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry(entry));
      zip.write(new byte[1000]);
    }
    return bytes.toByteArray();
  }

  /** Each character is a byte; behind them come zeros. */
  private static byte[] bytes(String start) {
    return Arrays.copyOf(start.getBytes(StandardCharsets.ISO_8859_1), 600);
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] gzip() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(bytes)) {
      zip.write(new byte[1000]);
    }
    return bytes.toByteArray();
  }

  static Stream<Arguments> files() throws IOException {
    String torch = "is a file of PyTorch's torch.save, expected a safetensors file: convert it in";
    return Stream.of(
        arguments(torch, zip("w/data.pkl")),
        arguments(torch, zip("archive/version")),
        arguments(torch, bytes("\u0080\2\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019.")),
        arguments("torch.load(file, weights_only=True), 'weights.safetensors')", zip("data.pkl")),
        arguments("torch.jit.load(file).state_dict()", zip("script/data/0")),
        arguments("torch.jit.load(file).state_dict()", zip("net/code/__torch__.py")),
        arguments("is a Python pickle, expected", bytes("\u0080\4\u0095\u0087")),
        arguments("is an NPZ file of NumPy, expected", zip("0.weight.npy")),
        arguments("dict(numpy.load(file))", zip("arr_0.npy")),
        arguments("is a single NumPy array", bytes("\u0093NUMPY\1\0v\0{'descr': '<f4'")),
        arguments("is an HDF5 file, as Keras", bytes("\u0089HDF\r\n\u001a\n")),
        arguments("is a Keras file", zip("metadata.json")),
        arguments("is a zip archive, expected a safetensors file: unpack", zip("a.txt")),
        arguments("is a zip archive, and cut off", text("PK\3\4 cut off")),
        arguments("is an ONNX model", bytes("\b\b\u0012\7pytorch\u001a\0062.13.0:\u00aa")),
        arguments("onnx.numpy_helper.to_array", bytes("\b\4:\u00e3\u0007\n")),
        arguments("is compressed with gzip", gzip()),
        arguments("is a tar archive", bytes("w".repeat(257) + "ustar\00000")),
        arguments("is a picture", bytes("\u0089PNG\r\n\u001a\n")),
        arguments("is a picture", bytes("\u00ff\u00d8\u00ff\u00e0")),
        arguments("is an IDX file of images or labels", bytes("\0\0\b\3\0\0\u00ea\u0060")),
        arguments("is a GGUF file", bytes("GGUF\3\0\0\0\u0001")),
        arguments(
            "is an HTML page, expected a safetensors file: the address was that of a page"
                + " ('w at main'); download the file itself",
            text("\n<!DOCTYPE html>\n<html><head><title> w at main </title></head></html>")),
        arguments("is an HTML page", text("\uFEFF<HTML lang=\"en\"><body>x</body></HTML>")),
        arguments(
            "is an XML document, as servers send in place of a file ('AccessDenied')",
            text("<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code></Error>")),
        arguments("is an XML document", text("<Error>no</Error>")),
        arguments(
            "is a pointer of Git LFS, not the file itself: 'git lfs pull' fetches that",
            text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 7\n")),
        arguments("but JSON text: an index", text("{\"weight_map\": {\"0.weight\": \"a\"}}")),
        arguments("but text: 'Entry not found'; download it again", text("Entry not found\n")),
        arguments("but text: '" + "\u00e9".repeat(60) + "...'", text("\u00e9".repeat(999))),
        arguments("is empty", text("")),
        arguments("is not a safetensors file: its header length is", bytes("\1\2\3\4\5\6\7\10")));
  }

  @ParameterizedTest
  @MethodSource("files")
  void isNamed(String words, byte[] content) throws IOException {
    Path file = Files.write(folder.resolve("w"), content);
    DataException e = assertThrows(DataException.class, () -> Safetensors.read(file));
    assertTrue(e.getMessage().startsWith(file + ": is "), e.getMessage());
    assertTrue(e.getMessage().contains(words), e.getMessage());
    assertFalse(e.getMessage().endsWith("..."), e.getMessage());
    assertEquals(
        e.getMessage(),
        assertThrows(DataException.class, () -> ModelFile.readMetadata(file)).getMessage());
  }

  /** However short: no exception but the one of a bad file. */
  @ParameterizedTest
  @MethodSource("files")
  void cutAnywhereItIsStillRefused(String words, byte[] content) throws IOException {
    for (int length = 0; length < Math.min(content.length, 80); length++) {
      Path file = Files.write(folder.resolve("w"), Arrays.copyOf(content, length));
      assertThrows(DataException.class, () -> Safetensors.read(file));
    }
  }

  @Test
  void noiseIsNothingKnown() throws IOException {
    Random random = new Random(1);
    int known = 0;
    for (int i = 0; i < 1000; i++) {
      byte[] noise = new byte[ForeignFile.START];
      random.nextBytes(noise);
      known += ForeignFile.describe(noise) == null ? 0 : 1;
    }
    assertEquals(0, known);
  }
}
