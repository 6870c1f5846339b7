package dev.lanewise.mnist.page;

import dev.lanewise.layers.data.Framing;
import dev.lanewise.layers.data.Picture;
import dev.lanewise.layers.graph.Shape;
import java.util.Locale;

/**
 * Frames a drawn digit as MNIST's were: the part with ink is scaled, with its proportions, into a
 * box of 20x20, which is put into 28x28 so that the centre of mass of the ink is in the middle
 * (LeCun, Cortes and Burges, "The MNIST database of handwritten digits").
 *
 * @param pixels light on dark, {@code [H, W]}
 * @param note what was done, in one line
 */
record DigitFrame(byte[] pixels, String note) {
  private static final int LEAST_INK = 24; // of 255; less is the noise of a scan or a soft edge

  /** MNIST's box and image. */
  private static final double BOX = 20.0 / 28;

  /**
   * Frames a digit.
   *
   * @param ink how light each pixel is, {@code [height, width]}; the background is dark
   * @param height rows
   * @param width columns
   * @param shape of the image, with one channel
   */
  static DigitFrame of(byte[] ink, int height, int width, Shape shape) {
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
    byte[] pixels = new byte[shape.size()];
    if (bottom < 0) {
      return new DigitFrame(pixels, "Nothing drawn yet.");
    }
    int h = bottom - top + 1;
    int w = right - left + 1;
    double box = Math.min(shape.height(), shape.width()) * BOX;
    double scale = box / Math.max(h, w);
    int boxH = Math.max(1, (int) Math.round(h * scale));
    int boxW = Math.max(1, (int) Math.round(w * scale));
    byte[] scaled =
        Framing.STRETCH.image(crop(ink, width, top, left, h, w), new Shape(boxH, boxW, 1));
    int[] shift = centre(scaled, boxH, boxW, shape);
    for (int y = 0; y < boxH; y++) {
      System.arraycopy(scaled, y * boxW, pixels, (shift[0] + y) * shape.width() + shift[1], boxW);
    }
    String note =
        String.format(
            Locale.ROOT,
            "Ink of %d x %d pixels, scaled to %d x %d, centre of mass moved to the middle of"
                + " %d x %d.",
            w,
            h,
            boxW,
            boxH,
            shape.width(),
            shape.height());
    return new DigitFrame(pixels, note);
  }

  private static Picture crop(byte[] ink, int width, int top, int left, int h, int w) {
    byte[] rgba = new byte[4 * h * w];
    for (int y = 0, at = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        byte value = ink[(top + y) * width + left + x];
        rgba[at++] = value;
        rgba[at++] = value;
        rgba[at++] = value;
        rgba[at++] = (byte) 255;
      }
    }
    return new Picture(h, w, rgba);
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
