// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Noisy images of four classes that are easy to tell apart: rows, columns, diagonals, blobs. */
final class Stripes implements Dataset {
  private final Shape shape;
  private final float[] images;
  private final int[] labels;
  private final int from;
  private final int size;

  /** The numbers of the images that were copied, in order. */
  final List<Integer> copied;

  Stripes(int size, int side, long seed) {
    RandomStream random = new RandomStream(seed).split("stripes");
    shape = new Shape(side, side, 1);
    images = new float[size * side * side];
    labels = new int[size];
    from = 0;
    this.size = size;
    copied = Collections.synchronizedList(new ArrayList<>()); // a team copies
    for (int n = 0; n < size; n++) {
      labels[n] = random.nextInt(4);
      int phase = random.nextInt(4);
      for (int y = 0; y < side; y++) {
        for (int x = 0; x < side; x++) {
          boolean on =
              switch (labels[n]) {
                case 0 -> (y + phase) % 4 < 2;
                case 1 -> (x + phase) % 4 < 2;
                case 2 -> (x + y + phase) % 4 < 2;
                default -> x < side / 2 == y < side / 2;
              };
          double noise = 0.4 * random.nextDouble();
          images[(n * side + y) * side + x] = (float) (on ? 1 - noise : noise);
        }
      }
    }
  }

  private Stripes(Stripes whole, int from, int to) {
    shape = whole.shape;
    images = whole.images;
    labels = whole.labels;
    copied = whole.copied;
    this.from = whole.from + from;
    size = to - from;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public int classes() {
    return 4;
  }

  @Override
  public void copy(
      int[] indices, int first, int count, float[] x, int xOffset, int[] labels, int labelsOffset) {
    for (int i = 0; i < count; i++) {
      int image = from + indices[first + i];
      System.arraycopy(images, image * shape.size(), x, xOffset + i * shape.size(), shape.size());
      labels[labelsOffset + i] = this.labels[image];
      if (recording) {
        copied.add(image);
      }
    }
  }

  private boolean recording;

  Stripes recording() {
    recording = true;
    return this;
  }

  @Override
  public Dataset slice(int from, int to) {
    return new Stripes(this, from, to);
  }
}
