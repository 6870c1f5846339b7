// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.graph.Shape;
import java.util.Locale;

/**
 * Frames digits as MNIST's were: the part with ink is scaled, with its proportions, into a box of
 * 20x20, which is put into 28x28 so that the centre of mass of the ink is in the middle (LeCun,
 * Cortes and Burges, "The MNIST database of handwritten digits"). For images of another size the
 * box is as large a part of them.
 */
public final class DigitFrame {
  private static final int LEAST_INK = 24; // of 255; less is the noise of a scan or a soft edge

  /** MNIST's box and image. */
  private static final double BOX = 20.0 / 28;

  private DigitFrame() {}

  /**
   * Frames what was drawn.
   *
   * @param ink how much ink there is, unsigned, {@code [height, width]}
   * @param height rows
   * @param width columns
   * @param shape of the image, with one channel
   * @return the image, light on dark; all dark if there is no ink
   * @throws IllegalArgumentException if the ink is not of so many pixels, or the image is not of
   *     one channel
   */
  public static Framed ofInk(byte[] ink, int height, int width, Shape shape) {
    requireOneChannel(shape);
    if (height < 1 || width < 1 || ink.length != (long) height * width) {
      throw new IllegalArgumentException(
          "ink of %dx%d pixels has %d values".formatted(height, width, ink.length));
    }
    Box box = Box.of(ink, height, width);
    return box == null
        ? new Framed(new byte[shape.size()], "Nothing drawn yet.")
        : of(box.cut(ink, width), box.height, box.width, 1, shape);
  }

  private static void requireOneChannel(Shape shape) {
    if (shape.channels() != 1) {
      throw new IllegalArgumentException("digits become images of 1 channel, but not " + shape);
    }
  }

  /**
   * Finds a digit in a picture, such as a photo or a scan, and frames it. It may be dark on light
   * or light on dark, and anywhere; paper has tones and shadows, and its edges are left out. A thin
   * pen becomes as wide as MNIST's.
   *
   * @param picture with one digit, which is upright
   * @param shape of the image, with one channel
   * @return the image, light on dark; all dark if nothing is found
   * @throws IllegalArgumentException if the image is not of one channel
   */
  public static Framed ofPicture(Picture picture, Shape shape) {
    requireOneChannel(shape);
    Ink found = Ink.find(picture);
    Box box = Box.of(found.values(), found.height(), found.width());
    if (box == null) {
      return new Framed(new byte[shape.size()], "Nothing found that stands out.");
    }
    byte[] ink = box.cut(found.values(), found.width());
    double growth = Pen.growth(ink, box.height, box.width);
    int margin = (int) Math.ceil(growth);
    Framed frame =
        of(
            Pen.grow(ink, box.height, box.width, growth, margin),
            box.height + 2 * margin,
            box.width + 2 * margin,
            found.scale(),
            shape);
    String ground = found.dark() ? "Dark on light: inverted. " : "Light on dark. ";
    return new Framed(frame.pixels(), ground + frame.note());
  }

  /** Where ink is. */
  private record Box(int top, int left, int height, int width) {
    static Box of(byte[] ink, int height, int width) {
      int top = height;
      int bottom = -1;
      int left = width;
      int right = -1;
      for (int i = 0; i < ink.length; i++) {
        if ((ink[i] & 0xFF) >= LEAST_INK) {
          top = Math.min(top, i / width);
          bottom = Math.max(bottom, i / width);
          left = Math.min(left, i % width);
          right = Math.max(right, i % width);
        }
      }
      return bottom < 0 ? null : new Box(top, left, bottom - top + 1, right - left + 1);
    }

    byte[] cut(byte[] ink, int stride) {
      byte[] cut = new byte[height * width];
      for (int y = 0; y < height; y++) {
        System.arraycopy(ink, (top + y) * stride + left, cut, y * width, width);
      }
      return cut;
    }
  }

  /** Frames ink that fills its array; {@code scale} is that of the picture to it. */
  private static Framed of(byte[] ink, int h, int w, double scale, Shape shape) {
    double box = Math.min(shape.height(), shape.width()) * BOX;
    double shrink = box / Math.max(h, w);
    int boxH = Math.max(1, (int) Math.round(h * shrink));
    int boxW = Math.max(1, (int) Math.round(w * shrink));
    byte[] scaled = Resampling.window(ink, h, w, 1, boxH, boxW, 0, 0, boxH, boxW);
    int[] shift = centre(scaled, boxH, boxW, shape);
    byte[] pixels = new byte[shape.size()];
    for (int y = 0; y < boxH; y++) {
      System.arraycopy(scaled, y * boxW, pixels, (shift[0] + y) * shape.width() + shift[1], boxW);
    }
    String note =
        String.format(
            Locale.ROOT,
            "Ink of %d x %d pixels, scaled to %d x %d, centre of mass moved to the middle of"
                + " %d x %d.",
            Math.round(w * scale),
            Math.round(h * scale),
            boxW,
            boxH,
            shape.width(),
            shape.height());
    return new Framed(pixels, note);
  }

  /** Where the box goes: row and column, so that it stays within the image. */
  private static int[] centre(byte[] box, int h, int w, Shape shape) {
    double mass = 0;
    double y = 0;
    double x = 0;
    for (int i = 0; i < box.length; i++) {
      int value = box[i] & 0xFF;
      mass += value;
      y += value * (i / w + 0.5);
      x += value * (i % w + 0.5);
    }
    return new int[] {
      Math.clamp(Math.round(shape.height() / 2.0 - y / mass), 0, shape.height() - h),
      Math.clamp(Math.round(shape.width() / 2.0 - x / mass), 0, shape.width() - w)
    };
  }
}
