// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.tensorboard;

import com.google.protobuf.ByteString;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.tensorboard.schema.EventProto.Summary;
import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Images side by side, in rows and columns of about as many, as one PNG. */
final class Sheet {
  private static final int GAP = 2;
  private static final int BEHIND = 0xD8; // grey: images may be black or white
  private static final int RGB = 3;
  private static final int RGBA = 4;
  private static final long MOST_PIXELS = 1 << 26;

  private Sheet() {}

  /**
   * Draws.
   *
   * @param shape of an image: 1 channel for grey, 3 for red, green and blue, 4 with opacity
   * @param size how many values there are
   * @param level the value at a position, from 0 to 255
   * @throws IllegalArgumentException if the values are not those of one or more such images, or
   *     would make a picture of more than 2^26 pixels
   */
  static Summary.Image of(Shape shape, int size, IntUnaryOperator level) throws IOException {
    int channels = shape.channels();
    if (channels != 1 && channels != RGB && channels != RGBA) {
      throw new IllegalArgumentException(
          "images of 1, 3 or 4 channels can be shown, but the shape is " + shape);
    }
    if (size == 0 || size % shape.size() != 0) {
      throw new IllegalArgumentException(
          "one or more images " + shape + " were expected, but there are " + size + " values");
    }
    int count = size / shape.size();
    int columns = (int) Math.ceil(Math.sqrt(count));
    long width = (long) columns * (shape.width() + GAP) - GAP;
    long height = Math.ceilDiv(count, columns) * (long) (shape.height() + GAP) - GAP;
    if (width * height > MOST_PIXELS) {
      throw new IllegalArgumentException(
          "a picture has at most " + MOST_PIXELS + " pixels, but would be " + width + "x" + height);
    }
    BufferedImage sheet = blank((int) width, (int) height, channels);
    for (int image = 0; image < count; image++) {
      int left = image % columns * (shape.width() + GAP);
      int top = image / columns * (shape.height() + GAP);
      draw(sheet.getRaster(), left, top, shape, image * shape.size(), level);
    }
    return Summary.Image.newBuilder()
        .setWidth((int) width)
        .setHeight((int) height)
        .setColorspace(channels)
        .setEncodedImageString(png(sheet))
        .build();
  }

  private static BufferedImage blank(int width, int height, int channels) {
    int type =
        channels == 1
            ? BufferedImage.TYPE_BYTE_GRAY
            : channels == RGB ? BufferedImage.TYPE_INT_RGB : BufferedImage.TYPE_INT_ARGB;
    BufferedImage sheet = new BufferedImage(width, height, type);
    int[] row = new int[width];
    Arrays.fill(row, BEHIND);
    for (int band = 0; band < Math.min(channels, RGB); band++) {
      for (int y = 0; y < height; y++) {
        sheet.getRaster().setSamples(0, y, width, 1, band, row);
      }
    }
    return sheet;
  }

  private static void draw(
      WritableRaster raster, int left, int top, Shape shape, int from, IntUnaryOperator level) {
    int at = from;
    for (int y = 0; y < shape.height(); y++) {
      for (int x = 0; x < shape.width(); x++) {
        for (int band = 0; band < shape.channels(); band++) {
          raster.setSample(left + x, top + y, band, level.applyAsInt(at++));
        }
      }
    }
  }

  private static ByteString png(BufferedImage sheet) throws IOException {
    ByteString.Output bytes = ByteString.newOutput();
    // Not in a file among the temporary ones, as ImageIO would.
    try (ImageOutputStream stream = new MemoryCacheImageOutputStream(bytes)) {
      ImageIO.write(sheet, "png", stream);
    }
    return bytes.toByteString();
  }
}
