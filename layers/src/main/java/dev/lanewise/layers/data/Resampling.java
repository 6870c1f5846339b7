// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.util.Arrays;

/**
 * Changes the size of an image of 8 bits per value by a triangle filter as wide as the image
 * shrinks, so that no pixel is left out: the antialiased bilinear interpolation of Pillow, and so
 * of torchvision for pictures. The bits are Pillow's: weights are rounded to 22 bits, and values to
 * 8 after the columns and again after the rows.
 */
final class Resampling {
  private static final int PRECISION = 22;

  private Resampling() {}

  /**
   * Which pixels of a row (or column) make each of those wanted, and with which weights.
   *
   * @param first of the pixels, for each one wanted
   * @param weights of the pixels from {@code first} on
   */
  private record Axis(int[] first, int[][] weights) {
    /**
     * Part of a row that gets another length.
     *
     * @param size its length
     * @param newSize the length that it gets
     * @param from the first one wanted of the pixels that it then has
     * @param count how many are wanted
     */
    static Axis of(int size, long newSize, long from, int count) {
      double scale = (double) size / newSize;
      double filterScale = Math.max(scale, 1);
      int[] first = new int[count];
      int[][] weights = new int[count][];
      for (int i = 0; i < count; i++) {
        if (size == newSize) {
          first[i] = (int) from + i;
          weights[i] = new int[] {1 << PRECISION};
          continue;
        }
        double centre = (from + i + 0.5) * scale;
        first[i] = Math.max(0, (int) (centre - filterScale + 0.5));
        int end = Math.min(size, (int) (centre + filterScale + 0.5));
        weights[i] = weights(first[i], end, centre, filterScale);
      }
      return new Axis(first, weights);
    }

    private static int[] weights(int begin, int end, double centre, double filterScale) {
      double[] exact = new double[end - begin];
      double sum = 0;
      for (int j = 0; j < exact.length; j++) {
        exact[j] = Math.max(0, 1 - Math.abs((j + begin - centre + 0.5) * (1 / filterScale)));
        sum += exact[j];
      }
      int[] rounded = new int[exact.length];
      for (int j = 0; j < exact.length; j++) {
        rounded[j] = (int) (0.5 + exact[j] / sum * (1 << PRECISION));
      }
      return rounded;
    }

    int longest() {
      int longest = 0;
      for (int[] each : weights) {
        longest = Math.max(longest, each.length);
      }
      return longest;
    }
  }

  /**
   * A window of the resized image. Needs no more memory than a few rows besides, however long the
   * sides of the whole one.
   *
   * @param pixels {@code [height, width, channels]}, unsigned
   * @param newHeight rows of the whole resized image
   * @param newWidth columns of it
   * @param top the first row of the window
   * @param left the first column of it
   * @param rows the rows of the window
   * @param columns the columns of it
   * @return {@code [rows, columns, channels]}
   */
  static byte[] window(
      byte[] pixels,
      int height,
      int width,
      int channels,
      long newHeight,
      long newWidth,
      long top,
      long left,
      int rows,
      int columns) {
    Axis across = Axis.of(width, newWidth, left, columns);
    Axis down = Axis.of(height, newHeight, top, rows);
    byte[][] ring = new byte[down.longest()][columns * channels]; // row y lies in y % length
    byte[] result = new byte[rows * columns * channels];
    int[] sums = new int[columns * channels];
    int done = down.first[0];
    for (int y = 0; y < rows; y++) {
      int first = down.first[y];
      int[] weights = down.weights[y];
      for (done = Math.max(done, first); done < first + weights.length; done++) {
        row(pixels, done * width, channels, across, ring[done % ring.length]);
      }
      Arrays.fill(sums, 1 << PRECISION - 1);
      for (int j = 0; j < weights.length; j++) {
        byte[] row = ring[(first + j) % ring.length];
        for (int i = 0; i < sums.length; i++) {
          sums[i] += (row[i] & 0xFF) * weights[j];
        }
      }
      for (int i = 0; i < sums.length; i++) {
        result[y * sums.length + i] = to8Bits(sums[i]);
      }
    }
    return result;
  }

  /** A row, in its new length. */
  private static void row(byte[] pixels, int from, int channels, Axis across, byte[] to) {
    for (int x = 0; x < across.first.length; x++) {
      int[] weights = across.weights[x];
      for (int c = 0; c < channels; c++) {
        int at = (from + across.first[x]) * channels + c;
        int sum = 1 << PRECISION - 1;
        for (int j = 0; j < weights.length; j++) {
          sum += (pixels[at + j * channels] & 0xFF) * weights[j];
        }
        to[x * channels + c] = to8Bits(sum);
      }
    }
  }

  private static byte to8Bits(int sum) {
    return (byte) Math.clamp(sum >> PRECISION, 0, 255);
  }
}
