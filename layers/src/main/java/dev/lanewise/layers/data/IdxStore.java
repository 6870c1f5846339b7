// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.file.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Writes data sets as IDX files: decoded pictures take up more room than their files, but a {@link
 * MappedDataset} of them is read far faster.
 */
public final class IdxStore {
  private static final int UNSIGNED_BYTES = 0x0800;
  private static final int INTEGERS = 0x0C00;
  private static final int MOST_BYTE_CLASSES = 256;

  /** As many values are in memory at a time. */
  private static final int CHUNK = 1 << 23;

  private IdxStore() {}

  /**
   * Writes images and labels. Each file appears whole or not at all.
   *
   * @param data labelled images of 8 bits per value, larger than memory or not
   * @param images the file that gets them, unsigned bytes {@code [N, H, W, C]}; replaced
   * @param labels the file that gets their labels {@code [N]}; replaced
   * @param team the threads to use
   * @throws DataException if an image cannot be read
   * @throws IOException if a file cannot be read or written
   * @throws IllegalArgumentException if there are no images, their targets are not labels, or a
   *     value is not a multiple of 1/255 from 0 to 1
   */
  public static void write(Dataset data, Path images, Path labels, WorkerTeam team)
      throws IOException {
    if (data.size() == 0 || data.targetSize() > 0) {
      throw new IllegalArgumentException("expected images with labels, but there are " + data);
    }
    try {
      AtomicFile.write(images, channel -> writeImages(data, channel, team));
      AtomicFile.write(labels, channel -> writeLabels(data, channel));
    } catch (UncheckedIOException e) { // an image, not one of these files
      throw e.getCause();
    }
  }

  private static void writeImages(Dataset data, FileChannel channel, WorkerTeam team)
      throws IOException {
    int imageSize = data.shape().size();
    int chunk = Math.clamp(CHUNK / imageSize, 1, data.size());
    writeHeader(
        channel,
        UNSIGNED_BYTES | 4,
        data.size(),
        data.shape().height(),
        data.shape().width(),
        data.shape().channels());
    int[] numbers = new int[data.size()];
    Arrays.setAll(numbers, i -> i);
    float[][] x = new float[team.threads()][imageSize];
    int[][] label = new int[team.threads()][1];
    byte[] bytes = new byte[chunk * imageSize];
    for (int from = 0; from < data.size(); from += chunk) {
      int first = from;
      int count = Math.min(chunk, data.size() - from);
      team.run(
          count,
          (i, worker) -> {
            data.copy(numbers, first + i, 1, x[worker], 0, label[worker], 0);
            toBytes(first + i, x[worker], bytes, i * imageSize);
          });
      writeFully(channel, ByteBuffer.wrap(bytes, 0, count * imageSize));
    }
  }

  private static void toBytes(int image, float[] x, byte[] bytes, int to) {
    for (int j = 0; j < x.length; j++) {
      int value = Math.round(x[j] * 255f);
      if (value < 0 || value > 255 || value / 255f != x[j]) {
        throw new IllegalArgumentException(
            "image " + image + " has the value " + x[j] + ", expected multiples of 1/255 up to 1");
      }
      bytes[to + j] = (byte) value;
    }
  }

  private static void writeLabels(Dataset data, FileChannel channel) throws IOException {
    boolean bytes = data.classes() <= MOST_BYTE_CLASSES;
    writeHeader(channel, (bytes ? UNSIGNED_BYTES : INTEGERS) | 1, data.size());
    ByteBuffer buffer = ByteBuffer.allocate(data.size() * (bytes ? 1 : 4));
    for (int i = 0; i < data.size(); i++) {
      if (bytes) {
        buffer.put((byte) data.label(i));
      } else {
        buffer.putInt(data.label(i));
      }
    }
    writeFully(channel, buffer.flip());
  }

  private static void writeHeader(FileChannel channel, int magic, int... dims) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(4 + 4 * dims.length).putInt(magic);
    for (int dim : dims) {
      header.putInt(dim);
    }
    writeFully(channel, header.flip());
  }

  private static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
