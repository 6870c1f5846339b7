// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.augment;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import java.util.Arrays;

/** Small images, and what a transform makes of them. */
final class Image {
  private static final int OFFSET = 3;
  private static final float AROUND = 77f;

  private Image() {}

  /** Of integers from 1 on, so that every pixel is another. */
  static float[] numbered(Shape shape) {
    float[] image = new float[shape.size()];
    for (int i = 0; i < image.length; i++) {
      image[i] = i + 1;
    }
    return image;
  }

  /** From 0 to 1. */
  static float[] random(Shape shape, long seed) {
    RandomStream random = new RandomStream(seed);
    float[] image = new float[shape.size()];
    for (int i = 0; i < image.length; i++) {
      image[i] = random.nextInt(256) / 255f;
    }
    return image;
  }

  /** A context that has transformed other images before. */
  static Transform.Context used(Transform transform, long seed) {
    Transform.Context context = new Transform.Context(seed);
    for (Shape shape : new Shape[] {new Shape(7, 11, 3), new Shape(14, 9, 1)}) {
      context.begin(shape, 8, 9);
      transform.requireFit(shape);
      transform.apply(numbered(shape), 0, context);
    }
    return context;
  }

  /** Applied in the middle of a batch, whose other images it must leave alone. */
  static float[] apply(
      Transform transform,
      Transform.Context context,
      Shape shape,
      float[] image,
      int epoch,
      int i) {
    float[] batch = new float[OFFSET + image.length + 2];
    Arrays.fill(batch, AROUND);
    System.arraycopy(image, 0, batch, OFFSET, image.length);
    context.begin(shape, epoch, i);
    transform.apply(batch, OFFSET, context);
    for (int at = 0; at < batch.length; at++) {
      if (at < OFFSET || at >= OFFSET + image.length) {
        assertEquals(AROUND, batch[at], "outside of the image");
      }
    }
    return Arrays.copyOfRange(batch, OFFSET, OFFSET + image.length);
  }

  static float[] apply(Transform transform, Shape shape, float[] image, int i) {
    return apply(transform, new Transform.Context(1), shape, image, 0, i);
  }
}
