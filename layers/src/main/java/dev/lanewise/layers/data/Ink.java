// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.util.Arrays;

/**
 * What is written in a picture: ink on paper, or chalk on a board.
 *
 * <p>The picture is shrunk until it is quick to look at. The ground is what a {@linkplain
 * Morphology closing} by a third of it leaves (an opening, where the writing is lighter): the tone
 * of the paper with its shadows; or the tone of the edge, where that is even. The contrast to it,
 * as a share of the ground, is that of the ink wherever the light falls. From half of the strongest
 * contrast on it is ink, and what is connected with it and has a third; {@link InkParts} leaves out
 * what belongs to something else.
 *
 * @param values how much ink there is, unsigned, {@code [height, width]}; all 0 if none is found
 * @param height rows
 * @param width columns
 * @param scale how many pixels of the picture a pixel here stands for, in each direction
 * @param dark whether it is darker than its ground
 */
record Ink(byte[] values, int height, int width, double scale, boolean dark) {
  static final int MOST = 255;

  /** The longer side that is looked at: a digit of a tenth of it has twice the pixels it needs. */
  private static final int SIDE = 400;

  /** Of the shorter side: wider than a stroke, narrower than a shadow. */
  private static final int GROUND_PARTS = 3;

  /** One pixel in this many has the strongest contrast: the stroke of a small digit. */
  private static final int STRONGEST = 1000;

  /** Of 255; less is the grain of paper. */
  private static final int LEAST_CONTRAST = 20;

  private static final double STRONG = 0.5;
  private static final double WEAK = 0.3;

  /** From this share of the strongest contrast on there is nothing but ink. */
  private static final double FULL = 0.7;

  /** Of all pixels; what is darker or lighter than the others is left out. */
  private static final double FEW = 0.005;

  /** Of the edge, at either end of its tones: digits may touch it. */
  private static final double EDGE_REST = 0.2;

  /** Of the range of all tones: an edge whose tones differ by less is even. */
  private static final double EVEN = 0.15;

  /** Deviations of the noise that a pixel of the ground does not reach. */
  private static final double NOISE = 4;

  /** From a median of absolute differences to a deviation, for normal noise. */
  private static final double MEDIAN_TO_SIGMA = 1.4826;

  /** A larger deviation of the noise is smoothed away. */
  private static final double SMOOTH = 1.5;

  /** Finds the ink in a picture. */
  static Ink find(Picture picture) {
    byte[] grey = picture.pixels(1, behind(picture));
    int longer = Math.max(picture.height(), picture.width());
    double scale = Math.max(1, (double) longer / SIDE);
    int height = Math.max(1, (int) Math.round(picture.height() / scale));
    int width = Math.max(1, (int) Math.round(picture.width() / scale));
    byte[] small =
        Resampling.window(
            grey, picture.height(), picture.width(), 1, height, width, 0, 0, height, width);
    int[] values = new int[small.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = small[i] & 0xFF;
    }
    if (noise(values, height, width) > SMOOTH) {
      values = smooth(smooth(values, height, width, 1, width), height, width, width, 1);
    }
    int edge = evenEdge(values, height, width);
    boolean dark = edge < 0 ? isDark(values, height, width) : edge > middle(values);
    int[] ground = new int[values.length];
    if (edge >= 0) {
      Arrays.fill(ground, edge);
    } else {
      int side = Math.max(3, Math.min(height, width) / GROUND_PARTS);
      ground =
          dark
              ? Morphology.closing(values, height, width, side)
              : Morphology.opening(values, height, width, side);
    }
    return new Ink(ink(contrast(values, ground, dark), height, width), height, width, scale, dark);
  }

  /** Behind a picture that is not opaque: white behind dark ink, black behind light. */
  private static int behind(Picture picture) {
    byte[] rgba = picture.rgba();
    long opacity = 0;
    long light = 0;
    for (int i = 0; i < rgba.length; i += 4) {
      int a = rgba[i + 3] & 0xFF;
      opacity += a;
      light += (long) a * ((rgba[i] & 0xFF) + (rgba[i + 1] & 0xFF) + (rgba[i + 2] & 0xFF));
    }
    return light > 3 * opacity * (MOST / 2) ? 0 : MOST;
  }

  /** The deviation of what differs from pixel to pixel; 0 where most are alike. */
  private static double noise(int[] values, int height, int width) {
    int[] counts = new int[4 * MOST];
    for (int y = 0; y < height; y++) {
      for (int i = y * width + 1; i < (y + 1) * width - 1; i++) {
        counts[Math.abs(2 * values[i] - values[i - 1] - values[i + 1])]++;
      }
    }
    return MEDIAN_TO_SIGMA * quantile(counts, 0.5) / Math.sqrt(6); // weights 2, -1, -1
  }

  /** The smallest value that a share of all does not exceed. */
  private static int quantile(int[] counts, double share) {
    long all = Arrays.stream(counts).asLongStream().sum();
    long seen = 0;
    int value = -1;
    while (value < counts.length - 1 && (value < 0 || seen < share * all)) {
      seen += counts[++value];
    }
    return value;
  }

  /** Weights 1, 2, 1 along one direction. */
  private static int[] smooth(int[] values, int height, int width, int step, int other) {
    int count = step == 1 ? width : height;
    int lines = step == 1 ? height : width;
    int[] result = new int[values.length];
    for (int line = 0; line < lines; line++) {
      for (int k = 0; k < count; k++) {
        int i = line * other + k * step;
        int before = values[k == 0 ? i : i - step];
        int after = values[k == count - 1 ? i : i + step];
        result[i] = (before + 2 * values[i] + after + 2) / 4;
      }
    }
    return result;
  }

  /**
   * The tone of the edge, where it is even, and the lightest or darkest tone there is: then it is
   * that of the ground, as in a scan that has been cut to the digit.
   *
   * @return from 0 to 255; -1 if the edge is of several tones
   */
  private static int evenEdge(int[] values, int height, int width) {
    int[] edge = new int[MOST + 1];
    for (int i = 0; i < values.length; i++) {
      int x = i % width;
      int y = i / width;
      if (x == 0 || y == 0 || x == width - 1 || y == height - 1) {
        edge[values[i]]++;
      }
    }
    int[] range = range(values);
    double even = EVEN * (range[1] - range[0]);
    int tone = quantile(edge, 0.5);
    boolean isEven = quantile(edge, 1 - EDGE_REST) - quantile(edge, EDGE_REST) <= even;
    boolean isLast = tone - range[0] <= 2 * even || range[1] - tone <= 2 * even;
    return isEven && isLast ? tone : -1;
  }

  /** The darkest and the lightest tone, but for a few pixels. */
  private static int[] range(int[] values) {
    int[] counts = new int[MOST + 1];
    for (int value : values) {
      counts[value]++;
    }
    return new int[] {quantile(counts, FEW), quantile(counts, 1 - FEW)};
  }

  private static int middle(int[] values) {
    int[] range = range(values);
    return (range[0] + range[1]) / 2;
  }

  /**
   * Whether the writing is darker than its ground: there is less of it, so it is on the longer tail
   * of what differs from the mean of a wide neighbourhood.
   */
  private static boolean isDark(int[] values, int height, int width) {
    long[] sums = new long[(height + 1) * (width + 1)]; // of all above and to the left
    for (int y = 0; y < height; y++) {
      long row = 0;
      for (int x = 0; x < width; x++) {
        row += values[y * width + x];
        sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row;
      }
    }
    int reach = Math.max(2, Math.min(height, width) / 6);
    double skew = 0;
    for (int y = 0; y < height; y++) {
      int top = Math.max(0, y - reach) * (width + 1);
      int bottom = Math.min(height, y + reach + 1) * (width + 1);
      for (int x = 0; x < width; x++) {
        int left = Math.max(0, x - reach);
        int right = Math.min(width, x + reach + 1);
        long sum =
            sums[bottom + right] - sums[bottom + left] - sums[top + right] + sums[top + left];
        double area = (double) (bottom - top) / (width + 1) * (right - left);
        double off = values[y * width + x] - sum / area;
        skew += off * off * off;
      }
    }
    return skew < 0;
  }

  /** How far each pixel is from its ground towards black (or white), from 0 to 255. */
  private static int[] contrast(int[] values, int[] ground, boolean dark) {
    int[] contrast = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      int difference = dark ? ground[i] - values[i] : values[i] - ground[i];
      int most = Math.max(1, dark ? ground[i] : MOST - ground[i]);
      contrast[i] = Math.clamp((long) MOST * difference / most, 0, MOST);
    }
    return contrast;
  }

  private static byte[] ink(int[] contrast, int height, int width) {
    int[] counts = new int[MOST + 1];
    for (int value : contrast) {
      counts[value]++;
    }
    double level = level(counts, contrast.length);
    byte[] ink = new byte[contrast.length];
    if (level < LEAST_CONTRAST) {
      return ink;
    }
    int middle = quantile(counts, 0.5);
    int[] off = new int[MOST + 1];
    for (int value = 0; value <= MOST; value++) {
      off[Math.abs(value - middle)] += counts[value];
    }
    double noise = middle + NOISE * MEDIAN_TO_SIGMA * quantile(off, 0.5);
    double weak = Math.max(WEAK * level, Math.min(noise, STRONG * level));
    double strong = Math.max(STRONG * level, Math.min(noise, FULL * level));
    boolean[] written = new InkParts(contrast, height, width, weak, strong).written();
    for (int i = 0; i < ink.length; i++) {
      if (written[i]) {
        double share = (contrast[i] - weak) / (FULL * level - weak);
        ink[i] = (byte) Math.clamp(Math.round(MOST * share), 0, MOST);
      }
    }
    return ink;
  }

  /** The mean of the strongest contrasts. */
  private static double level(int[] counts, int pixels) {
    int wanted = Math.max(1, pixels / STRONGEST);
    long sum = 0;
    int left = wanted;
    for (int value = MOST; left > 0; value--) {
      int taken = Math.min(left, counts[value]);
      sum += (long) taken * value;
      left -= taken;
    }
    return (double) sum / wanted;
  }
}
