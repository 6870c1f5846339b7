// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** A data set that is learned in a moment: a bright row says the class, among some noise. */
final class TinyImages {
  static final int SIDE = 12;
  static final int CLASSES = 10;
  static final int TRAIN = 300;
  static final int TEST = 60;

  private TinyImages() {}

  /** Writes the four files; returns the folder. */
  static Path write(Path folder) throws IOException {
    Files.createDirectories(folder);
    Random random = new Random(1);
    write(folder, "train", TRAIN, SIDE, random);
    write(folder, "t10k", TEST, SIDE, random);
    return folder;
  }

  /** Writes images and labels whose names begin with {@code part}. */
  static void write(Path folder, String part, int count, int side, Random random)
      throws IOException {
    ByteBuffer images = ByteBuffer.allocate(16 + count * side * side);
    ByteBuffer labels = ByteBuffer.allocate(8 + count);
    images.putInt(0x803).putInt(count).putInt(side).putInt(side);
    labels.putInt(0x801).putInt(count);
    for (int i = 0; i < count; i++) {
      int label = i % CLASSES;
      labels.put((byte) label);
      for (int y = 0; y < side; y++) {
        for (int x = 0; x < side; x++) {
          images.put((byte) (random.nextInt(100) + (y == label + 1 ? 120 : 0)));
        }
      }
    }
    Files.write(folder.resolve(part + "-images-idx3-ubyte"), images.array());
    Files.write(folder.resolve(part + "-labels-idx1-ubyte"), labels.array());
  }
}
