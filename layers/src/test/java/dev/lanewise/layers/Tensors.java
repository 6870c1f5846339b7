// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import java.util.Arrays;

/** Test tensors. */
public final class Tensors {
  private Tensors() {}

  /** Uniform in [-1, 1), at an odd offset, with NaN on both sides. */
  public static Tensor random(RandomStream random, int... dims) {
    int size = Tensor.zeros(dims).size();
    float[] data = new float[size + 8];
    Arrays.fill(data, Float.NaN);
    for (int i = 0; i < size; i++) {
      data[3 + i] = (float) (2 * random.nextDouble() - 1);
    }
    return new Tensor(data, 3, dims);
  }

  public static Tensor random(RandomStream random, int batch, Shape shape) {
    return random(random, batch, shape.height(), shape.width(), shape.channels());
  }

  public static void fill(Tensor tensor, RandomStream random) {
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data[tensor.offset + i] = (float) (2 * random.nextDouble() - 1);
    }
  }

  public static float[] values(Tensor tensor) {
    return Arrays.copyOfRange(tensor.data, tensor.offset, tensor.offset + tensor.size());
  }

  public static float[] values(Tensor tensor, int count) {
    return Arrays.copyOfRange(tensor.data, tensor.offset, tensor.offset + count);
  }

  public static void assertSameBits(float[] expected, float[] actual, String what) {
    assertEquals(expected.length, actual.length, what);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(
          Float.floatToIntBits(expected[i]), Float.floatToIntBits(actual[i]), what + " at " + i);
    }
  }
}
