// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** CIFAR-10 with few images, that are learned in a moment: the colour says the class. */
final class TinyCifar {
  static final int TRAIN = 60;
  static final int TEST = 20;

  private static final int PIXELS = 32 * 32;
  private static final int FILES = 5;

  private TinyCifar() {}

  /** Writes the six files; returns the folder. */
  static Path write(Path folder) throws IOException {
    Files.createDirectories(folder);
    Random random = new Random(1);
    for (int i = 1; i <= FILES; i++) {
      Files.write(folder.resolve("data_batch_" + i + ".bin"), images(TRAIN / FILES, random));
    }
    Files.write(folder.resolve("test_batch.bin"), images(TEST, random));
    return folder;
  }

  private static byte[] images(int count, Random random) {
    ByteBuffer images = ByteBuffer.allocate(count * (1 + 3 * PIXELS));
    for (int i = 0; i < count; i++) {
      int label = random.nextInt(10);
      images.put((byte) label);
      for (int plane = 0; plane < 3; plane++) {
        for (int pixel = 0; pixel < PIXELS; pixel++) {
          int colour = plane == label % 3 ? 20 * label : 60;
          images.put((byte) (colour + random.nextInt(60)));
        }
      }
    }
    return images.array();
  }
}
