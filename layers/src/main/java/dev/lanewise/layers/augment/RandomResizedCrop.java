// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.augment;

import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;

/**
 * Cuts out a random part of an image and enlarges it to the size of the image: torchvision's {@code
 * RandomResizedCrop}. The part has a random area and aspect ratio; if ten draws do not fit into the
 * image, the middle of it is taken, with the nearest ratio allowed. Enlarging is bilinear, among
 * the pixels of the part alone. Immutable.
 *
 * <p>By Szegedy et al., "Going deeper with convolutions" (2015).
 */
public final class RandomResizedCrop implements Transform {
  private static final int DRAWS = 10;
  private static final double MIN_AREA = 1e-6;
  private static final double MAX_RATIO = 1000;

  private final Range area;
  private final Range ratio;

  /** A part of 8 % to 100 % of the area, whose width is 3/4 to 4/3 of its height. */
  public RandomResizedCrop() {
    this(0.08, 1);
  }

  /**
   * A part whose width is 3/4 to 4/3 of its height.
   *
   * @param leastArea the least of the area of the image, at least 0.000001
   * @param mostArea the most, up to 1
   * @throws IllegalArgumentException if this is no such range
   */
  public RandomResizedCrop(double leastArea, double mostArea) {
    this(leastArea, mostArea, 3.0 / 4, 4.0 / 3);
  }

  /**
   * A part of an image.
   *
   * @param leastArea the least of the area of the image, at least 0.000001
   * @param mostArea the most, up to 1
   * @param leastRatio the least of width / height, at least 0.001
   * @param mostRatio the most, up to 1000
   * @throws IllegalArgumentException if these are no such ranges
   */
  public RandomResizedCrop(double leastArea, double mostArea, double leastRatio, double mostRatio) {
    area = Range.of("the area", leastArea, mostArea, MIN_AREA, 1);
    ratio = Range.of("the aspect ratio", leastRatio, mostRatio, 1 / MAX_RATIO, MAX_RATIO);
  }

  @Override
  public void apply(float[] image, int offset, Context context) {
    RandomStream random = context.random();
    int height = context.shape().height();
    int width = context.shape().width();
    for (int i = 0; i < DRAWS; i++) {
      double target = area.draw(random) * height * width;
      double aspect = ratio.drawLogarithmic(random);
      int w = Range.side(target * aspect);
      int h = Range.side(target / aspect);
      if (w > 0 && w <= width && h > 0 && h <= height) {
        int top = random.nextInt(height - h + 1);
        int left = random.nextInt(width - w + 1);
        enlarge(image, offset, context, top, left, h, w);
        return;
      }
    }
    double whole = (double) width / height;
    int w = whole > ratio.high() ? (int) Math.rint(height * ratio.high()) : width;
    int h = whole < ratio.low() ? (int) Math.rint(width / ratio.low()) : height;
    w = Math.max(1, w);
    h = Math.max(1, h);
    enlarge(image, offset, context, (height - h) / 2, (width - w) / 2, h, w);
  }

  private static void enlarge(
      float[] image, int offset, Context context, int top, int left, int h, int w) {
    Shape shape = context.shape();
    int channels = shape.channels();
    float[] from = context.scratch();
    System.arraycopy(image, offset, from, 0, shape.size());
    int at = offset;
    for (int row = 0; row < shape.height(); row++) {
      double y = source(row, h, shape.height());
      int above = (top + (int) y) * shape.width();
      int below = (top + Math.min((int) y + 1, h - 1)) * shape.width();
      float fy = (float) (y - (int) y);
      for (int column = 0; column < shape.width(); column++) {
        double x = source(column, w, shape.width());
        int here = left + (int) x;
        int next = left + Math.min((int) x + 1, w - 1);
        float fx = (float) (x - (int) x);
        for (int c = 0; c < channels; c++, at++) {
          float a = from[(above + here) * channels + c];
          float b = from[(below + here) * channels + c];
          float upper = a + fx * (from[(above + next) * channels + c] - a);
          float lower = b + fx * (from[(below + next) * channels + c] - b);
          image[at] = upper + fy * (lower - upper);
        }
      }
    }
  }

  /** The middle of a pixel of the result, in pixels of the part. */
  private static double source(int pixel, int part, int whole) {
    return Math.clamp((pixel + 0.5) * part / whole - 0.5, 0.0, part - 1.0);
  }
}
