// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.graph.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SplitTest {
  /** Images whose only value is their number. */
  private static Dataset labelled(int classes, int... labels) {
    float[] x = new float[labels.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = i;
    }
    return new FloatDataset(new Shape(1, 1, 1), classes, x, labels);
  }

  private static int[] numbers(Dataset part) {
    float[] x = new float[part.size()];
    int[] all = IntStream.range(0, part.size()).toArray();
    part.copy(all, 0, all.length, x, 0, new int[part.size()], 0);
    return IntStream.range(0, x.length).map(i -> (int) x[i]).toArray();
  }

  @Test
  void theLastImagesAreHeldOut() {
    Split split = Split.last(labelled(3, 0, 1, 2, 0, 1), 2);
    assertArrayEquals(new int[] {0, 1, 2}, numbers(split.train()));
    assertArrayEquals(new int[] {3, 4}, numbers(split.heldOut()));
  }

  /** The images that a seed draws are part of what makes a training repeatable. */
  @Test
  void theImagesDrawnAreFixed() {
    Dataset sorted = labelled(3, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2);
    Split split = Split.stratified(sorted, 6, 1);
    assertArrayEquals(new int[] {3, 2, 1}, split.heldOut().classCounts());
    assertEquals("[1, 2, 4, 6, 8, 10]", Arrays.toString(numbers(split.heldOut())));
  }

  @Test
  void theSeedDecides() {
    Dataset sorted = labelled(2, IntStream.range(0, 100).map(i -> i / 50).toArray());
    int[] one = numbers(Split.stratified(sorted, 20, 1).heldOut());
    int[] two = numbers(Split.stratified(sorted, 20, 2).heldOut());
    assertNotEquals(Arrays.toString(one), Arrays.toString(two));
    assertArrayEquals(one, numbers(Split.stratified(sorted, 20, 1).heldOut()));
  }

  @Test
  void whatIsLeftByRoundingGoesToTheLargestRemainders() {
    // Shares of 4 of 10: 2.0, 1.2, 0.8; of 3: 1.5, 0.9, 0.6.
    Dataset data = labelled(3, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2);
    assertArrayEquals(new int[] {2, 1, 1}, Split.stratified(data, 4, 1).heldOut().classCounts());
    assertArrayEquals(new int[] {1, 1, 1}, Split.stratified(data, 3, 1).heldOut().classCounts());
    // 0.5 each: the first of equals.
    Dataset two = labelled(2, 1, 0);
    assertArrayEquals(new int[] {1, 0}, Split.stratified(two, 1, 1).heldOut().classCounts());
  }

  @Property
  void everyImageIsInOnePartAndEveryClassHasItsShare(
      @ForAll @IntRange(max = 200) int images,
      @ForAll @IntRange(min = 1, max = 12) int classes,
      @ForAll @IntRange(max = 1000) int share,
      @ForAll long seed) {
    int[] labels = new Random(seed).ints(images, 0, classes).toArray();
    Dataset data = labelled(classes, labels);
    int heldOut = images * share / 1000;

    Split split = Split.stratified(data, heldOut, seed);

    assertEquals(heldOut, split.heldOut().size());
    int[] train = numbers(split.train());
    int[] held = numbers(split.heldOut());
    int[] all = IntStream.concat(Arrays.stream(train), Arrays.stream(held)).sorted().toArray();
    assertArrayEquals(IntStream.range(0, images).toArray(), all);
    for (int[] part : List.of(train, held)) {
      assertArrayEquals(Arrays.stream(part).sorted().toArray(), part, "in the order of the data");
    }
    int[] counts = data.classCounts();
    int[] heldCounts = split.heldOut().classCounts();
    for (int c = 0; c < classes; c++) {
      double exact = images == 0 ? 0 : (double) heldOut * counts[c] / images;
      assertTrue(Math.abs(heldCounts[c] - exact) < 1, heldCounts[c] + " for " + exact);
    }
  }

  @Test
  void moreThanThereIsCannotBeHeldOut() {
    Dataset data = labelled(2, 0, 1);
    for (int heldOut : new int[] {-1, 3}) {
      assertThrows(IllegalArgumentException.class, () -> Split.last(data, heldOut));
      assertThrows(IllegalArgumentException.class, () -> Split.stratified(data, heldOut, 1));
    }
    assertEquals(0, Split.stratified(data, 2, 1).train().size());
    assertEquals(0, Split.stratified(data.slice(0, 0), 0, 1).heldOut().size());
  }
}
