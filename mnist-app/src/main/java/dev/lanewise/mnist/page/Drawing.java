package dev.lanewise.mnist.page;

import dev.lanewise.layers.Network;
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
      DigitFrame frame = DigitFrame.of(ink, height, width, shape);
      return new Drawing(floats(frame.pixels()), frame.note());
    }
    byte[] rgba = new byte[4 * ink.length];
    for (int i = 0; i < ink.length; i++) {
      java.util.Arrays.fill(rgba, 4 * i, 4 * i + 3, ink[i]);
      rgba[4 * i + 3] = (byte) WHITE;
    }
    return scaled(new Picture(height, width, rgba), network);
  }

  /**
   * A picture from a file, decoded by the browser. For a network of one channel it is taken for a
   * digit on paper or on a dark ground: dark on light is inverted, what is as light as the ground
   * becomes it, and the ink is framed.
   */
  static Drawing ofPicture(Picture picture, Network network) {
    Shape shape = network.inputShape();
    if (shape.channels() != 1) {
      return scaled(picture, network);
    }
    byte[] grey = picture.pixels(1, WHITE);
    if (picture.height() == shape.height() && picture.width() == shape.width()) {
      boolean paper = ground(grey, picture.width()) > WHITE / 2;
      return new Drawing(
          floats(paper ? inverted(grey) : grey),
          "A picture of the right size, taken as it is"
              + (paper ? ", but inverted: it is dark on light." : "."));
    }
    int ground = ground(grey, picture.width());
    int farthest = 0;
    for (byte value : grey) {
      int distance = (value & 0xFF) - ground;
      farthest = Math.abs(distance) > Math.abs(farthest) ? distance : farthest;
    }
    byte[] ink = new byte[grey.length];
    for (int i = 0; i < grey.length && farthest != 0; i++) {
      // From a quarter of the way on it is ink: paper is not even.
      double share = ((grey[i] & 0xFF) - ground) / (double) farthest;
      ink[i] = (byte) Math.clamp(Math.round((share - 0.25) / 0.75 * WHITE), 0, WHITE);
    }
    DigitFrame frame = DigitFrame.of(ink, picture.height(), picture.width(), shape);
    String found = farthest < 0 ? "Dark on light: inverted. " : "Light on dark. ";
    return new Drawing(floats(frame.pixels()), found + frame.note());
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

  private static Drawing scaled(Picture picture, Network network) {
    Preparation preparation = network.preparation();
    boolean exact = preparation.framing().mode() == Framing.Mode.EXACT;
    Framing framing = exact ? Framing.CROP : preparation.framing();
    Shape shape = network.inputShape();
    float[] image = preparation.framing(framing).image(picture, shape);
    String how = framing.mode() == Framing.Mode.STRETCH ? "stretched" : "scaled and cut";
    return new Drawing(
        image,
        "A picture of %d x %d, %s to %d x %d."
            .formatted(picture.width(), picture.height(), how, shape.width(), shape.height()));
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
