// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.BatchNorm2d;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Dropout;
import dev.lanewise.layers.LeakyRelu;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** See {@link BatchNorm2d}. */
final class BatchNorm2dCase implements LayerCase {
  /**
   * In a training. Sums are sums of doubles; the bounds count roundings of x - mean, of weight *
   * slope and of the sum.
   */
  private static final class Normalized extends Oracle {
    private static final double ROUNDINGS = 4 * UNIT;
    private static final double DOUBLES = 1e-11;

    private final int channels;
    private final double eps;

    Normalized(BatchNorm2d layer, double eps, Shape in) {
      super(layer, in);
      channels = in.channels();
      this.eps = eps;
    }

    @Override
    public int[] batches() {
      return new int[] {6};
    }

    /** Mean and slope of a channel. */
    private double[] measure(double[] x, int channel) {
      int n = x.length / channels;
      double mean = 0;
      for (int i = channel; i < x.length; i += channels) {
        mean += x[i] / n;
      }
      double var = 0;
      for (int i = channel; i < x.length; i += channels) {
        var += (x[i] - mean) * (x[i] - mean) / n;
      }
      return new double[] {mean, 1 / Math.sqrt(var + eps)};
    }

    @Override
    public Bounded forward(int batch, double[][] x, double[][] p) {
      double[] y = x[0].clone();
      double[] error = new double[y.length];
      for (int c = 0; c < channels; c++) {
        double[] m = measure(x[0], c);
        double weight = p.length > 0 ? p[0][c] : 1;
        double bias = p.length > 0 ? p[1][c] : 0;
        for (int i = c; i < y.length; i += channels) {
          double h = (x[0][i] - m[0]) * m[1];
          y[i] = weight * h + bias;
          error[i] = ROUNDINGS * (Math.abs(weight * h) + Math.abs(bias)) + DOUBLES;
        }
      }
      return new Bounded(y, error);
    }

    @Override
    public Gradients backward(int batch, double[][] x, double[] dy, double[][] p) {
      Bounded dx = Bounded.exactly(new double[dy.length]);
      Bounded dWeight = Bounded.exactly(new double[channels]);
      Bounded dBias = Bounded.exactly(new double[channels]);
      int n = dy.length / channels;
      for (int c = 0; c < channels; c++) {
        double[] m = measure(x[0], c);
        double slope = (p.length > 0 ? p[0][c] : 1) * m[1];
        for (int i = c; i < dy.length; i += channels) {
          dWeight.value()[c] += dy[i] * (x[0][i] - m[0]) * m[1];
          dBias.value()[c] += dy[i];
        }
        for (Bounded sum : List.of(dWeight, dBias)) {
          sum.error()[c] = 1.01 * UNIT * Math.abs(sum.value()[c]) + DOUBLES;
        }
        for (int i = c; i < dy.length; i += channels) {
          double one = dBias.value()[c] / n;
          double h = (x[0][i] - m[0]) * m[1] * dWeight.value()[c] / n;
          dx.value()[i] = slope * (dy[i] - one - h);
          double most = Math.abs(dy[i]) + Math.abs(one) + Math.abs(h);
          dx.error()[i] = ROUNDINGS * Math.abs(slope) * most + DOUBLES;
        }
      }
      return new Gradients(List.of(dx), p.length > 0 ? List.of(dWeight, dBias) : List.of());
    }
  }

  @Override
  public List<Oracle> oracles() {
    BatchNorm2d norm = new BatchNorm2d();
    return List.of(
        new Normalized(norm, 1e-5, Shape.of(4, 5, 3)),
        new Normalized(norm.eps(0.5).momentum(0.4), 0.5, Shape.of(3, 2, 17)),
        new Normalized(norm.cumulativeAverage(), 1e-5, Shape.flat(9)),
        new Normalized(norm.affine(false), 1e-5, Shape.of(2, 3, 4)));
  }

  @Override
  public List<Said> said() {
    BatchNorm2d norm = new BatchNorm2d();
    return List.of(
        said(norm, "batch_norm2d"),
        said(norm.eps(0.5).momentum(0.25), "batch_norm2d(eps=0.5, momentum=0.25)"),
        said(norm.cumulativeAverage(), "batch_norm2d(cumulative=true)"),
        said(norm.affine(false), "batch_norm2d(affine=false)"));
  }

  private static Said said(BatchNorm2d norm, String text) {
    Shape image = Shape.of(4, 3, 2);
    return new Said(norm, text, Set.of(Trait.IGNORES_Y, Trait.FUSES_RELU_AFTER), image, image);
  }

  /** A batch counts in a training alone. */
  @Override
  public Set<Trait> inferenceTraits(Said said) {
    Set<Trait> traits = EnumSet.of(Trait.PER_IMAGE, Trait.IN_PLACE, Trait.SCALES_CHANNELS);
    traits.addAll(said.traits());
    return traits;
  }

  /** With the other layers that are not in the networks of the application. */
  @Override
  public List<Block> trained() {
    Window same = Window.same(3);
    return List.of(
        new Conv2d(16, same).bias(false),
        new BatchNorm2d(),
        new Relu(),
        new AvgPool2d(2),
        new Conv2d(24, same),
        new BatchNorm2d().momentum(0.2),
        new LeakyRelu(),
        new Dropout(0.25),
        AvgPool2d.global(),
        new Dense(4));
  }
}
