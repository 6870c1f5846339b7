// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.augment;

import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;

/**
 * Erases a random rectangle in some of the images (Zhong, Zheng, Kang, Li and Yang, "Random erasing
 * data augmentation", 2017): torchvision's {@code RandomErasing}. By default half of the images
 * lose 2 % to 33 % of their area, in a rectangle whose height is 0.3 to 3.3 times its width, to
 * zeros. If ten draws do not fit into an image, it stays as it is. Immutable: the methods return a
 * changed copy.
 */
public final class RandomErasing implements Transform {
  private static final int DRAWS = 10;
  private static final double MAX_RATIO = 1000;

  private final double p;
  private final Range area;
  private final Range ratio;
  private final Fill fill;
  private final boolean noise;

  /** Erasing in half of all cases. */
  public RandomErasing() {
    this(0.5);
  }

  /**
   * Erasing.
   *
   * @param p how likely, from 0 to 1
   * @throws IllegalArgumentException if p is no probability
   */
  public RandomErasing(double p) {
    this(Range.probability(p), new Range(0.02, 0.33), new Range(0.3, 3.3), Fill.ZERO, false);
  }

  private RandomErasing(double p, Range area, Range ratio, Fill fill, boolean noise) {
    this.p = p;
    this.area = area;
    this.ratio = ratio;
    this.fill = fill;
    this.noise = noise;
  }

  /**
   * How much is erased.
   *
   * @param least of the area of an image, from 0
   * @param most of the area, up to 1
   * @return a copy that does so
   * @throws IllegalArgumentException if this is no such range
   */
  public RandomErasing area(double least, double most) {
    return new RandomErasing(p, Range.of("the area", least, most, 0, 1), ratio, fill, noise);
  }

  /**
   * How long the rectangle is.
   *
   * @param least of height / width, at least 0.001
   * @param most of height / width, up to 1000
   * @return a copy that does so
   * @throws IllegalArgumentException if this is no such range
   */
  public RandomErasing ratio(double least, double most) {
    Range range = Range.of("the aspect ratio", least, most, 1 / MAX_RATIO, MAX_RATIO);
    return new RandomErasing(p, area, range, fill, noise);
  }

  /**
   * What is put there.
   *
   * @param values one, or one for each channel; finite
   * @return a copy that does so
   * @throws IllegalArgumentException if there is no value, or one is not finite
   */
  public RandomErasing fill(float... values) {
    return new RandomErasing(p, area, ratio, new Fill(values), false);
  }

  /**
   * Puts numbers of the standard normal distribution there: for images that are normalised already.
   *
   * @return a copy that does so
   */
  public RandomErasing noise() {
    return new RandomErasing(p, area, ratio, fill, true);
  }

  @Override
  public void requireFit(Shape shape) {
    fill.requireFit(shape);
  }

  @Override
  public void apply(float[] image, int offset, Context context) {
    RandomStream random = context.random();
    if (random.nextDouble() >= p) {
      return;
    }
    int height = context.shape().height();
    int width = context.shape().width();
    for (int i = 0; i < DRAWS; i++) {
      double target = area.draw(random) * height * width;
      double aspect = ratio.drawLogarithmic(random);
      int h = Range.side(target * aspect);
      int w = Range.side(target / aspect);
      if (h < height && w < width) {
        int top = random.nextInt(height - h + 1);
        int left = random.nextInt(width - w + 1);
        erase(image, offset, context, top, left, h, w);
        return;
      }
    }
  }

  private void erase(float[] image, int offset, Context context, int top, int left, int h, int w) {
    int channels = context.shape().channels();
    for (int y = top; y < top + h; y++) {
      int at = offset + (y * context.shape().width() + left) * channels;
      if (noise) {
        for (int i = at; i < at + w * channels; i++) {
          image[i] = (float) context.random().nextGaussian();
        }
      } else {
        fill.write(image, at, w, channels);
      }
    }
  }
}
