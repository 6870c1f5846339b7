// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.ImageDataset;
import dev.lanewise.layers.data.Split;
import dev.lanewise.layers.graph.Shape;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DataWarningsTest {
  private static final String HINT = "; try --split stratified";

  private static Dataset labelled(int classes, IntStream labels) {
    int[] all = labels.toArray();
    byte[] bytes = new byte[all.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) all[i];
    }
    return new ImageDataset(new Shape(1, 1, 1), classes, bytes, bytes);
  }

  private static List<String> warnings(Dataset data, int heldOut, int batchSize) {
    return DataWarnings.of(data, Split.last(data, heldOut), batchSize, Holdout.LAST);
  }

  @Test
  void randomOrderIsNoMatter() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      int classes = 2 + random.nextInt(9);
      int size = 60 * classes + random.nextInt(1000);
      Dataset data = labelled(classes, random.ints(size, 0, classes));
      int heldOut = 40 * classes + random.nextInt(10 * classes);
      assertEquals(List.of(), warnings(data, heldOut, 10), "seed " + seed);
    }
  }

  @Test
  void sortedByClass() {
    Dataset sorted = labelled(10, IntStream.range(0, 1000).map(i -> i / 100));
    assertEquals(
        List.of(
            "no training images of 2 of 10 classes: 8, 9" + HINT,
            "no validation images of 8 of 10 classes: 0, 1, 2, 3, 4, ..." + HINT),
        warnings(sorted, 200, 10));
    assertEquals(
        List.of("no validation images of 9 of 10 classes: 0, 1, 2, 3, 4, ..." + HINT),
        warnings(sorted, 50, 10));
    Split split = Split.stratified(sorted, 200, 1);
    assertEquals(List.of(), DataWarnings.of(sorted, split, 10, Holdout.STRATIFIED));
  }

  @Test
  void validationUnlikeTraining() {
    Dataset data =
        labelled(2, IntStream.range(0, 300).map(i -> i < 200 ? i % 2 : i % 10 == 0 ? 0 : 1));
    assertEquals(
        List.of(
            "validation images are unlike training images: 10 % are of class 0, not 50 %" + HINT),
        warnings(data, 100, 10));
  }

  @Test
  void oneClassThatOccursNowhere() {
    Dataset data = labelled(3, IntStream.range(0, 100).map(i -> i % 2));
    assertEquals(List.of("no training images of class 2"), warnings(data, 50, 10));
  }

  @Test
  void aStratifiedSplitGetsNoHint() {
    Dataset data = labelled(3, IntStream.of(0, 0, 0, 0, 1, 2));
    List<String> lines =
        DataWarnings.of(data, Split.stratified(data, 1, 1), 10, Holdout.STRATIFIED);
    assertTrue(lines.contains("no validation images of 2 of 3 classes: 1, 2"), lines.toString());
  }

  @Test
  void aBatchLargerThanTheData() {
    Dataset data = labelled(2, IntStream.of(0, 1, 0, 1));
    assertEquals(List.of(), warnings(data, 0, 4));
    assertEquals(
        List.of("--batch-size 5 is more than the 4 training images: each step takes all of them"),
        warnings(data, 0, 5));
    Dataset one = labelled(2, IntStream.of(0));
    assertEquals(
        List.of(
            "no training images of class 1",
            "--batch-size 10 is more than the 1 training image: each step takes all of them"),
        warnings(one, 0, 10));
  }
}
