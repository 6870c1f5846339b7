// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Shape;
import java.util.Arrays;

/** Mean and variance of each channel of a data set. */
final class Moments {
  /** How many images are looked at before what was found is added up. */
  private static final int CHUNK = 256;

  private final Dataset data;
  private final Shape shape;
  private final int pixels;
  private final int channels;
  private final float[][] images; // [worker], each one image
  private final int[][] labels; // [worker], each one label
  private final int[] numbers = new int[CHUNK]; // of the images of the chunk
  private final double[] means; // [CHUNK, C]
  private final double[] squares; // [CHUNK, C], the sums of (x - mean)^2

  // Of all images so far.
  private final double[] mean;
  private final double[] square;
  private long count; // pixels

  /** Looks at all images. */
  Moments(Dataset data, WorkerTeam team) {
    if (data.size() == 0) {
      throw new IllegalArgumentException("there are no images to take the mean of");
    }
    this.data = data;
    shape = data.shape();
    channels = shape.channels();
    pixels = shape.height() * shape.width();
    images = new float[team.threads()][shape.size()];
    labels = new int[team.threads()][1];
    means = new double[CHUNK * channels];
    squares = new double[CHUNK * channels];
    mean = new double[channels];
    square = new double[channels];
    for (int from = 0; from < data.size(); from += CHUNK) {
      int first = from;
      Arrays.setAll(numbers, i -> first + i);
      int chunk = Math.min(CHUNK, data.size() - from);
      team.run(chunk, this::look);
      for (int i = 0; i < chunk; i++) {
        add(i);
      }
    }
    for (int c = 0; c < channels; c++) {
      if (!Double.isFinite(mean[c]) || !Double.isFinite(square[c])) {
        throw new IllegalArgumentException(
            "channel " + c + " of the images has values that are not finite");
      }
    }
  }

  private void look(int i, int worker) {
    float[] x = images[worker];
    data.copy(numbers, i, 1, x, 0, labels[worker], 0);
    for (int c = 0; c < channels; c++) {
      double sum = 0;
      for (int j = c; j < x.length; j += channels) {
        sum += x[j];
      }
      double m = sum / pixels;
      double s = 0;
      for (int j = c; j < x.length; j += channels) {
        s += (x[j] - m) * (x[j] - m);
      }
      means[i * channels + c] = m;
      squares[i * channels + c] = s;
    }
  }

  /** Joins an image with those before it. */
  private void add(int i) {
    double share = (double) pixels / (count + pixels);
    for (int c = 0; c < channels; c++) {
      double delta = means[i * channels + c] - mean[c];
      mean[c] += delta * share;
      square[c] += squares[i * channels + c] + delta * delta * count * share;
    }
    count += pixels;
  }

  /** The mean of each channel. */
  float[] mean() {
    float[] result = new float[channels];
    for (int c = 0; c < channels; c++) {
      result[c] = (float) mean[c];
    }
    return result;
  }

  /** The standard deviation of each channel; 1 where it is 0. */
  float[] deviation() {
    float[] result = new float[channels];
    for (int c = 0; c < channels; c++) {
      float deviation = (float) Math.sqrt(square[c] / count);
      result[c] = deviation > 0 ? deviation : 1;
    }
    return result;
  }
}
