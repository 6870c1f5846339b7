// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

/**
 * Closing and opening of grey images by a square: closing fills what is dark and narrower than the
 * square with what is around it, opening does the same to what is light (Serra, "Image analysis and
 * mathematical morphology", 1982). So they leave the ground of a drawing, with its shadows and
 * their edges where they are.
 */
final class Morphology {
  private Morphology() {}

  /** The ground under what is dark. */
  static int[] closing(int[] values, int height, int width, int side) {
    int[] dilated = widest(values, height, width, side);
    return negative(widest(negative(dilated), height, width, side));
  }

  /** The ground under what is light. */
  static int[] opening(int[] values, int height, int width, int side) {
    return negative(closing(negative(values), height, width, side));
  }

  private static int[] negative(int[] values) {
    int[] result = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = -values[i];
    }
    return result;
  }

  /** The largest value in a square around each pixel, as far as it is within the image. */
  private static int[] widest(int[] values, int height, int width, int side) {
    int[] result = values.clone();
    int[] line = new int[Math.max(height, width)];
    int[] queue = new int[line.length];
    for (int y = 0; y < height; y++) {
      slide(result, y * width, 1, width, side / 2, line, queue);
    }
    for (int x = 0; x < width; x++) {
      slide(result, x, width, height, side / 2, line, queue);
    }
    return result;
  }

  /** Along a line, by a queue of the values that can still become the largest: 3 steps a pixel. */
  private static void slide(
      int[] values, int from, int step, int count, int reach, int[] line, int[] queue) {
    for (int i = 0; i < count; i++) {
      line[i] = values[from + i * step];
    }
    int head = 0;
    int tail = 0;
    int next = 0;
    for (int i = 0; i < count; i++) {
      for (; next < count && next <= i + reach; next++) {
        while (tail > head && line[queue[tail - 1]] <= line[next]) {
          tail--;
        }
        queue[tail++] = next;
      }
      if (queue[head] < i - reach) {
        head++;
      }
      values[from + i * step] = line[queue[head]];
    }
  }
}
