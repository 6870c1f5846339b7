// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Writes PNG files by the JDK's own writer. */
final class PngFile {
  private PngFile() {}

  /**
   * Writes a picture.
   *
   * @param type of {@link BufferedImage}
   * @param samples {@code [height, width, bands]}, one byte each, the bands in the order of the
   *     file
   */
  static Path write(Path file, int type, int width, byte... samples) throws IOException {
    int bands = new BufferedImage(1, 1, type).getRaster().getNumBands();
    BufferedImage image = new BufferedImage(width, samples.length / width / bands, type);
    for (int i = 0; i < samples.length; i++) {
      int pixel = i / bands;
      image.getRaster().setSample(pixel % width, pixel / width, i % bands, samples[i] & 0xFF);
    }
    ImageIO.setUseCache(false); // no files beside
    if (!ImageIO.write(image, "png", file.toFile())) {
      throw new IOException(file + ": there is no writer for pictures of type " + type);
    }
    return file;
  }

  /** The same of one value per pixel. */
  static Path grey(Path file, int width, byte... values) throws IOException {
    return write(file, BufferedImage.TYPE_BYTE_GRAY, width, values);
  }
}
