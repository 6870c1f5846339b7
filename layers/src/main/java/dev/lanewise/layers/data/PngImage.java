package dev.lanewise.layers.data;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A picture, as {@link #read} takes it from a PNG file.
 *
 * @param height rows, from 1 to {@value #MAX_SIDE}
 * @param width columns, from 1 to {@value #MAX_SIDE}
 * @param rgba red, green, blue and opacity, unsigned, {@code [height, width, 4]}; not copied
 */
public record PngImage(int height, int width, byte[] rgba) {
  /** The longest side that is read; as for IDX files. */
  public static final int MAX_SIDE = 512;

  /**
   * Reads a file of the PNG format (W3C, "Portable Network Graphics Specification"), of any colour
   * type and bit depth, interlaced or not. Values of 16 bits are rounded to 8, those of fewer bits
   * are spread over 0 to 255. Values are taken as they are: whatever a file says of gamma or colour
   * profiles is left unread, as Pillow and torchvision leave it.
   *
   * <p>Stricter than many readers: a file is whole and nothing else, or it is refused. Every chunk
   * must have its checksum and be in its place, the compressed pixels must end with the last one,
   * and nothing may follow the end. Only the pixels are ever inflated, no text and no profile, and
   * those no further than the header says.
   *
   * @param file a PNG file of at most 16 MiB
   * @return the picture
   * @throws DataException if the content is not that of such a file
   * @throws IOException if the file cannot be read
   */
  public static PngImage read(Path file) throws IOException {
    return PngReader.read(file);
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
