// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.augment;

import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.Shape;
import java.util.Objects;

/** Applies a transform to some of the images. Immutable. */
public final class RandomApply implements Transform {
  private final double p;
  private final Transform transform;

  /**
   * A transform that is applied at random.
   *
   * @param p how likely, from 0 to 1
   * @param transform what is applied
   * @throws IllegalArgumentException if p is no probability
   */
  public RandomApply(double p, Transform transform) {
    this.p = Range.probability(p);
    this.transform = Objects.requireNonNull(transform);
  }

  @Override
  public void requireFit(Shape shape) {
    transform.requireFit(shape);
  }

  @Override
  public void apply(float[] image, int offset, Context context) {
    if (context.random().nextDouble() < p) {
      transform.apply(image, offset, context);
    }
  }
}
