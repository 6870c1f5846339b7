// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.augment;

import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.Shape;

/**
 * Reads an image between its pixels. The image is a copy with a border: one pixel of the fill on
 * the left and above, two on the right and below, {@code [H + 3, W + 3, C]}. So no coordinate needs
 * a branch: all those further out than the first pixel of the border count as it.
 *
 * <p>Coordinates are fixed-point numbers of 24 bits after the point, which a float holds exactly.
 * They make a sum of steps exact, and a rotation by 90 degrees, whose cosine is not quite 0 in
 * floating point, hit the pixels.
 */
final class Sampling {
  private static final int BITS = 24;
  private static final long ONE = 1L << BITS;
  private static final long MASK = ONE - 1;
  private static final long BELOW_HALF = ONE / 2 - 1;
  private static final int BORDER = 3;

  private Sampling() {}

  static long fixed(double pixels) {
    return Math.round(pixels * ONE);
  }

  /** A copy of an image with its border. */
  static float[] bordered(float[] image, int offset, Transform.Context context, Fill fill) {
    Shape shape = context.shape();
    int channels = shape.channels();
    int row = (shape.width() + BORDER) * channels;
    int inner = shape.width() * channels;
    float[] copy = context.scratch(0, (shape.height() + BORDER) * row);
    fill.write(copy, 0, shape.width() + BORDER + 1, channels);
    int at = row + channels;
    for (int y = 0; y < shape.height(); y++, at += row) {
      System.arraycopy(image, offset + y * inner, copy, at, inner);
      fill.write(copy, at + inner, BORDER, channels);
    }
    fill.write(copy, at, 2 * (shape.width() + BORDER) - 1, channels);
    return copy;
  }

  /**
   * The mean of the four pixels around a point, weighted by its nearness.
   *
   * @param from the image with its border
   * @param x column of the point, fixed-point
   * @param y its row
   * @param to receives the pixel
   * @param at where
   */
  static void bilinear(float[] from, Shape shape, long x, long y, float[] to, int at) {
    int channels = shape.channels();
    int row = (shape.width() + BORDER) * channels;
    long px = within(x, shape.width());
    long py = within(y, shape.height());
    float fx = (int) (px & MASK) * (1f / ONE);
    float fy = (int) (py & MASK) * (1f / ONE);
    int i = (int) (py >> BITS) * row + (int) (px >> BITS) * channels;
    to[at] = mean(from, i, channels, row, fx, fy);
    if (channels == 3) { // a loop would take longer than what is in it
      to[at + 1] = mean(from, i + 1, 3, row, fx, fy);
      to[at + 2] = mean(from, i + 2, 3, row, fx, fy);
      return;
    }
    for (int c = 1; c < channels; c++) {
      to[at + c] = mean(from, i + c, channels, row, fx, fy);
    }
  }

  private static float mean(float[] from, int i, int right, int down, float fx, float fy) {
    float above = from[i] + fx * (from[i + right] - from[i]);
    int j = i + down;
    float below = from[j] + fx * (from[j + right] - from[j]);
    return above + fy * (below - above);
  }

  /** The pixel that is nearest to a point; of two that are equally near, the even one. */
  static void nearest(float[] from, Shape shape, long x, long y, float[] to, int at) {
    int channels = shape.channels();
    int column = rounded(within(x, shape.width()));
    int row = rounded(within(y, shape.height()));
    int pixel = (row * (shape.width() + BORDER) + column) * channels;
    to[at] = from[pixel];
    for (int c = 1; c < channels; c++) {
      to[at + c] = from[pixel + c];
    }
  }

  /** A coordinate of the image as one of the copy with its border. */
  private static long within(long coordinate, int size) {
    return Math.min(Math.max(coordinate + ONE, 0), (size + 1) * ONE);
  }

  /** Half to even, where the border has made odd of even. */
  private static int rounded(long coordinate) {
    return (int) (coordinate + BELOW_HALF + ((coordinate >> BITS & 1) ^ 1) >> BITS);
  }
}
