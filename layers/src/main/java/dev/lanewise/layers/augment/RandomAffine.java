// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.augment;

import dev.lanewise.engine.math.Sine;
import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;

/**
 * Rotates, scales, shears and shifts an image by random amounts, in one affine map, so that its
 * pixels are interpolated once. Each of them is drawn uniformly from a range of its own; by default
 * nothing is changed. With angle r, shears sx and sy, scale s and shift t, pixel p of the result is
 * the point q of the image for which, both counted from the centre,
 *
 * <pre>
 * p = s A q + t,   A = | cos(r - sy) / cos(sy)   -cos(r - sy) tan(sx) / cos(sy) - sin(r) |
 *                      | sin(r - sy) / cos(sy)   -sin(r - sy) tan(sx) / cos(sy) + cos(r) |
 * </pre>
 *
 * <p>as torchvision's {@code RandomAffine}: rotations are clockwise, shifts go by whole pixels, the
 * pixel nearest to q is taken unless {@link #bilinear} is chosen, and the pixels around the image
 * are 0 unless {@link #fill} says otherwise. (Where an edge is interpolated, torchvision fades it
 * twice.) Immutable: the methods return a changed copy.
 */
public final class RandomAffine implements Transform {
  private static final double RADIANS = Math.PI / 180;
  private static final double MAX_SCALE = 1000;
  private static final double MAX_SHEAR = 89;

  private final Range rotation;
  private final double shiftX; // of the width
  private final double shiftY; // of the height
  private final Range scale;
  private final Range shearX;
  private final Range shearY;
  private final boolean bilinear;
  private final Fill fill;

  /** An affine map that changes nothing so far. */
  public RandomAffine() {
    this(Range.ZERO, 0, 0, Range.ONE, Range.ZERO, Range.ZERO, false, Fill.ZERO);
  }

  private RandomAffine(
      Range rotation,
      double shiftX,
      double shiftY,
      Range scale,
      Range shearX,
      Range shearY,
      boolean bilinear,
      Fill fill) {
    this.rotation = rotation;
    this.shiftX = shiftX;
    this.shiftY = shiftY;
    this.scale = scale;
    this.shearX = shearX;
    this.shearY = shearY;
    this.bilinear = bilinear;
    this.fill = fill;
  }

  /**
   * Rotates in both directions.
   *
   * @param degrees the most, from 0 to 360
   * @return a copy that does so
   * @throws IllegalArgumentException if there is no such range
   */
  public RandomAffine rotate(double degrees) {
    return rotated(Range.around("the rotation", degrees, 360));
  }

  /**
   * Rotates.
   *
   * @param least degrees, clockwise, from -360
   * @param most degrees, up to 360
   * @return a copy that does so
   * @throws IllegalArgumentException if this is no such range
   */
  public RandomAffine rotate(double least, double most) {
    return rotated(Range.of("the rotation", least, most, -360, 360));
  }

  private RandomAffine rotated(Range range) {
    return new RandomAffine(range, shiftX, shiftY, scale, shearX, shearY, bilinear, fill);
  }

  /**
   * Shifts in all directions.
   *
   * @param most the most, as a fraction of the width and of the height, from 0 to 1
   * @return a copy that does so
   * @throws IllegalArgumentException if it is no such fraction
   */
  public RandomAffine shift(double most) {
    return shift(most, most);
  }

  /**
   * Shifts in all directions.
   *
   * @param x the most to the sides, as a fraction of the width, from 0 to 1
   * @param y the most up and down, as a fraction of the height, from 0 to 1
   * @return a copy that does so
   * @throws IllegalArgumentException if they are no such fractions
   */
  public RandomAffine shift(double x, double y) {
    return new RandomAffine(
        rotation,
        Range.number("the shift", x, 0, 1),
        Range.number("the shift", y, 0, 1),
        scale,
        shearX,
        shearY,
        bilinear,
        fill);
  }

  /**
   * Scales, by the same factor in both directions.
   *
   * @param least the factor for the smallest result, at least 0.001
   * @param most the factor for the largest, at most 1000
   * @return a copy that does so
   * @throws IllegalArgumentException if this is no such range
   */
  public RandomAffine scale(double least, double most) {
    Range range = Range.of("the scale", least, most, 1 / MAX_SCALE, MAX_SCALE);
    return new RandomAffine(rotation, shiftX, shiftY, range, shearX, shearY, bilinear, fill);
  }

  /**
   * Shears along the rows, in both directions.
   *
   * @param degrees the most, from 0 to 89
   * @return a copy that does so
   * @throws IllegalArgumentException if there is no such range
   */
  public RandomAffine shear(double degrees) {
    return sheared(Range.around("the shear", degrees, MAX_SHEAR), Range.ZERO);
  }

  /**
   * Shears along the rows and along the columns.
   *
   * @param leastX degrees along the rows, from -89
   * @param mostX degrees, up to 89
   * @param leastY degrees along the columns, from -89
   * @param mostY degrees, up to 89
   * @return a copy that does so
   * @throws IllegalArgumentException if these are no such ranges
   */
  public RandomAffine shear(double leastX, double mostX, double leastY, double mostY) {
    return sheared(
        Range.of("the shear", leastX, mostX, -MAX_SHEAR, MAX_SHEAR),
        Range.of("the shear", leastY, mostY, -MAX_SHEAR, MAX_SHEAR));
  }

  private RandomAffine sheared(Range x, Range y) {
    return new RandomAffine(rotation, shiftX, shiftY, scale, x, y, bilinear, fill);
  }

  /**
   * Interpolates between the four pixels around a point.
   *
   * @return a copy that does so
   */
  public RandomAffine bilinear() {
    return new RandomAffine(rotation, shiftX, shiftY, scale, shearX, shearY, true, fill);
  }

  /**
   * What stands around the image.
   *
   * @param values one, or one for each channel; finite
   * @return a copy that takes it
   * @throws IllegalArgumentException if there is no value, or one is not finite
   */
  public RandomAffine fill(float... values) {
    Fill with = new Fill(values);
    return new RandomAffine(rotation, shiftX, shiftY, scale, shearX, shearY, bilinear, with);
  }

  @Override
  public void requireFit(Shape shape) {
    fill.requireFit(shape);
  }

  @Override
  public void apply(float[] image, int offset, Context context) {
    RandomStream random = context.random();
    double angle = RADIANS * rotation.draw(random);
    double tx = shift(shiftX * context.shape().width(), random);
    double ty = shift(shiftY * context.shape().height(), random);
    double s = scale.draw(random);
    double sx = RADIANS * shearX.draw(random);
    double sy = RADIANS * shearY.draw(random);
    double cos = Sine.cos(angle - sy) / Sine.cos(sy);
    double sin = Sine.sin(angle - sy) / Sine.cos(sy);
    double tan = Sine.sin(sx) / Sine.cos(sx);
    // The inverse of A, whose determinant is 1.
    double xx = (-sin * tan + Sine.cos(angle)) / s;
    double xy = (cos * tan + Sine.sin(angle)) / s;
    double yx = -sin / s;
    double yy = cos / s;
    map(image, offset, context, xx, xy, yx, yy, tx, ty);
  }

  private static double shift(double most, RandomStream random) {
    return Math.rint(most * (2 * random.nextDouble() - 1));
  }

  private void map(
      float[] image,
      int offset,
      Context context,
      double xx,
      double xy,
      double yx,
      double yy,
      double tx,
      double ty) {
    Shape shape = context.shape();
    float[] from = Sampling.bordered(image, offset, context, fill);
    double centreX = 0.5 * (shape.width() - 1);
    double centreY = 0.5 * (shape.height() - 1);
    long stepX = Sampling.fixed(xx);
    long stepY = Sampling.fixed(yx);
    int at = offset;
    for (int row = 0; row < shape.height(); row++) {
      double px = -centreX - tx;
      double py = row - centreY - ty;
      long x = Sampling.fixed(xx * px + xy * py + centreX);
      long y = Sampling.fixed(yx * px + yy * py + centreY);
      if (bilinear) {
        for (int column = 0; column < shape.width(); column++) {
          Sampling.bilinear(from, shape, x, y, image, at);
          x += stepX;
          y += stepY;
          at += shape.channels();
        }
      } else {
        for (int column = 0; column < shape.width(); column++) {
          Sampling.nearest(from, shape, x, y, image, at);
          x += stepX;
          y += stepY;
          at += shape.channels();
        }
      }
    }
  }
}
