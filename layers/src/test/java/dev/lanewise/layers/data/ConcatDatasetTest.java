// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.graph.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ConcatDatasetTest {
  private static final Shape SHAPE = Shape.of(1, 2, 1);
  private static final List<String> NAMES = List.of("a", "b");

  private static ImageDataset bytes(int first, int... labels) {
    byte[] pixels = new byte[2 * labels.length];
    byte[] numbers = new byte[labels.length];
    for (int i = 0; i < labels.length; i++) {
      pixels[2 * i] = (byte) (first + i);
      numbers[i] = (byte) labels[i];
    }
    return new ImageDataset(SHAPE, NAMES, pixels, numbers);
  }

  @Test
  void imagesFollowOneAnother() {
    ConcatDataset all = new ConcatDataset(bytes(10, 0, 1), bytes(0), bytes(20, 1, 1, 0));
    assertEquals(5, all.size());
    assertEquals(SHAPE, all.shape());
    assertEquals(2, all.classes());
    assertEquals(NAMES, all.classNames());
    assertTrue(all.inMemory());
    assertArrayEquals(new int[] {2, 3}, all.classCounts());
    float[] x = new float[9];
    int[] labels = new int[5];
    all.copy(new int[] {9, 4, 1, 0, 2}, 1, 4, x, 1, labels, 1);
    assertArrayEquals(new int[] {0, 0, 1, 0, 1}, labels);
    assertArrayEquals(new float[] {0, 22 / 255f, 0, 11 / 255f, 0, 10 / 255f, 0, 20 / 255f, 0}, x);
    Dataset part = all.slice(1, 4);
    assertEquals(3, part.size());
    part.copy(new int[] {2}, 0, 1, x, 0, labels, 0);
    assertEquals(21 / 255f, x[0]);
    assertEquals(NAMES, part.classNames());
    assertThrows(IndexOutOfBoundsException.class, () -> all.label(5));
    assertThrows(IndexOutOfBoundsException.class, () -> all.label(-1));
  }

  @Test
  void namesComeAlong() {
    FloatDataset named = new FloatDataset(SHAPE, NAMES, new float[4], new int[] {1, 0});
    assertEquals(NAMES, named.classNames());
    assertEquals(2, named.classes());
    assertEquals(NAMES, named.slice(1, 2).classNames());
    assertEquals(NAMES, new Subset(named, 1).classNames());
    assertEquals(NAMES, Split.stratified(named, 1, 1).train().classNames());
    assertEquals(3, new ConcatDataset(named, new Subset(named, 1)).size());
  }

  @Test
  void targetsThatAreValuesFollowOneAnother() {
    FloatDataset one = new FloatDataset(SHAPE, 2, new float[2], new float[] {1, 2});
    FloatDataset other = new FloatDataset(SHAPE, 2, new float[4], new float[] {3, 4, 5, 6});
    float[] values = new float[5];
    new ConcatDataset(one, other).copyTargets(new int[] {2, 0}, 0, 2, values, 1);
    assertArrayEquals(new float[] {0, 5, 6, 1, 2}, values);
  }

  @Test
  void whatDoesNotGoTogetherIsRefused() {
    assertEquals(
        "expected at least one data set",
        assertThrows(IllegalArgumentException.class, ConcatDataset::new).getMessage());
    ImageDataset unnamed = new ImageDataset(SHAPE, 2, new byte[0], new byte[0]);
    assertEquals(
        "data set 1 has images [1, 2, 1] of 2 classes, but data set 0 has images [1, 2, 1] of 2"
            + " classes [a, b]",
        assertThrows(IllegalArgumentException.class, () -> new ConcatDataset(bytes(0), unnamed))
            .getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new ConcatDataset(
                unnamed, new ImageDataset(Shape.of(2, 1, 1), 2, new byte[0], new byte[0])));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new ConcatDataset(
                new FloatDataset(SHAPE, 2, new float[0], new float[0]),
                new FloatDataset(SHAPE, 3, new float[0], new float[0])));
  }
}
