// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.Elementwise;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Inputs;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.graph.Trait;
import dev.lanewise.layers.graph.UnaryPass;
import java.util.Arrays;
import java.util.Set;

/**
 * Makes the channels of each pixel, or the features of a flat input, positive numbers with the sum
 * 1: an attention, or the probabilities of classes. Immutable.
 *
 * <p>A classifier needs no such layer at its end: {@link
 * dev.lanewise.layers.loss.SoftmaxCrossEntropy} and {@link Predictor} take logits.
 */
public final class Softmax implements Layer {
  private static final Description DESCRIPTION = Description.of("softmax");

  /** Values of a task, about: two arrays of them stay in an L1 cache. */
  private static final int CHUNK = 2048;

  /** A softmax; it has no parameters. */
  public Softmax() {}

  @Override
  public Description description() {
    return DESCRIPTION;
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    return inputs[0];
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(Trait.PER_IMAGE, Trait.IN_PLACE);
  }

  @Override
  public Pass newPass(Site site) {
    return new Running(site);
  }

  @Override
  public String toString() {
    return DESCRIPTION.toString();
  }

  /** One running computation. A task is a number of whole pixels. */
  private static final class Running implements UnaryPass {
    private final int size; // of an image
    private final int channels;
    private final int chunk; // whole pixels
    private final WorkerTeam team;
    private final WorkerTeam.Task forward = this::forward;
    private final WorkerTeam.Task backward = this::backward;
    private final float[][] values; // [worker][chunk]
    private final float[][] gradients; // [worker][chunk]
    private final double[][] ofPixel; // [worker][chunk / C]: the largest value, or a sum
    private final float[][] ofValue; // [worker][chunk]: the same for each value

    // The running call.
    private int n;
    private Tensor read;
    private Tensor in;
    private Tensor out;

    Running(Site site) {
      size = site.input().size();
      channels = site.input().channels();
      chunk = channels * Math.max(1, CHUNK / channels);
      team = site.team();
      values = new float[team.threads()][chunk];
      gradients = new float[site.mode() == Mode.TRAINING ? team.threads() : 0][chunk];
      ofPixel = new double[team.threads()][chunk / channels];
      ofValue = new float[team.threads()][chunk];
    }

    /**
     * With m the largest {@code x[k]} of a pixel, so that no exponential overflows:
     *
     * <pre>y[j] = exp(x[j] - m) / sum over k of exp(x[k] - m)</pre>
     */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      n = context.images() * size;
      in = x;
      out = y;
      team.run(Math.ceilDiv(n, chunk), forward);
    }

    private void forward(int task, int worker) {
      float[] v = values[worker];
      int from = task * chunk;
      int count = Math.min(chunk, n - from);
      System.arraycopy(in.data, in.offset + from, v, 0, count);
      double[] pixel = ofPixel[worker];
      float[] each = ofValue[worker];
      largest(v, channels, count, pixel);
      spread(pixel, channels, count, each);
      subtract(v, each, count);
      Elementwise.exp(v, 0, count);
      sums(v, channels, count, pixel);
      invert(pixel, count / channels);
      spread(pixel, channels, count, each);
      multiply(v, each, count);
      System.arraycopy(v, 0, out.data, out.offset + from, count);
    }

    /**
     * Raising {@code x[j]} raises its exponential and the sum: the derivative of {@code y[j]} is
     * {@code y[j] * (1 - y[j])}, that of any other {@code y[k]} is {@code -y[k] * y[j]}. So
     *
     * <pre>dx[j] = y[j] * (dy[j] - sum over k of dy[k] * y[k])</pre>
     */
    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      n = context.images() * size;
      read = y;
      in = dy;
      out = dx;
      team.run(Math.ceilDiv(n, chunk), backward);
    }

    private void backward(int task, int worker) {
      float[] y = values[worker];
      float[] gradient = gradients[worker];
      int from = task * chunk;
      int count = Math.min(chunk, n - from);
      System.arraycopy(read.data, read.offset + from, y, 0, count);
      System.arraycopy(in.data, in.offset + from, gradient, 0, count);
      float[] each = ofValue[worker];
      product(y, gradient, each, count);
      sums(each, channels, count, ofPixel[worker]);
      spread(ofPixel[worker], channels, count, each);
      derive(y, gradient, each, count);
      System.arraycopy(gradient, 0, out.data, out.offset + from, count);
    }
  }

  /*
   * What a pixel has one of is spread over its values, so that C2 turns the loops over all values
   * into vectors. Four sums at a time, so that an addition need not wait for the one before.
   */

  private static void largest(float[] x, int channels, int n, double[] largest) {
    for (int at = 0, p = 0; at < n; at += channels, p++) {
      float m = x[at];
      for (int i = at + 1; i < at + channels; i++) {
        m = x[i] > m ? x[i] : m; // with a NaN all of the pixel become NaN, whatever m is
      }
      largest[p] = m;
    }
  }

  private static void sums(float[] x, int channels, int n, double[] sums) {
    int p = 0;
    int at = 0;
    for (; at + 4 * channels <= n; at += 4 * channels, p += 4) {
      int b = at + channels;
      int c = b + channels;
      int d = c + channels;
      double s0 = 0;
      double s1 = 0;
      double s2 = 0;
      double s3 = 0;
      for (int i = 0; i < channels; i++) {
        s0 += x[at + i];
        s1 += x[b + i];
        s2 += x[c + i];
        s3 += x[d + i];
      }
      sums[p] = s0;
      sums[p + 1] = s1;
      sums[p + 2] = s2;
      sums[p + 3] = s3;
    }
    for (; at < n; at += channels, p++) {
      double s = 0;
      for (int i = 0; i < channels; i++) {
        s += x[at + i];
      }
      sums[p] = s;
    }
  }

  private static void spread(double[] ofPixel, int channels, int n, float[] ofValue) {
    for (int at = 0, p = 0; at < n; at += channels, p++) {
      Arrays.fill(ofValue, at, at + channels, (float) ofPixel[p]);
    }
  }

  private static void subtract(float[] x, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      x[i] -= y[i];
    }
  }

  private static void invert(double[] x, int n) {
    for (int i = 0; i < n; i++) {
      x[i] = 1 / x[i];
    }
  }

  private static void multiply(float[] x, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      x[i] *= y[i];
    }
  }

  private static void product(float[] x, float[] y, float[] product, int n) {
    for (int i = 0; i < n; i++) {
      product[i] = x[i] * y[i];
    }
  }

  private static void derive(float[] y, float[] gradient, float[] sum, int n) {
    for (int i = 0; i < n; i++) {
      gradient[i] = y[i] * (gradient[i] - sum[i]);
    }
  }
}
