// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static dev.lanewise.layers.data.IdxWriter.gzip;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.layers.file.FileKind;
import dev.lanewise.layers.file.FileKindTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What people put where an IDX file should be is named, and what to do is said. */
class IdxAdviceTest {
  @TempDir Path folder;

  /** Without those that begin like an IDX file, with a zero. */
  static Stream<Arguments> files() {
    return FileKindTest.files().filter(each -> ((byte[]) each.get()[1])[0] != 0);
  }

  @ParameterizedTest
  @MethodSource("files")
  void isNamedWithWhatToDo(FileKind kind, byte[] content) throws IOException {
    assertNamed(kind, gzip(content));
    if (kind != FileKind.GZIP) { // would be unzipped
      assertNamed(kind, content);
    }
  }

  private void assertNamed(FileKind kind, byte[] content) throws IOException {
    Path file = IdxWriter.write(folder, "train-images-idx3-ubyte", content);
    assertEquals(kind, IdxAdvice.kindOf(file, content.length));
    DataException e =
        assertThrows(
            DataException.class, () -> IdxReader.readImages(file, null, IdxOptions.DEFAULT));
    assertEquals(
        file + ": is " + kind.what + ", expected an IDX file: " + IdxAdvice.of(kind),
        e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "NPZ, docs/formats.md says how to convert it",
    "PNG, docs/formats.md says how to convert it",
    "LITTLE_ENDIAN_IDX, write its numbers big-endian",
    "ONNX, 'it holds a model, not images'",
    "GIT_LFS, fetch the file itself with 'git lfs pull'",
    "HTML, download it again: this came instead of the file",
    "TRUNCATED_ZIP, download it again: this came instead of the file",
    "ZIP, unpack it first",
    "GZIP, 'unpack it once, since it is zipped twice'",
  })
  void adviceFitsTheKind(FileKind kind, String advice) {
    assertEquals(advice, IdxAdvice.of(kind));
  }

  @Test
  void cifarIsKnownByNameAndSize() throws IOException {
    Path ten = IdxWriter.write(folder, "data_batch_1.bin", new byte[2 * 3073]);
    assertEquals(FileKind.CIFAR, IdxAdvice.kindOf(ten, Files.size(ten)));
    Path hundred = IdxWriter.write(folder, "Train.bin", new byte[3074]);
    assertEquals(FileKind.CIFAR, IdxAdvice.kindOf(hundred, Files.size(hundred)));
    Path other = IdxWriter.write(folder, "test.bin", new byte[3075]);
    assertNull(IdxAdvice.kindOf(other, Files.size(other)));
  }

  @Test
  void whatIsNotKnownHasNoName() throws IOException {
    byte[] idx = IdxWriter.idx(new byte[4], 4);
    assertNull(IdxAdvice.kindOf(IdxWriter.write(folder, "idx", idx), idx.length));
    assertNull(IdxAdvice.kindOf(folder.resolve("missing"), 0));
    byte[] damaged = Arrays.copyOf(gzip(new byte[100]), 12);
    assertNull(IdxAdvice.kindOf(IdxWriter.write(folder, "cut.gz", damaged), damaged.length));
  }
}
