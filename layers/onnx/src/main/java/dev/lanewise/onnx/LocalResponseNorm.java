// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

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
import java.util.Set;

/**
 * Local response normalisation: each element is divided by a power of the squares of its neighbours
 * among the channels. Krizhevsky, Sutskever and Hinton ("ImageNet classification with deep
 * convolutional neural networks", 2012). Immutable.
 *
 * @param size how many channels, itself included
 * @param alpha the weight of their mean square
 * @param beta the power
 * @param bias what is added to it
 */
record LocalResponseNorm(int size, double alpha, double beta, double bias) implements Layer {
  static final String KIND = "onnx.lrn";

  /** The usual power, for which roots do. */
  private static final double USUAL = 0.75;

  LocalResponseNorm {
    if (size < 1) {
      throw new IllegalArgumentException(
          "a local response normalisation needs a positive size, not " + size);
    }
  }

  static LocalResponseNorm of(Description description) {
    return new LocalResponseNorm(
        description.integer("size"),
        description.number("alpha", 0),
        description.number("beta", 0),
        description.number("bias", 0));
  }

  @Override
  public Description description() {
    return Description.of(KIND)
        .with("size", size)
        .with("alpha", alpha)
        .with("beta", beta)
        .with("bias", bias);
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    return inputs[0];
  }

  @Override
  public boolean keepsOrder(Inputs in) {
    return false;
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(Trait.PER_IMAGE);
  }

  @Override
  public Pass newPass(Site site) {
    return new Running(site);
  }

  @Override
  public String toString() {
    return description().toString();
  }

  /** One running computation. A task is a row of pixels. */
  private final class Running implements UnaryPass {
    private final int channels;
    private final int width;
    private final int height;
    private final double[][] scales; // [worker][C]: s
    private final WorkerTeam team;
    private final WorkerTeam.Task forward = this::forward;
    private final WorkerTeam.Task backward = this::backward;

    // The running call.
    private Tensor x;
    private Tensor y;
    private Tensor dy;
    private Tensor dx;

    Running(Site site) {
      channels = site.input().channels();
      width = site.input().width();
      height = site.input().height();
      team = site.team();
      scales = new double[team.threads()][channels];
    }

    /**
     * With {@code s[c] = bias + alpha / size * sum of x[j]^2 over the neighbours j of c}:
     *
     * <pre>y[c] = x[c] / s[c]^beta</pre>
     */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      this.x = x;
      this.y = y;
      team.run(context.images() * height, forward);
    }

    private int first(int c) {
      return Math.max(0, c - (size - 1) / 2);
    }

    private int last(int c) {
      return (int) Math.min(channels - 1, c + (long) size / 2);
    }

    private void scales(int pixel, double[] s) {
      for (int c = 0; c < channels; c++) {
        double sum = 0;
        for (int j = first(c); j <= last(c); j++) {
          double each = x.data[x.offset + pixel + j];
          sum += each * each;
        }
        s[c] = bias + alpha / size * sum;
      }
    }

    private static double power(double s, double beta) {
      return beta == USUAL ? Math.sqrt(s) * Math.sqrt(Math.sqrt(s)) : StrictMath.pow(s, beta);
    }

    private void forward(int row, int worker) {
      double[] s = scales[worker];
      for (int w = 0; w < width; w++) {
        int pixel = (row * width + w) * channels;
        scales(pixel, s);
        for (int c = 0; c < channels; c++) {
          y.data[y.offset + pixel + c] = (float) (x.data[x.offset + pixel + c] / power(s[c], beta));
        }
      }
    }

    /**
     * x[c] is a factor of y[c], and stands in s[j] of its neighbours:
     *
     * <pre>
     * dx[c] = dy[c] / s[c]^beta
     *         - 2 alpha beta / size * x[c] * sum over j, of which c is a neighbour, of dy[j] y[j] / s[j]
     * </pre>
     */
    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      this.x = x;
      this.y = y;
      this.dy = dy;
      this.dx = dx;
      team.run(context.images() * height, backward);
    }

    private void backward(int row, int worker) {
      double[] s = scales[worker];
      for (int w = 0; w < width; w++) {
        int pixel = (row * width + w) * channels;
        scales(pixel, s);
        for (int c = 0; c < channels; c++) {
          double sum = 0;
          int from = (int) Math.max(0, c - (long) size / 2);
          int to = Math.min(channels - 1, c + (size - 1) / 2);
          for (int j = from; j <= to; j++) {
            sum += (double) dy.data[dy.offset + pixel + j] * y.data[y.offset + pixel + j] / s[j];
          }
          double direct = dy.data[dy.offset + pixel + c] / power(s[c], beta);
          double indirect = 2 * alpha * beta / size * x.data[x.offset + pixel + c] * sum;
          dx.data[dx.offset + pixel + c] = (float) (direct - indirect);
        }
      }
    }
  }
}
