// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** Makes IDX files, good and bad ones. */
final class IdxWriter {
  private IdxWriter() {}

  static byte[] idx(byte[] values, int... dims) {
    return idx(0x0800 | dims.length, values, dims);
  }

  static byte[] idx(int magic, byte[] values, int... dims) {
    ByteBuffer buffer = ByteBuffer.allocate(4 + 4 * dims.length + values.length);
    buffer.putInt(magic);
    for (int dim : dims) {
      buffer.putInt(dim);
    }
    return buffer.put(values).array();
  }

  static byte[] gzip(byte[] content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static Path write(Path folder, String name, byte[] content) throws IOException {
    return Files.write(folder.resolve(name), content);
  }

  /** Values 0, 1, 2, ... modulo 251, so that no two rows look alike. */
  static byte[] ramp(int size) {
    byte[] values = new byte[size];
    for (int i = 0; i < size; i++) {
      values[i] = (byte) (i % 251);
    }
    return values;
  }
}
