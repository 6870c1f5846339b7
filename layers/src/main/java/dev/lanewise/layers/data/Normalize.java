// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Shape;
import java.util.Arrays;

/**
 * Brings each channel to about mean 0 and standard deviation 1: {@code (x - mean[c]) /
 * deviation[c]}, as torchvision's {@code Normalize}. Immutable.
 */
public final class Normalize implements Transform {
  private final float[] mean;
  private final float[] deviation;

  /**
   * The same for every channel.
   *
   * @param mean subtracted
   * @param deviation divided by; finite and positive
   * @throws IllegalArgumentException if the mean is not finite, or the deviation not finite and
   *     positive
   */
  public Normalize(float mean, float deviation) {
    this(new float[] {mean}, new float[] {deviation});
  }

  /**
   * Numbers for each channel.
   *
   * @param mean {@code [C]}, subtracted
   * @param deviation {@code [C]}, divided by; finite and positive
   * @throws IllegalArgumentException if the arrays differ in length, a mean is not finite, or a
   *     deviation not finite and positive
   */
  public Normalize(float[] mean, float[] deviation) {
    if (mean.length == 0 || mean.length != deviation.length) {
      throw new IllegalArgumentException(
          "expected a mean and a deviation for each channel, but there are "
              + (mean.length + " and " + deviation.length));
    }
    for (int c = 0; c < mean.length; c++) {
      if (!Float.isFinite(mean[c]) || !(deviation[c] > 0 && Float.isFinite(deviation[c]))) {
        throw new IllegalArgumentException(
            ("the mean must be finite and the deviation finite and positive, but for channel " + c)
                + (" they are " + mean[c] + " and " + deviation[c]));
      }
    }
    this.mean = mean.clone();
    this.deviation = deviation.clone();
  }

  /**
   * The mean and the standard deviation of each channel of a data set, over all pixels of all
   * images; usually of the images that are trained on, as they are without augmentation. The
   * deviation is that of the data themselves, with N and not N - 1 below the sum of squares. Where
   * a channel has one value alone it is 1.
   *
   * <p>In doubles: each image by itself, then one after another by the formula of Chan, Golub and
   * LeVeque ("Updating formulae and a pairwise algorithm for computing sample variances", 1979).
   * The bits do not depend on the number of threads.
   *
   * @param data the images
   * @param team the threads to use
   * @return what brings them to mean 0 and deviation 1
   * @throws IllegalArgumentException if there are no images, or a value is not finite
   * @throws java.io.UncheckedIOException if an image cannot be read
   */
  public static Normalize of(Dataset data, WorkerTeam team) {
    Moments moments = new Moments(data, team);
    return new Normalize(moments.mean(), moments.deviation());
  }

  /**
   * What is subtracted.
   *
   * @return a copy, {@code [C]}, or {@code [1]} for all channels
   */
  public float[] mean() {
    return mean.clone();
  }

  /**
   * What is divided by.
   *
   * @return a copy, {@code [C]}, or {@code [1]} for all channels
   */
  public float[] deviation() {
    return deviation.clone();
  }

  /**
   * Refuses images of another number of channels.
   *
   * @throws IllegalArgumentException if there are numbers for several channels, and the images do
   *     not have as many
   */
  @Override
  public void requireFit(Shape shape) {
    if (mean.length != 1 && mean.length != shape.channels()) {
      throw new IllegalArgumentException(
          "there are means of " + mean.length + " channels, but images " + shape);
    }
  }

  /**
   * Normalises an image.
   *
   * @throws IllegalArgumentException as {@link #requireFit}
   */
  @Override
  public void apply(float[] image, int offset, Context context) {
    apply(image, offset, context.shape());
  }

  /**
   * Normalises an image.
   *
   * @param image holds it, {@code [H, W, C]}; changed in place
   * @param offset its first element
   * @param shape its shape
   * @throws IllegalArgumentException as {@link #requireFit}
   */
  public void apply(float[] image, int offset, Shape shape) {
    requireFit(shape);
    int channels = shape.channels();
    int to = offset + shape.size();
    if (mean.length == 1) { // a loop that C2 makes vectors of
      for (int i = offset; i < to; i++) {
        image[i] = (image[i] - mean[0]) / deviation[0];
      }
      return;
    }
    for (int pixel = offset; pixel < to; pixel += channels) {
      for (int c = 0; c < channels; c++) {
        image[pixel + c] = (image[pixel + c] - mean[c]) / deviation[c];
      }
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Normalize n
        && Arrays.equals(mean, n.mean)
        && Arrays.equals(deviation, n.deviation);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(mean) + Arrays.hashCode(deviation);
  }

  @Override
  public String toString() {
    return "(x - " + Arrays.toString(mean) + ") / " + Arrays.toString(deviation);
  }
}
