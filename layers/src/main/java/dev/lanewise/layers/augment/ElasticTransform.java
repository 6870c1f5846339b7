// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.augment;

import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import java.util.Arrays;

/**
 * Deforms an image as if it were drawn on rubber (Simard, Steinkraus and Platt, "Best practices for
 * convolutional neural networks applied to visual document analysis", 2003): every pixel is moved
 * by two numbers from -1 to 1, smoothed by a Gaussian and multiplied by alpha, and is interpolated
 * between four others.
 *
 * <p>The paper takes sigma 4 and alpha 34 for handwritten digits of 29x29. Torchvision's {@code
 * ElasticTransform} moves pixels half as far with the same alpha. Beyond the edges the numbers are
 * 0, so that pixels there move less; the Gaussian ends at 4 sigma. Immutable.
 */
public final class ElasticTransform implements Transform {
  private static final double ENDS = 4; // in standard deviations
  private static final double MAX_SIGMA = 1000;
  private static final double MAX_ALPHA = 1e6;

  private final float alpha;
  private final float[] weights; // of the Gaussian, from its centre on
  private final Fill fill;

  /**
   * A deformation.
   *
   * @param alpha how far pixels are moved, from 0 to 1,000,000
   * @param sigma the standard deviation of the Gaussian, in pixels, from 0.1 to 1000: the smaller,
   *     the more waves
   * @throws IllegalArgumentException if they are not such numbers
   */
  public ElasticTransform(double alpha, double sigma) {
    this(
        (float) Range.number("alpha", alpha, 0, MAX_ALPHA),
        gaussian(Range.number("sigma", sigma, 0.1, MAX_SIGMA)),
        Fill.ZERO);
  }

  private ElasticTransform(float alpha, float[] weights, Fill fill) {
    this.alpha = alpha;
    this.weights = weights;
    this.fill = fill;
  }

  private static float[] gaussian(double sigma) {
    double[] exact = new double[1 + (int) Math.rint(ENDS * sigma)];
    double sum = 0;
    for (int i = 0; i < exact.length; i++) {
      exact[i] = StrictMath.exp(-0.5 * i * i / (sigma * sigma));
      sum += i == 0 ? exact[i] : 2 * exact[i];
    }
    float[] weights = new float[exact.length];
    for (int i = 0; i < exact.length; i++) {
      weights[i] = (float) (exact[i] / sum);
    }
    return weights;
  }

  /**
   * What stands around the image; 0 by default.
   *
   * @param values one, or one for each channel; finite
   * @return a copy that takes it
   * @throws IllegalArgumentException if there is no value, or one is not finite
   */
  public ElasticTransform fill(float... values) {
    return new ElasticTransform(alpha, weights, new Fill(values));
  }

  @Override
  public void requireFit(Shape shape) {
    fill.requireFit(shape);
  }

  @Override
  public void apply(float[] image, int offset, Context context) {
    Shape shape = context.shape();
    int pixels = shape.height() * shape.width();
    float[] dx = context.scratch(1, pixels);
    float[] dy = context.scratch(2, pixels);
    draw(context.random(), dx, dy, pixels);
    smooth(dx, context);
    smooth(dy, context);
    float[] from = Sampling.bordered(image, offset, context, fill);
    int pixel = 0;
    for (int row = 0; row < shape.height(); row++) {
      for (int column = 0; column < shape.width(); column++, pixel++) {
        long x = Sampling.fixed(column + alpha * dx[pixel]);
        long y = Sampling.fixed(row + alpha * dy[pixel]);
        Sampling.bilinear(from, shape, x, y, image, offset + pixel * shape.channels());
      }
    }
  }

  /** Half of a random number, to 24 bits, is a number from -1 to 1. */
  private static void draw(RandomStream random, float[] dx, float[] dy, int count) {
    for (int i = 0; i < count; i++) {
      long bits = random.nextLong();
      dx[i] = (int) (bits >> 40) * 0x1p-23f;
      dy[i] = ((int) bits >> 8) * 0x1p-23f;
    }
  }

  /** Both directions, one after the other, which is the same as both at once for a Gaussian. */
  private void smooth(float[] field, Context context) {
    int height = context.shape().height();
    int width = context.shape().width();
    float[] work = context.scratch(3, height * width);
    smoothColumns(field, work, height, width, context);
    transpose(work, field, height, width);
    smoothColumns(field, work, width, height, context);
    transpose(work, field, width, height);
  }

  /** {@code to[y][x] = sum over j of weights[j] * (from[y - j][x] + from[y + j][x])}. */
  private void smoothColumns(float[] from, float[] to, int rows, int columns, Context context) {
    int size = rows * columns;
    float[] before = context.scratch(4, size);
    float[] after = context.scratch(5, size);
    for (int i = 0; i < size; i++) {
      to[i] = weights[0] * from[i];
    }
    int last = Math.min(weights.length, rows) - 1;
    for (int j = 1; j <= last; j++) {
      int distance = j * columns;
      // Copied, since C2 makes vectors of loops over arrays at one index alone.
      Arrays.fill(before, 0, distance, 0f);
      System.arraycopy(from, 0, before, distance, size - distance);
      System.arraycopy(from, distance, after, 0, size - distance);
      Arrays.fill(after, size - distance, size, 0f);
      addSum(weights[j], before, after, to, size);
    }
  }

  private static void addSum(float weight, float[] a, float[] b, float[] to, int size) {
    for (int i = 0; i < size; i++) {
      to[i] += weight * (a[i] + b[i]);
    }
  }

  private static void transpose(float[] from, float[] to, int rows, int columns) {
    for (int y = 0; y < rows; y++) {
      for (int x = 0; x < columns; x++) {
        to[x * rows + y] = from[y * columns + x];
      }
    }
  }
}
