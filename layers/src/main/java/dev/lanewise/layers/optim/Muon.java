// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import dev.lanewise.engine.Elementwise;
import dev.lanewise.engine.Gemm;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Muon, "momentum orthogonalized by Newton-Schulz" (Jordan and others, 2024), as PyTorch defines
 * it, in single precision throughout. For a matrix P with gradient G:
 *
 * <pre>
 * B = momentum * B + (1 - momentum) * G              momentum_buffer, 0 before the first step
 * D = B, or with Nesterov momentum * B + (1 - momentum) * G
 * X = D / max(norm(D), 1e-7)                         transposed if it has more rows than columns
 * repeat:  A = X X^T     X = 3.4445 X + (-4.7750 A + 2.0315 A A) X
 * P = (1 - learningRate * weightDecay) * P - learningRate * scale * X
 * </pre>
 *
 * <p>The iteration brings all singular values of D near 1, so that no direction is left behind. It
 * is for matrices: biases and norms need a {@linkplain ParameterGroups group} with another
 * optimizer, and the last layer of a classifier is better off with one. Filters of a convolution
 * are matrices with a row for each output channel if {@link #filters} is set.
 *
 * @param momentum how much of the former direction is kept, from 0 to below 1
 * @param nesterov whether to look ahead along the momentum
 * @param weightDecay how much of a parameter a step of learning rate 1 would take; 0 for none
 * @param iterations of Newton and Schulz, from 1 to 99
 * @param scale what a step of a matrix is multiplied by
 * @param filters whether filters of convolutions are taken
 * @param normalized whether P is first multiplied by {@code sqrt(rows) / norm(P)}, which keeps its
 *     rows at length 1 on average
 */
public record Muon(
    double momentum,
    boolean nesterov,
    double weightDecay,
    int iterations,
    Scale scale,
    boolean filters,
    boolean normalized)
    implements Optimizer {
  // The quintic whose slope at 0 is large, and which keeps what is near 1 there.
  private static final float A = 3.4445f;
  private static final float B = -4.7750f;
  private static final float C = 2.0315f;

  private static final double EPS = 1e-7;
  private static final int MAX_ITERATIONS = 99;

  /** What a step of a matrix of {@code [rows, columns]} is multiplied by. */
  public enum Scale {
    /** {@code sqrt(max(1, rows / columns))}, by the author. */
    ORIGINAL,
    /**
     * {@code 0.2 * sqrt(max(rows, columns))}: steps as long as those of AdamW (Liu and others,
     * "Muon is scalable for LLM training", 2025).
     */
    MATCH_RMS_ADAMW,
    /** 1. */
    NONE;

    private double of(int rows, int columns) {
      return switch (this) {
        case ORIGINAL -> Math.sqrt(Math.max(1, (double) rows / columns));
        case MATCH_RMS_ADAMW -> 0.2 * Math.sqrt(Math.max(rows, columns));
        case NONE -> 1;
      };
    }
  }

  /** Muon with PyTorch's numbers: momentum 0.95 by Nesterov, weight decay 0.1, 5 iterations. */
  public Muon() {
    this(0.95, true, 0.1, 5, Scale.ORIGINAL, false, false);
  }

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public Muon {
    Require.share("momentum", momentum);
    Require.notNegative("weightDecay", weightDecay);
    if (iterations < 1 || iterations > MAX_ITERATIONS) {
      throw new IllegalArgumentException(
          "iterations must be from 1 to " + MAX_ITERATIONS + ", but are " + iterations);
    }
  }

  /**
   * The variant of the fast CIFAR-10 trainings by Jordan ({@code airbench94_muon}, 2024): filters
   * of convolutions, momentum 0.6 by Nesterov, no weight decay, 3 iterations, steps as long as the
   * learning rate says, and normalised weights.
   *
   * @return the description
   */
  public static Muon airbench() {
    return new Muon(0.6, true, 0, 3, Scale.NONE, true, true);
  }

  /**
   * The same with another momentum.
   *
   * @param momentum how much of the former direction is kept, from 0 to below 1
   * @return the new description
   */
  public Muon momentum(double momentum) {
    return new Muon(momentum, nesterov, weightDecay, iterations, scale, filters, normalized);
  }

  /**
   * The same with or without Nesterov's way.
   *
   * @param nesterov whether to look ahead along the momentum
   * @return the new description
   */
  public Muon nesterov(boolean nesterov) {
    return new Muon(momentum, nesterov, weightDecay, iterations, scale, filters, normalized);
  }

  /**
   * The same with another decay.
   *
   * @param weightDecay how much of a parameter a step of learning rate 1 would take; 0 for none
   * @return the new description
   */
  public Muon weightDecay(double weightDecay) {
    return new Muon(momentum, nesterov, weightDecay, iterations, scale, filters, normalized);
  }

  /**
   * The same with more or fewer iterations.
   *
   * @param iterations of Newton and Schulz, from 1 to 99
   * @return the new description
   */
  public Muon iterations(int iterations) {
    return new Muon(momentum, nesterov, weightDecay, iterations, scale, filters, normalized);
  }

  /**
   * The same with another scale.
   *
   * @param scale what a step of a matrix is multiplied by
   * @return the new description
   */
  public Muon scale(Scale scale) {
    return new Muon(momentum, nesterov, weightDecay, iterations, scale, filters, normalized);
  }

  /**
   * The same with or without filters of convolutions.
   *
   * @param filters whether they are taken, as matrices with a row for each output channel
   * @return the new description
   */
  public Muon filters(boolean filters) {
    return new Muon(momentum, nesterov, weightDecay, iterations, scale, filters, normalized);
  }

  /**
   * The same with or without normalised weights.
   *
   * @param normalized whether a parameter is first multiplied by {@code sqrt(rows) / norm}
   * @return the new description
   */
  public Muon normalized(boolean normalized) {
    return new Muon(momentum, nesterov, weightDecay, iterations, scale, filters, normalized);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if a parameter is not a matrix, nor filters that are taken
   */
  @Override
  public Optimizer.Updater newUpdater(Map<String, Parameter> parameters, WorkerTeam team) {
    parameters.forEach(this::requireMatrix);
    return new Updater(this, parameters, team);
  }

  private void requireMatrix(String name, Parameter parameter) {
    int dims = parameter.value().dims().length;
    boolean taken = dims == Parameter.MATRIX || (filters && dims == Parameter.FILTERS);
    if (!taken) {
      throw new IllegalArgumentException(
          ("Muon updates matrices" + (filters ? " and filters" : ""))
              + (", but parameter " + name + " is " + parameter.value())
              + ": give it a group with another optimizer");
    }
  }

  /** Applies the rule to certain parameters. */
  private static final class Updater implements Optimizer.Updater {
    private final Muon muon;
    private final List<Matrix> matrices = new ArrayList<>();
    private final Map<String, Tensor> state = new LinkedHashMap<>();
    private final SquareSum squares;
    private final NewtonSchulz iteration;
    private float momentum;

    // The running call.
    private float size; // what the direction is multiplied by
    private float keep; // what the parameter is multiplied by

    Updater(Muon muon, Map<String, Parameter> parameters, WorkerTeam team) {
      this.muon = muon;
      momentum = (float) muon.momentum;
      squares = new SquareSum(team);
      parameters.forEach(
          (name, parameter) -> {
            Map<String, Parameter> alone = Map.of(name, parameter);
            ElementLoop blend = new ElementLoop(alone, team, this::blend, "momentum_buffer");
            state.putAll(blend.state());
            matrices.add(
                Matrix.of(parameter.value(), blend, new ElementLoop(alone, team, this::apply)));
          });
      iteration = new NewtonSchulz(matrices, team);
    }

    @Override
    public Map<String, Tensor> state() {
      return state;
    }

    @Override
    public void momentum(float momentum) {
      this.momentum = momentum;
    }

    @Override
    public void step(float learningRate) {
      for (int i = 0; i < matrices.size(); i++) { // an iterator would be garbage
        Matrix matrix = matrices.get(i);
        matrix.blend.run();
        iteration.run(matrix, muon.iterations);
        size = (float) (learningRate * muon.scale.of(matrix.outputs(), matrix.inputs()));
        keep = (float) ((1 - learningRate * muon.weightDecay) * normalization(matrix));
        matrix.apply.run();
      }
    }

    private double normalization(Matrix matrix) {
      double norm = muon.normalized ? Math.sqrt(squares.of(matrix.value, matrix.value.size())) : 0;
      return norm > 0 ? Math.sqrt(matrix.outputs()) / norm : 1;
    }

    private void blend(int from, int to, float[] value, float[] grad, float[][] slots) {
      float[] buffer = slots[0];
      float[] x = iteration.x.data;
      float mu = momentum;
      float gain = 1 - mu;
      float ahead = muon.nesterov ? mu : 1;
      for (int i = from; i < to; i++) {
        float g = grad[i];
        float b = buffer[i] + gain * (g - buffer[i]);
        buffer[i] = b;
        x[i] = g + ahead * (b - g);
      }
    }

    private void apply(int from, int to, float[] value, float[] grad, float[][] slots) {
      float[] x = iteration.x.data;
      float k = keep;
      float s = size;
      for (int i = from; i < to; i++) {
        value[i] = k * value[i] - s * x[i];
      }
    }
  }

  /**
   * A parameter as it lies in memory: the weight of a dense layer as {@code [out, in]}, filters,
   * {@code [KH, KW, C, OC]}, as {@code [in, out]}.
   */
  private record Matrix(
      Tensor value,
      int rows,
      int columns,
      boolean transposed,
      ElementLoop blend,
      ElementLoop apply) {
    static Matrix of(Tensor value, ElementLoop blend, ElementLoop apply) {
      int[] dims = value.dims();
      boolean filters = dims.length == Parameter.FILTERS;
      int columns = filters ? dims[3] : dims[1];
      int rows = filters ? dims[0] * dims[1] * dims[2] : dims[0];
      return new Matrix(value, rows, columns, filters, blend, apply);
    }

    int outputs() {
      return transposed ? columns : rows;
    }

    int inputs() {
      return transposed ? rows : columns;
    }
  }

  /**
   * Brings the singular values of a matrix near 1. The products of X are taken on its shorter side,
   * as of a transposed matrix: {@code A = X^T X} and {@code X = X S} where it has more rows. With
   * {@code S = a + b A + c A A} an iteration is three products.
   */
  private static final class NewtonSchulz {
    final Tensor x; // the matrix, from 0 on
    private final Tensor y; // the next one
    private final Tensor a;
    private final Tensor s;
    private final Gemm gemm;
    private final SquareSum squares;
    private final Elementwise elementwise;
    private final Elementwise.Range multiply = this::multiply;
    private final Elementwise.Range combine = this::combine;
    private float factor; // of the running call

    NewtonSchulz(List<Matrix> matrices, WorkerTeam team) {
      int longest = 0;
      int widest = 0;
      for (Matrix matrix : matrices) {
        longest = Math.max(longest, matrix.value.size());
        widest = Math.max(widest, Math.min(matrix.rows, matrix.columns));
      }
      x = Tensor.zeros(longest);
      y = Tensor.zeros(longest);
      a = Tensor.zeros(widest, widest);
      s = Tensor.zeros(widest, widest);
      gemm = new Gemm(team);
      squares = new SquareSum(team);
      elementwise = new Elementwise(team);
    }

    /** Of the matrix in x. */
    void run(Matrix matrix, int iterations) {
      int r = matrix.rows;
      int c = matrix.columns;
      int n = Math.min(r, c);
      factor = (float) (1 / Math.max(Math.sqrt(squares.of(x, r * c)), EPS));
      elementwise.run(r * c, multiply);
      for (int i = 0; i < iterations; i++) {
        if (r <= c) {
          gemm.multiply(r, r, c, x, c, 1, x, 1, c, false, a, r);
        } else {
          gemm.multiply(c, c, r, x, 1, c, x, c, 1, false, a, c);
        }
        gemm.multiply(n, n, n, a, n, 1, a, n, 1, false, s, n);
        elementwise.run(n * n, combine);
        for (int d = 0; d < n; d++) {
          s.data[d * n + d] += A;
        }
        if (r <= c) {
          gemm.multiply(r, c, r, s, r, 1, x, c, 1, false, y, c);
        } else {
          gemm.multiply(r, c, c, x, c, 1, s, c, 1, false, y, c);
        }
        y.copyTo(x, r * c);
      }
    }

    private void multiply(int from, int to) {
      float[] v = x.data;
      float f = factor;
      for (int i = from; i < to; i++) {
        v[i] *= f;
      }
    }

    private void combine(int from, int to) {
      float[] square = s.data;
      float[] product = a.data;
      for (int i = from; i < to; i++) {
        square[i] = B * product[i] + C * square[i];
      }
    }
  }
}
