package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;

/** Test tensors. */
final class Tensors {
  private Tensors() {}

  /** Uniform in [-1, 1), at an odd offset, with NaN on both sides. */
  static Tensor random(RandomStream random, int... dims) {
    int size = Tensor.zeros(dims).size();
    float[] data = new float[size + 8];
    java.util.Arrays.fill(data, Float.NaN);
    for (int i = 0; i < size; i++) {
      data[3 + i] = (float) (2 * random.nextDouble() - 1);
    }
    return new Tensor(data, 3, dims);
  }

  static Tensor random(RandomStream random, int batch, Shape shape) {
    return random(random, batch, shape.height(), shape.width(), shape.channels());
  }

  static void fill(Tensor tensor, RandomStream random) {
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data[tensor.offset + i] = (float) (2 * random.nextDouble() - 1);
    }
  }

  static float[] values(Tensor tensor) {
    return java.util.Arrays.copyOfRange(tensor.data, tensor.offset, tensor.offset + tensor.size());
  }

  static float[] values(Tensor tensor, int count) {
    return java.util.Arrays.copyOfRange(tensor.data, tensor.offset, tensor.offset + count);
  }

  static void assertSameBits(float[] expected, float[] actual, String what) {
    assertEquals(expected.length, actual.length, what);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(
          Float.floatToIntBits(expected[i]), Float.floatToIntBits(actual[i]), what + " at " + i);
    }
  }
}
