// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.graph.RandomStream;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * A data set in two parts, one of them held out of the training. No image is copied.
 *
 * @param train the images to train on
 * @param heldOut the others
 */
public record Split(Dataset train, Dataset heldOut) {
  /**
   * Holds out the last images. Right where the images are in random order; where they are sorted,
   * by class for instance, the parts differ.
   *
   * @param data the images
   * @param heldOut how many to hold out
   * @return both parts, in the order of {@code data}
   * @throws IllegalArgumentException if {@code heldOut} is not from 0 to the number of images
   */
  public static Split last(Dataset data, int heldOut) {
    requireWithin(data, heldOut);
    int train = data.size() - heldOut;
    return new Split(data.slice(0, train), data.slice(train, data.size()));
  }

  /**
   * Holds out the same share of every class, as closely as whole images allow (by largest
   * remainder), and draws the images of a class at random. The result depends on the labels, the
   * count and the seed alone.
   *
   * @param data the images, in any order
   * @param heldOut how many to hold out
   * @param seed decides which images
   * @return both parts, each in the order of {@code data}
   * @throws IllegalArgumentException if {@code heldOut} is not from 0 to the number of images, or
   *     the images have no labels
   */
  public static Split stratified(Dataset data, int heldOut, long seed) {
    requireWithin(data, heldOut);
    if (data.targetSize() > 0) {
      throw new IllegalArgumentException(
          "expected labels to hold out a share of every class, but the targets of "
              + data
              + " are values");
    }
    int[] images = data.classCounts();
    int[] quota = quotas(images, heldOut);
    RandomStream random = new RandomStream(seed).split("split");
    boolean[] held = new boolean[data.size()];
    int[][] members = members(data, images);
    for (int c = 0; c < members.length; c++) {
      random.split(c).shuffle(members[c]);
      for (int i = 0; i < quota[c]; i++) {
        held[members[c][i]] = true;
      }
    }
    return new Split(subset(data, held, false), subset(data, held, true));
  }

  private static void requireWithin(Dataset data, int heldOut) {
    if (heldOut < 0 || heldOut > data.size()) {
      throw new IllegalArgumentException(
          "heldOut must be from 0 to " + data.size() + ", but is " + heldOut);
    }
  }

  /** The numbers of the images of each class. */
  private static int[][] members(Dataset data, int[] images) {
    int[][] members = new int[images.length][];
    for (int c = 0; c < images.length; c++) {
      members[c] = new int[images[c]];
    }
    int[] next = new int[images.length];
    for (int i = 0; i < data.size(); i++) {
      int c = data.label(i);
      members[c][next[c]++] = i;
    }
    return members;
  }

  /**
   * How many images to hold out of each class: its share rounded down, and one more for the classes
   * that lose most by that, the first of equals.
   */
  private static int[] quotas(int[] images, int heldOut) {
    long all = Math.max(1, Arrays.stream(images).asLongStream().sum());
    int[] quota = new int[images.length];
    for (int c = 0; c < images.length; c++) {
      quota[c] = (int) ((long) heldOut * images[c] / all);
    }
    IntStream.range(0, images.length)
        .boxed()
        .sorted(Comparator.comparingLong(c -> -((long) heldOut * images[c] % all)))
        .limit(heldOut - Arrays.stream(quota).sum())
        .forEach(c -> quota[c]++);
    return quota;
  }

  private static Subset subset(Dataset data, boolean[] held, boolean wanted) {
    return new Subset(
        data, IntStream.range(0, held.length).filter(i -> held[i] == wanted).toArray());
  }
}
