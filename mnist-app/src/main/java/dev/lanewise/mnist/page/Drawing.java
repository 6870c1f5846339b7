// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.DigitFrame;
import dev.lanewise.layers.data.Framed;
import dev.lanewise.layers.data.Framing;
import dev.lanewise.layers.data.Picture;
import dev.lanewise.layers.data.Preparation;
import dev.lanewise.layers.graph.Shape;

/**
 * What a visitor has drawn or dropped, as the network is to see it.
 *
 * @param image values from 0 to 1, {@code [H, W, C]}
 * @param note what was done to it, in one line
 */
record Drawing(float[] image, String note) {
  private static final int WHITE = 255;

  /** Nothing: a dark image. */
  static Drawing empty(Shape shape) {
    return new Drawing(new float[shape.size()], "Nothing drawn yet.");
  }

  /**
   * Ink on the page's pad: framed as MNIST's digits for a network of one channel, else scaled.
   *
   * @param ink {@code [height, width]}, light on dark
   */
  static Drawing ofInk(byte[] ink, int height, int width, Network network) {
    Shape shape = network.inputShape();
    if (shape.channels() == 1) {
      return of(DigitFrame.ofInk(ink, height, width, shape));
    }
    byte[] rgba = new byte[4 * ink.length];
    for (int i = 0; i < ink.length; i++) {
      java.util.Arrays.fill(rgba, 4 * i, 4 * i + 3, ink[i]);
      rgba[4 * i + 3] = (byte) WHITE;
    }
    return ofPicture(new Picture(height, width, rgba), network);
  }

  /**
   * A picture from a file, decoded by the browser, framed as the network's were; one of the right
   * size for a network of which that is not known is taken for what it was trained with, light on
   * dark.
   */
  static Drawing ofPicture(Picture picture, Network network) {
    Shape shape = network.inputShape();
    Preparation preparation = network.preparation();
    boolean same = picture.height() == shape.height() && picture.width() == shape.width();
    if (same && shape.channels() == 1 && preparation.framing().mode() == Framing.Mode.EXACT) {
      byte[] grey = picture.pixels(1, WHITE);
      boolean paper = ground(grey, picture.width()) > WHITE / 2;
      return new Drawing(
          floats(paper ? inverted(grey) : grey),
          "A picture of the right size, taken as it is"
              + (paper ? ", but inverted: it is dark on light." : "."));
    }
    return of(preparation.framingOfAnySize(shape).framed(picture, shape));
  }

  private static Drawing of(Framed framed) {
    return new Drawing(floats(framed.pixels()), framed.note());
  }

  /** The median of the edge: there is the ground. */
  private static int ground(byte[] grey, int width) {
    int[] count = new int[WHITE + 1];
    int edge = 0;
    int height = grey.length / width;
    for (int i = 0; i < grey.length; i++) {
      int x = i % width;
      int y = i / width;
      if (x == 0 || y == 0 || x == width - 1 || y == height - 1) {
        count[grey[i] & 0xFF]++;
        edge++;
      }
    }
    int value = 0;
    for (int seen = count[0]; 2 * seen < edge; seen += count[value]) {
      value++;
    }
    return value;
  }

  private static byte[] inverted(byte[] pixels) {
    byte[] result = new byte[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      result[i] = (byte) ~pixels[i];
    }
    return result;
  }

  private static float[] floats(byte[] pixels) {
    float[] values = new float[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      values[i] = (pixels[i] & 0xFF) / 255f;
    }
    return values;
  }
}
