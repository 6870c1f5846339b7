// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.loss;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * A penalty on the size of the weights, added to the loss of a training and so to its gradients,
 * before they are clipped or given to an optimizer. For each penalised weight w:
 *
 * <pre>
 * penalty = l1 * |w| + l2 * w^2
 * dw     += l1 * sign(w) + 2 * l2 * w      0 for w = 0
 * </pre>
 *
 * <p>L1 makes weights zero, L2 keeps them small. This is Keras's {@code L1L2} regularizer; PyTorch
 * has none, but its SGD with {@code weight_decay = 2 * l2} makes the same steps as l2 does. Under
 * Adam it differs from a decoupled decay, as AdamW's, which is usually the better choice there.
 *
 * <p>By default the weights of convolutions and dense layers are penalised ({@link
 * Parameter#isWeight}), but no bias and no scale of a normalisation. Immutable.
 */
public final class WeightPenalty {
  private final float l1;
  private final float l2;
  private final Predicate<String> names; // null: all of two or more dimensions

  /** No penalty yet: {@code new WeightPenalty().l2(1e-4)}. */
  public WeightPenalty() {
    this(0, 0, null);
  }

  private WeightPenalty(float l1, float l2, Predicate<String> names) {
    this.l1 = l1;
    this.l2 = l2;
    this.names = names;
  }

  /**
   * Penalises absolute values.
   *
   * @param factor finite and at least 0; rounded to a float
   * @return such a penalty
   * @throws IllegalArgumentException if the factor is negative or not finite
   */
  public WeightPenalty l1(double factor) {
    return new WeightPenalty(factor("l1", factor), l2, names);
  }

  /**
   * Penalises squares.
   *
   * @param factor finite and at least 0; rounded to a float
   * @return such a penalty
   * @throws IllegalArgumentException if the factor is negative or not finite
   */
  public WeightPenalty l2(double factor) {
    return new WeightPenalty(l1, factor("l2", factor), names);
  }

  /**
   * Chooses what is penalised, in place of the default.
   *
   * @param names tells by the name of a parameter, such as {@code 0.weight} or {@code 0.bias}
   * @return such a penalty
   */
  public WeightPenalty on(Predicate<String> names) {
    return new WeightPenalty(l1, l2, Objects.requireNonNull(names));
  }

  private static float factor(String name, double factor) {
    if (!((float) factor >= 0 && (float) factor <= Float.MAX_VALUE)) {
      throw new IllegalArgumentException(name + " must be finite and at least 0, but is " + factor);
    }
    return (float) factor;
  }

  /**
   * Prepares a computation.
   *
   * @param parameters those of a network, by name
   * @param team the threads to use; not closed by the pass
   * @return the pass
   * @throws IllegalArgumentException if no parameter is penalised
   */
  public Pass newPass(Map<String, Parameter> parameters, WorkerTeam team) {
    List<Parameter> penalised = new ArrayList<>();
    parameters.forEach(
        (name, p) -> {
          if (names == null ? p.isWeight() : names.test(name)) {
            penalised.add(p);
          }
        });
    if (penalised.isEmpty()) {
      throw new IllegalArgumentException(
          "the penalty is on none of the parameters " + parameters.keySet());
    }
    return new Pass(penalised, l1, l2, team);
  }

  /**
   * A running computation of a penalty. Its bits do not depend on the number of threads, since the
   * weights are cut into pieces of a constant size. Allocates nothing. Not thread-safe.
   */
  public static final class Pass {
    /** Weights in a piece: long enough for a task, short enough for a cache. */
    private static final int PIECE = 4096;

    private final WorkerTeam team;
    private final float l1;
    private final float l2;
    private final Parameter[] parameters; // [piece]
    private final int[] from; // [piece]: its first weight within the parameter
    private final double[] sums; // [piece]
    private final WorkerTeam.Task piece = this::piece;
    private float factor; // of the running call

    private Pass(List<Parameter> penalised, float l1, float l2, WorkerTeam team) {
      this.team = team;
      this.l1 = l1;
      this.l2 = l2;
      List<Parameter> parameters = new ArrayList<>();
      List<Integer> from = new ArrayList<>();
      for (Parameter p : penalised) {
        for (int i = 0; i < p.value().size(); i += PIECE) {
          parameters.add(p);
          from.add(i);
        }
      }
      this.parameters = parameters.toArray(Parameter[]::new);
      this.from = from.stream().mapToInt(Integer::intValue).toArray();
      sums = new double[this.from.length];
    }

    /**
     * The penalty and its gradient, which is added to those of the penalised parameters.
     *
     * @param factor what the gradient is multiplied by: 1, or where several batches make a step,
     *     the part of its images that a batch has
     * @return the penalty, not multiplied
     */
    public double addGradients(float factor) {
      this.factor = factor;
      team.run(sums.length, piece);
      double sum = 0;
      for (double each : sums) {
        sum += each;
      }
      return sum;
    }

    private void piece(int i, int worker) {
      Parameter p = parameters[i];
      int n = Math.min(PIECE, p.value().size() - from[i]);
      int w = p.value().offset + from[i];
      sums[i] = value(n, p.value().data, w);
      derive(n, p.value().data, w, p.grad().data, p.grad().offset + from[i]);
    }

    private double value(int n, float[] w, int at) {
      double absolute = 0;
      double squares = 0;
      for (int i = 0; i < n; i++) {
        double x = w[at + i];
        absolute += Math.abs(x);
        squares += x * x;
      }
      return l1 * absolute + l2 * squares;
    }

    private void derive(int n, float[] w, int wAt, float[] dw, int dwAt) {
      float once = factor * l1;
      float twice = factor * 2 * l2;
      for (int i = 0; i < n; i++) {
        float x = w[wAt + i];
        dw[dwAt + i] += once * Math.signum(x) + twice * x;
      }
    }
  }
}
