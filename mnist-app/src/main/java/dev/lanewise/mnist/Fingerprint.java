// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.data.Dataset;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Tells data sets apart, so that a training does not go on with other images. */
final class Fingerprint {
  private Fingerprint() {}

  /**
   * Sums up all images and labels. Not safe against intent.
   *
   * @param images the images
   * @return a text; the same for the same images and labels in the same order
   */
  static String of(Dataset images) {
    CRC32C crc = new CRC32C();
    int size = images.shape().size();
    float[] image = new float[size];
    int[] index = new int[1];
    int[] label = new int[1];
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * size + Integer.BYTES);
    for (int i = 0; i < images.size(); i++) {
      index[0] = i;
      images.copy(index, 0, 1, image, 0, label, 0);
      bytes.clear().asFloatBuffer().put(image);
      crc.update(bytes.putInt(Float.BYTES * size, label[0]));
    }
    return images.size()
        + "x"
        + images.shape()
        + ", "
        + images.classes()
        + " classes, CRC-32C "
        + Long.toHexString(crc.getValue());
  }
}
