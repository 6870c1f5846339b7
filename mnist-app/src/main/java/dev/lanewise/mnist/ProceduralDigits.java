// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.data.ImageDataset;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import java.util.stream.IntStream;

/**
 * Handwriting-like digits of our own, for machines without MNIST: the same sizes and counts, but
 * results with them are not comparable with MNIST's.
 *
 * <p>Every image has a random stream of its own, split off by its number, so the images are drawn
 * in parallel, and are a function of the seed alone.
 */
final class ProceduralDigits {
  static final int TRAIN = 60_000;
  static final int TEST = 10_000;

  private static final int CLASSES = 10;
  private static final Shape SHAPE = new Shape(DigitPainter.SIDE, DigitPainter.SIDE, 1);

  private ProceduralDigits() {}

  static ImageDataset train(long seed) {
    return draw(seed, "train", TRAIN);
  }

  static ImageDataset test(long seed) {
    return draw(seed, "test", TEST);
  }

  /** The first {@code count} images of a set; a larger set begins with the same ones. */
  static ImageDataset draw(long seed, String set, int count) {
    byte[] pixels = pixels(seed, set, count);
    return new ImageDataset(SHAPE, CLASSES, pixels, labels(seed, set, count));
  }

  static byte[] pixels(long seed, String set, int count) {
    byte[] pixels = new byte[count * SHAPE.size()];
    IntStream.range(0, count)
        .parallel()
        .forEach(
            i -> {
              RandomStream random = stream(seed, set, i);
              DigitPainter.paint(random.nextInt(CLASSES), random, pixels, i * SHAPE.size());
            });
    return pixels;
  }

  static byte[] labels(long seed, String set, int count) {
    byte[] labels = new byte[count];
    for (int i = 0; i < count; i++) {
      labels[i] = (byte) stream(seed, set, i).nextInt(CLASSES);
    }
    return labels;
  }

  private static RandomStream stream(long seed, String set, int image) {
    return new RandomStream(seed).split("procedural digits").split(set).split(image);
  }
}
