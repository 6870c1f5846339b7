// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.graph.Shape;

/**
 * The views of an image whose outputs a prediction averages, known as test-time augmentation: the
 * image itself, its mirror image, and both shifted by some pixels. Half of the weight is on what is
 * shifted, a quarter down and to the right, a quarter up and to the left; a view and its mirror
 * image have equal weights. Jordan ("94% on CIFAR-10 in 3.29 seconds on a single GPU", 2024) takes
 * these views with a shift of 1. Immutable.
 *
 * @param mirrored whether left and right are exchanged, too
 * @param shift by how many pixels; 0 for no shifts. What comes in at an edge is mirrored there,
 *     without the pixels of the edge
 */
public record Views(boolean mirrored, int shift) {
  /** The image itself. */
  public static final Views ONE = new Views(false, 0);

  private static final int SHIFTS = 3; // none, down and right, up and left

  /**
   * Checks the number.
   *
   * @throws IllegalArgumentException if the shift is negative
   */
  public Views {
    if (shift < 0) {
      throw new IllegalArgumentException("the shift must be at least 0, but is " + shift);
    }
  }

  /**
   * How many views there are.
   *
   * @return 1, 2, 3 or 6
   */
  public int count() {
    return (shift > 0 ? SHIFTS : 1) * (mirrored ? 2 : 1);
  }

  /**
   * The weight of a view in the average.
   *
   * @param view from 0 to {@code count() - 1}
   * @return above 0; all weights add up to 1
   */
  public float weight(int view) {
    float pair = shift == 0 ? 1 : view % SHIFTS == 0 ? 0.5f : 0.25f;
    return mirrored ? pair / 2 : pair;
  }

  /**
   * Checks that images are large enough.
   *
   * @param shape their shape
   * @throws IllegalArgumentException if the shift is not smaller than the image
   */
  public void requireFit(Shape shape) {
    if (shift >= Math.min(shape.height(), shape.width())) {
      throw new IllegalArgumentException(
          "views shifted by " + shift + " pixels need larger images than " + shape);
    }
  }

  /**
   * Copies a view of an image.
   *
   * @param view from 0 to {@code count() - 1}
   * @param shape the shape of the image
   * @param from holds the image, {@code [H, W, C]}
   * @param fromOffset its first element
   * @param to receives the view, {@code [H, W, C]}; another array
   * @param toOffset where its first element goes
   */
  public void copy(int view, Shape shape, float[] from, int fromOffset, float[] to, int toOffset) {
    int shifted = shift == 0 ? 0 : view % SHIFTS;
    int by = shifted == 0 ? 0 : shifted == 1 ? -shift : shift;
    boolean mirror = mirrored && view >= count() / 2;
    int h = shape.height();
    int w = shape.width();
    int c = shape.channels();
    for (int y = 0; y < h; y++) {
      int row = fromOffset + inside(y + by, h) * w * c;
      int at = toOffset + y * w * c;
      if (by == 0 && !mirror) {
        System.arraycopy(from, row, to, at, w * c);
        continue;
      }
      for (int x = 0; x < w; x++, at += c) {
        int column = inside((mirror ? w - 1 - x : x) + by, w);
        for (int i = 0; i < c; i++) {
          to[at + i] = from[row + column * c + i];
        }
      }
    }
  }

  private static int inside(int coordinate, int size) {
    int positive = Math.abs(coordinate);
    return positive < size ? positive : 2 * (size - 1) - positive;
  }
}
