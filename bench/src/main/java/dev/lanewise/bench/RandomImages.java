// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.ImageDataset;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;

/** Images and labels without a meaning, where only the time counts. */
final class RandomImages {
  private RandomImages() {}

  static Dataset of(Shape shape, int images) {
    RandomStream random = new RandomStream(1);
    byte[] pixels = new byte[Math.multiplyExact(images, shape.size())];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) random.nextInt(256);
    }
    byte[] labels = new byte[images];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = (byte) random.nextInt(Model.CLASSES);
    }
    return new ImageDataset(shape, Model.CLASSES, pixels, labels);
  }
}
