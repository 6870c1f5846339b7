// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.report;

import dev.lanewise.layers.graph.Shape;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import javax.imageio.ImageIO;

/** Pictures that lie in the page itself. */
final class Png {
  /** The longest side of an image of the data; larger ones are scaled. */
  private static final int MOST_SIDE = 64;

  private static final int RGB = 3;
  private static final int BYTE = 255;

  /** Of numbers: the middle of the palette is 0, its ends are the largest size. */
  private static final int ZERO = 127;

  private static final int GAP = 255;
  private static final int[] POSITIVE = {11, 87, 208};
  private static final int[] NEGATIVE = {179, 64, 18};

  private static final IndexColorModel SIGNED = signed();

  private Png() {}

  private static IndexColorModel signed() {
    byte[][] rgb = new byte[RGB][GAP + 1];
    for (int i = 0; i < GAP; i++) {
      int[] to = i > ZERO ? POSITIVE : NEGATIVE;
      double share = StrictMath.pow(Math.abs(i - ZERO) / (double) ZERO, 0.7); // small ones show
      for (int c = 0; c < RGB; c++) {
        rgb[c][i] = (byte) Math.round(BYTE + share * (to[c] - BYTE));
      }
    }
    return new IndexColorModel(8, GAP + 1, rgb[0], rgb[1], rgb[2], GAP);
  }

  /** Numbers of some maps: the one in column x and row y of a map. */
  @FunctionalInterface
  interface Values {
    float at(int map, int y, int x);
  }

  /**
   * An image as a data set hands it out: colours if it has three channels, else the first channel
   * in grey. Values from 0 to 1 are taken as they are, others are spread from the least to the
   * largest.
   *
   * @param values {@code [H, W, C]}
   * @return the address of the picture
   */
  static String image(float[] values, Shape shape) {
    float least = 0;
    float most = 1;
    for (float value : values) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    boolean grey = shape.channels() != RGB;
    BufferedImage image =
        new BufferedImage(
            shape.width(),
            shape.height(),
            grey ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < shape.height(); y++) {
      for (int x = 0; x < shape.width(); x++) {
        int at = (y * shape.width() + x) * shape.channels();
        if (grey) {
          image.getRaster().setSample(x, y, 0, level(values[at], least, most));
        } else {
          image.setRGB(
              x,
              y,
              level(values[at], least, most) << 16
                  | level(values[at + 1], least, most) << 8
                  | level(values[at + 2], least, most));
        }
      }
    }
    return address(scaled(image));
  }

  private static int level(float value, float least, float most) {
    return Math.clamp(Math.round(BYTE * (value - least) / (most - least)), 0, BYTE);
  }

  private static BufferedImage scaled(BufferedImage image) {
    int side = Math.max(image.getWidth(), image.getHeight());
    if (side <= MOST_SIDE) {
      return image;
    }
    int width = Math.max(1, image.getWidth() * MOST_SIDE / side);
    int height = Math.max(1, image.getHeight() * MOST_SIDE / side);
    BufferedImage small = new BufferedImage(width, height, image.getType());
    Graphics2D graphics = small.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    graphics.drawImage(image, 0, 0, width, height, null);
    graphics.dispose();
    return small;
  }

  /**
   * Maps of numbers beside each other, positive ones blue and negative ones red.
   *
   * @param columns how many maps are in a row
   * @return the address of the picture
   */
  static String maps(int count, int height, int width, int columns, Values values) {
    float most = Float.MIN_NORMAL;
    for (int map = 0; map < count; map++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          most = Math.max(most, Math.abs(values.at(map, y, x)));
        }
      }
    }
    BufferedImage picture = sheet(count, height, width, columns);
    for (int map = 0; map < count; map++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          int level = ZERO + Math.round(ZERO * values.at(map, y, x) / most);
          picture
              .getRaster()
              .setSample(
                  map % columns * (width + 1) + x, map / columns * (height + 1) + y, 0, level);
        }
      }
    }
    return address(picture);
  }

  /** Filled with what is seen between maps: the page. */
  private static BufferedImage sheet(int count, int height, int width, int columns) {
    BufferedImage sheet =
        new BufferedImage(
            columns * (width + 1) - 1,
            Math.ceilDiv(count, columns) * (height + 1) - 1,
            BufferedImage.TYPE_BYTE_INDEXED,
            SIGNED);
    for (int y = 0; y < sheet.getHeight(); y++) {
      for (int x = 0; x < sheet.getWidth(); x++) {
        sheet.getRaster().setSample(x, y, 0, GAP);
      }
    }
    return sheet;
  }

  /**
   * Filters of colours beside each other, each spread from its least number to its largest.
   *
   * @param values the numbers, of filter, row, and column times three plus colour
   * @return the address of the picture
   */
  static String colours(int count, int height, int width, int columns, Values values) {
    BufferedImage picture =
        new BufferedImage(
            columns * (width + 1) - 1,
            Math.ceilDiv(count, columns) * (height + 1) - 1,
            BufferedImage.TYPE_INT_ARGB);
    for (int map = 0; map < count; map++) {
      float least = Float.POSITIVE_INFINITY;
      float most = Float.NEGATIVE_INFINITY;
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < RGB * width; x++) {
          least = Math.min(least, values.at(map, y, x));
          most = Math.max(most, values.at(map, y, x));
        }
      }
      float end = most > least ? most : least + 1;
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          int argb = BYTE;
          for (int c = 0; c < RGB; c++) {
            argb = argb << 8 | level(values.at(map, y, RGB * x + c), least, end);
          }
          picture.setRGB(map % columns * (width + 1) + x, map / columns * (height + 1) + y, argb);
        }
      }
    }
    return address(picture);
  }

  private static String address(BufferedImage image) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", bytes);
    } catch (IOException e) {
      throw new AssertionError(e); // it is written to memory
    }
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(bytes.toByteArray());
  }
}
