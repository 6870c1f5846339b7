// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A picture, decoded from a file.
 *
 * @param height rows
 * @param width columns
 * @param rgba red, green, blue and opacity, unsigned, {@code [height, width, 4]}; not copied
 */
public record Picture(int height, int width, byte[] rgba) {
  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if a side is not positive, or there are not four values for
   *     each pixel
   */
  public Picture {
    if (height < 1 || width < 1 || rgba.length != 4L * height * width) {
      throw new IllegalArgumentException(
          "a picture needs positive sides and 4 values for each pixel, but "
              + (width + "x" + height + " pixels have " + rgba.length));
    }
  }

  /**
   * Reads and decodes a file in one go; see {@link PictureFile} for what can be read. Use {@link
   * PictureFile} itself to learn the size before anything is decoded, or what was overlooked.
   *
   * @param file a PNG, JPEG, BMP or GIF file, whatever its name
   * @return the picture
   * @throws DataException if the content is not that of such a file, or damaged
   * @throws IOException if the file cannot be read
   */
  public static Picture read(Path file) throws IOException {
    return PictureFile.open(file).decode();
  }

  /**
   * The picture with {@code channels} values per pixel: the brightness alone, or red, green and
   * blue.
   *
   * <p>Brightness is Pillow's and torchvision's, the luma of ITU-R BT.601: 0.299 R + 0.587 G +
   * 0.114 B, rounded. What is not opaque lets the background through.
   *
   * @param channels 1 or 3
   * @param background the brightness behind the picture, from 0 to 255
   * @return unsigned values {@code [height, width, channels]}
   * @throws IllegalArgumentException if {@code channels} or {@code background} is another number
   */
  public byte[] pixels(int channels, int background) {
    if (channels != 1 && channels != 3 || background < 0 || background > 255) {
      throw new IllegalArgumentException(
          "channels must be 1 or 3 and background from 0 to 255, but are "
              + channels
              + " and "
              + background);
    }
    byte[] pixels = new byte[height * width * channels];
    for (int i = 0, at = 0; i < rgba.length; i += 4) {
      int opacity = rgba[i + 3] & 0xFF;
      int r = over(rgba[i] & 0xFF, background, opacity);
      int g = over(rgba[i + 1] & 0xFF, background, opacity);
      int b = over(rgba[i + 2] & 0xFF, background, opacity);
      if (channels == 1) {
        // The weights in 65536ths, which add up to 65536: grey stays the same grey.
        pixels[at++] = (byte) (19595 * r + 38470 * g + 7471 * b + 32768 >> 16);
      } else {
        pixels[at++] = (byte) r;
        pixels[at++] = (byte) g;
        pixels[at++] = (byte) b;
      }
    }
    return pixels;
  }

  private static int over(int value, int background, int opacity) {
    return (value * opacity + background * (255 - opacity) + 127) / 255;
  }
}
