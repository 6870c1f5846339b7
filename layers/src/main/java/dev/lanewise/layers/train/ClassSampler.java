// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.graph.RandomStream;
import java.util.Arrays;

/** Draws a class that has images, each equally likely, then one of its images. */
final class ClassSampler {
  private final int[][] images; // of each class that has any

  ClassSampler(Dataset train) {
    if (train.targetSize() > 0) {
      throw new IllegalArgumentException(
          "balanced sampling needs images with labels, but the targets are values");
    }
    int[] counts = train.classCounts();
    int[][] all = new int[counts.length][];
    Arrays.setAll(all, c -> new int[counts[c]]);
    int[] next = new int[counts.length];
    for (int i = 0; i < train.size(); i++) {
      int c = train.label(i);
      all[c][next[c]++] = i;
    }
    images = Arrays.stream(all).filter(each -> each.length > 0).toArray(int[][]::new);
  }

  void draw(RandomStream random, int[] order) {
    for (int i = 0; i < order.length; i++) {
      int[] ofClass = images[random.nextInt(images.length)];
      order[i] = ofClass[random.nextInt(ofClass.length)];
    }
  }
}
