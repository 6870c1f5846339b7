// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.augment;

import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;

/**
 * Changes brightness, contrast, saturation and hue by random amounts and in random order, for
 * images of one channel or of red, green and blue, from 0 to 1: torchvision's {@code ColorJitter}.
 * With a factor f drawn for each, and every result brought back to 0 to 1,
 *
 * <pre>
 * brightness   f x
 * contrast     f x + (1 - f) mean of the grey image
 * saturation   f x + (1 - f) grey,   grey = 0.2989 red + 0.587 green + 0.114 blue
 * hue          turned by f of the circle of colours
 * </pre>
 *
 * <p>Images of one channel have neither saturation nor hue: they stay as they are there. By default
 * nothing is changed. Immutable: the methods return a changed copy.
 */
public final class ColorJitter implements Transform {
  private static final double MAX_FACTOR = 1000;
  private static final int ALL = 0x3210; // four adjustments, a digit each
  private static final float RED = 0.2989f;
  private static final float GREEN = 0.587f;
  private static final float BLUE = 0.114f;

  private final Range brightness;
  private final Range contrast;
  private final Range saturation;
  private final Range hue;

  /** A jitter that changes nothing so far. */
  public ColorJitter() {
    this(Range.ONE, Range.ONE, Range.ONE, Range.ZERO);
  }

  private ColorJitter(Range brightness, Range contrast, Range saturation, Range hue) {
    this.brightness = brightness;
    this.contrast = contrast;
    this.saturation = saturation;
    this.hue = hue;
  }

  /**
   * Brightness, by factors from {@code 1 - by} (or 0) to {@code 1 + by}.
   *
   * @param by 0 or more
   * @return a copy that does so
   * @throws IllegalArgumentException if it is negative, NaN or above 999
   */
  public ColorJitter brightness(double by) {
    return new ColorJitter(factor("the brightness", by), contrast, saturation, hue);
  }

  /**
   * Contrast, by factors from {@code 1 - by} (or 0) to {@code 1 + by}.
   *
   * @param by 0 or more
   * @return a copy that does so
   * @throws IllegalArgumentException if it is negative, NaN or above 999
   */
  public ColorJitter contrast(double by) {
    return new ColorJitter(brightness, factor("the contrast", by), saturation, hue);
  }

  /**
   * Saturation, by factors from {@code 1 - by} (or 0) to {@code 1 + by}.
   *
   * @param by 0 or more
   * @return a copy that does so
   * @throws IllegalArgumentException if it is negative, NaN or above 999
   */
  public ColorJitter saturation(double by) {
    return new ColorJitter(brightness, contrast, factor("the saturation", by), hue);
  }

  /**
   * Hue, turned by up to {@code by} in both directions.
   *
   * @param by from 0 to 0.5, which is half of the circle of colours
   * @return a copy that does so
   * @throws IllegalArgumentException if it is not from 0 to 0.5
   */
  public ColorJitter hue(double by) {
    return new ColorJitter(brightness, contrast, saturation, Range.around("the hue", by, 0.5));
  }

  private static Range factor(String what, double by) {
    Range.number(what, by, 0, MAX_FACTOR - 1);
    return new Range(Math.max(0, 1 - by), 1 + by);
  }

  @Override
  public void requireFit(Shape shape) {
    if (shape.channels() != 1 && shape.channels() != 3) {
      throw new IllegalArgumentException(
          "colours need images of 1 or 3 channels, but they are " + shape);
    }
  }

  @Override
  public void apply(float[] image, int offset, Context context) {
    RandomStream random = context.random();
    float bright = (float) brightness.draw(random);
    float contrasting = (float) contrast.draw(random);
    float saturated = (float) saturation.draw(random);
    float turned = (float) hue.draw(random);
    boolean colours = context.shape().channels() == 3;
    int end = offset + context.shape().size();
    int left = ALL;
    for (int count = 4; count > 0; count--) {
      int digit = 4 * random.nextInt(count);
      int next = left >> digit & 3;
      left = left & (1 << digit) - 1 | left >> digit + 4 << digit;
      if (next == 0 && bright != 1) {
        scale(image, offset, end, bright, 0);
      } else if (next == 1 && contrasting != 1) {
        float mean = colours ? meanGrey(image, offset, end) : mean(image, offset, end);
        scale(image, offset, end, contrasting, (1 - contrasting) * mean);
      } else if (next == 2 && saturated != 1 && colours) {
        saturate(image, offset, end, saturated);
      } else if (next == 3 && turned != 0 && colours) {
        turn(image, offset, end, turned);
      }
    }
  }

  private static void scale(float[] image, int from, int to, float factor, float plus) {
    for (int i = from; i < to; i++) {
      image[i] = unit(factor * image[i] + plus);
    }
  }

  private static float unit(float value) {
    return Math.min(Math.max(value, 0f), 1f);
  }

  private static float grey(float[] image, int pixel) {
    return RED * image[pixel] + GREEN * image[pixel + 1] + BLUE * image[pixel + 2];
  }

  private static float mean(float[] image, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += image[i];
    }
    return (float) (sum / (to - from));
  }

  private static float meanGrey(float[] image, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i += 3) {
      sum += grey(image, i);
    }
    return (float) (sum / ((to - from) / 3));
  }

  private static void saturate(float[] image, int from, int to, float factor) {
    for (int i = from; i < to; i += 3) {
      float grey = (1 - factor) * grey(image, i);
      image[i] = unit(factor * image[i] + grey);
      image[i + 1] = unit(factor * image[i + 1] + grey);
      image[i + 2] = unit(factor * image[i + 2] + grey);
    }
  }

  /** To hue, saturation and value, and back with another hue. */
  private static void turn(float[] image, int from, int to, float by) {
    for (int i = from; i < to; i += 3) {
      float red = image[i];
      float green = image[i + 1];
      float blue = image[i + 2];
      float most = Math.max(red, Math.max(green, blue));
      float spread = most - Math.min(red, Math.min(green, blue));
      if (spread == 0) {
        continue; // grey
      }
      float sixth =
          most == red
              ? (green - blue) / spread
              : most == green ? 2 + (blue - red) / spread : 4 + (red - green) / spread;
      float turned = sixth / 6 + by;
      turned -= (float) Math.floor(turned);
      image[i] = channel(turned, 5, most, spread);
      image[i + 1] = channel(turned, 3, most, spread);
      image[i + 2] = channel(turned, 1, most, spread);
    }
  }

  /** Red, green and blue are the same function of the hue, two sixths of the circle apart. */
  private static float channel(float hue, int sixths, float most, float spread) {
    float k = sixths + 6 * hue;
    k = k < 6 ? k : k - 6;
    return unit(most - spread * unit(Math.min(k, 4 - k)));
  }
}
