// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.file.FileKind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Locale;

/** What a file is that is not the IDX file it should be, and what to do with it. */
final class IdxAdvice {
  private IdxAdvice() {}

  /**
   * Recognises a file.
   *
   * @param file may be gzipped
   * @param size its length
   * @return what it is; {@code null} if it is IDX, that cannot be told, or it cannot be read
   */
  static FileKind kindOf(Path file, long size) {
    if (isCifar(file.getFileName().toString().toLowerCase(Locale.ROOT), size)) {
      return FileKind.CIFAR;
    }
    try (InputStream in = GunzipStream.open(file)) {
      FileKind kind = FileKind.of(in.readNBytes(FileKind.HEAD));
      return kind == FileKind.IDX ? null : kind;
    } catch (IOException e) {
      return null;
    }
  }

  /** A label of one byte, or two, and 32x32 colours for each image; there is no header. */
  private static boolean isCifar(String name, long size) {
    return name.matches("(data_batch_\\d|test_batch|train|test)\\.bin")
        && size > 0
        && (size % 3073 == 0 || size % 3074 == 0);
  }

  /** Says what to do with content of a kind, after unzipping. */
  static String of(FileKind kind) {
    return switch (kind) {
      case LITTLE_ENDIAN_IDX -> "write its numbers big-endian";
      case GIT_LFS -> "fetch the file itself with 'git lfs pull'";
      case HTML, XML, JSON, TEXT, PDF, TRUNCATED_ZIP ->
          "download it again: this came instead of the file";
      case TORCHSCRIPT, KERAS, ONNX, GGUF -> "it holds a model, not images";
      case GZIP -> "unpack it once, since it is zipped twice";
      default -> kind.isArchive() ? "unpack it first" : "docs/formats.md says how to convert it";
    };
  }
}
