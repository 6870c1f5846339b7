// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.layers.Tensors;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How tensors lie in files. */
final class LayoutTest {
  private static Tensor counted(int... dims) {
    int size = Tensor.zeros(dims).size();
    float[] data = new float[size + 5];
    for (int i = 0; i < size; i++) {
      data[2 + i] = i;
    }
    return new Tensor(data, 2, dims);
  }

  private static float[] file(Layout layout, Tensor tensor) {
    float[] file = new float[tensor.size()];
    layout.toFile(tensor, file);
    return file;
  }

  @Test
  void aConvolutionHasItsFiltersFirst() {
    Layout layout = Layout.convolution(2, 3, 4, 5);
    assertArrayEquals(new int[] {5, 4, 2, 3}, layout.dims());
    float[] file = file(layout, counted(2, 3, 4, 5));
    for (int oc = 0; oc < 5; oc++) {
      for (int c = 0; c < 4; c++) {
        for (int ky = 0; ky < 2; ky++) {
          for (int kx = 0; kx < 3; kx++) {
            float expected = ((ky * 3 + kx) * 4 + c) * 5 + oc;
            assertEquals(expected, file[((oc * 4 + c) * 2 + ky) * 3 + kx]);
          }
        }
      }
    }
  }

  @Test
  void aDenseLayerSeesItsMapWithChannelsFirst() {
    Layout layout = Layout.dense(2, Shape.of(3, 4, 5));
    assertArrayEquals(new int[] {2, 60}, layout.dims());
    float[] file = file(layout, counted(2, 60));
    for (int out = 0; out < 2; out++) {
      for (int y = 0; y < 3; y++) {
        for (int x = 0; x < 4; x++) {
          for (int c = 0; c < 5; c++) {
            float expected = out * 60 + (y * 4 + x) * 5 + c;
            assertEquals(expected, file[out * 60 + (c * 3 + y) * 4 + x]);
          }
        }
      }
    }
    assertArrayEquals(
        Tensors.values(counted(2, 6)), file(Layout.dense(2, Shape.flat(6)), counted(2, 6)));
  }

  @Test
  void othersAreTheSame() {
    assertArrayEquals(new int[] {3, 2}, Layout.same(3, 2).dims());
    assertArrayEquals(Tensors.values(counted(3, 2)), file(Layout.same(3, 2), counted(3, 2)));
    assertArrayEquals(new int[0], Layout.same().dims(), "a number");
    assertArrayEquals(new float[1], file(Layout.same(), counted()));
    assertArrayEquals(new float[0], file(Layout.same(0, 7), counted(0, 7)));
  }

  static Stream<Layout> layouts() {
    return Stream.of(
        Layout.same(4, 6),
        Layout.convolution(3, 2, 4, 1),
        Layout.convolution(1, 1, 4, 6),
        Layout.dense(4, Shape.of(2, 1, 3)),
        new Layout(List.of(2, 3, 4), List.of(1, 2, 0), List.of(12, 2)));
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void whatWasWrittenIsRead(Layout layout) {
    Tensor tensor = counted(24);
    float[] file = file(layout, tensor);
    float[] later = new float[24 + 3];
    System.arraycopy(file, 0, later, 3, 24);
    Tensor read = new Tensor(new float[25], 1, 24);
    layout.fromFile(later, 3, read);
    assertArrayEquals(Tensors.values(tensor), Tensors.values(read));
    assertEquals(0f, read.data[0]);
  }
}
