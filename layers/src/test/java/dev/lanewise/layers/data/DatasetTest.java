// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.layers.graph.Shape;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DatasetTest {
  private static final Shape SHAPE = new Shape(1, 2, 1);

  static List<Dataset> threeImages() {
    return List.of(
        new ImageDataset(SHAPE, 7, new byte[] {0, 51, (byte) 255, 102, 1, 2}, new byte[] {4, 5, 6}),
        new FloatDataset(
            SHAPE, 7, new float[] {0, 0.2f, 1, 0.4f, 1 / 255f, 2 / 255f}, new int[] {4, 5, 6}),
        new Subset(
            new FloatDataset(
                SHAPE,
                7,
                new float[] {1, 0.4f, 9, 9, 1 / 255f, 2 / 255f, 0, 0.2f},
                new int[] {5, 0, 6, 4}),
            3,
            0,
            2));
  }

  @ParameterizedTest
  @MethodSource("threeImages")
  void copiesTheImagesWantedAndNothingElse(Dataset data) {
    float[] x = {-1, -1, -1, -1, -1, -1, -1};
    int[] labels = {-1, -1, -1};
    data.copy(new int[] {0, 2, 1, 0}, 1, 2, x, 1, labels, 0);
    assertArrayEquals(new float[] {-1, 1 / 255f, 2 / 255f, 1, 0.4f, -1, -1}, x);
    assertArrayEquals(new int[] {6, 5, -1}, labels);
    assertEquals(3, data.size());
    assertEquals(7, data.classes());
    assertEquals(SHAPE, data.shape());
  }

  @ParameterizedTest
  @MethodSource("threeImages")
  void slicesOfSlicesCountFromTheirOwnStart(Dataset data) {
    Dataset last = data.slice(1, 3).slice(1, 2);
    float[] x = new float[2];
    int[] labels = new int[1];
    last.copy(new int[] {0}, 0, 1, x, 0, labels, 0);
    assertEquals(1, last.size());
    assertArrayEquals(new float[] {1 / 255f, 2 / 255f}, x);
    assertEquals(6, labels[0]);
    assertEquals(0, data.slice(3, 3).size());
    assertThrows(IndexOutOfBoundsException.class, () -> last.slice(0, 2));
    assertThrows(
        IndexOutOfBoundsException.class, () -> last.copy(new int[] {1}, 0, 1, x, 0, labels, 0));
  }

  @ParameterizedTest
  @MethodSource("threeImages")
  void labelsAreKnownWithoutTheImages(Dataset data) {
    assertEquals(5, data.label(1));
    assertEquals(6, data.slice(1, 3).label(1));
    assertThrows(IndexOutOfBoundsException.class, () -> data.slice(0, 2).label(2));
    assertThrows(IndexOutOfBoundsException.class, () -> data.label(-1));
    assertArrayEquals(new int[] {0, 0, 0, 0, 0, 1, 1}, data.slice(1, 3).classCounts());
  }

  /** A data set of somebody else need not say more than its images. */
  @Test
  void labelsAreReadWithTheImagesIfNeedBe() {
    Dataset data =
        new Dataset() {
          @Override
          public int size() {
            return 3;
          }

          @Override
          public Shape shape() {
            return SHAPE;
          }

          @Override
          public int classes() {
            return 9;
          }

          @Override
          public void copy(int[] indices, int from, int count, float[] x, int at, int[] y, int to) {
            for (int i = 0; i < count; i++) {
              Arrays.fill(x, at + 2 * i, at + 2 * i + 2, 1);
              y[to + i] = 8 - indices[from + i];
            }
          }

          @Override
          public Dataset slice(int from, int to) {
            throw new UnsupportedOperationException();
          }
        };
    assertEquals(6, data.label(2));
    assertArrayEquals(new int[] {0, 0, 0, 0, 0, 0, 1, 1, 1}, data.classCounts());
  }

  @Test
  void aSubsetHoldsOnlyImagesThatExist() {
    Dataset data = threeImages().getFirst();
    assertThrows(IndexOutOfBoundsException.class, () -> new Subset(data, 0, 3));
    assertThrows(IndexOutOfBoundsException.class, () -> new Subset(data, -1));
    int[] chosen = {1, 1};
    Subset twice = new Subset(data, chosen);
    chosen[0] = 0;
    assertEquals(5, twice.label(0), "has its own copy");
    assertEquals(2, twice.size());
  }

  @ParameterizedTest
  @MethodSource("threeImages")
  void copyAllocatesNothing(Dataset data) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    float[] x = new float[4];
    int[] labels = new int[2];
    int[] order = {2, 0};
    data.copy(order, 0, 2, x, 0, labels, 0);
    threads.getCurrentThreadAllocatedBytes();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 1000; i++) {
      data.copy(order, 0, 2, x, 0, labels, 0);
    }
    long bytes = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(bytes < 1000, () -> bytes + " bytes in 1000 copies");
  }

  @Test
  void everyByteIsItsExactQuotient() {
    byte[] pixels = new byte[256];
    for (int i = 0; i < 256; i++) {
      pixels[i] = (byte) i;
    }
    ImageDataset data =
        new ImageDataset(new Shape(16, 16, 1), 256, pixels, new byte[] {(byte) 255});
    float[] expected = new float[256];
    for (int i = 0; i < 256; i++) {
      expected[i] = i / 255f;
    }
    float[] x = new float[256];
    for (int call = 0; call < 30_000; call++) { // interpreted, then compiled, then in vectors
      Arrays.fill(x, -1f);
      data.copy(new int[1], 0, 1, x, 0, new int[1], 0);
      assertArrayEquals(expected, x);
    }
  }

  @Test
  void labelsAreUnsigned() {
    int[] labels = new int[1];
    new ImageDataset(SHAPE, 256, new byte[2], new byte[] {(byte) 255})
        .copy(new int[1], 0, 1, new float[2], 0, labels, 0);
    assertEquals(255, labels[0]);
  }

  @Test
  void faultsAreNamed() {
    assertFault(
        "label 1 is 200, but must be from 0 to 199",
        () -> new ImageDataset(SHAPE, 200, new byte[4], new byte[] {0, (byte) 200}));
    assertFault(
        "label 0 is -1, but must be from 0 to 2",
        () -> new FloatDataset(SHAPE, 3, new float[2], new int[] {-1}));
    assertFault(
        "label 0 is 3, but must be from 0 to 2",
        () -> new FloatDataset(SHAPE, 3, new float[2], new int[] {3}));
    assertFault(
        "2 images of shape [1, 2, 1] need 4 values, but there are 5",
        () -> new ImageDataset(SHAPE, 2, new byte[5], new byte[2]));
    assertFault(
        "2 images of shape [1, 2, 1] need 4 values, but there are 5",
        () -> new FloatDataset(SHAPE, 2, new float[5], new int[2]));
    assertFault(
        "classes must be from 1 to 256, but is 257",
        () -> new ImageDataset(SHAPE, 257, new byte[0], new byte[0]));
    assertFault(
        "classes must be positive, but is 0",
        () -> new FloatDataset(SHAPE, 0, new float[0], new int[0]));
  }

  private static void assertFault(String message, org.junit.jupiter.api.function.Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }
}
