package dev.lanewise.layers;

import dev.lanewise.engine.math.Fma;
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
 * A rectifier that lets a part of the negative values through, so that no unit stops learning:
 * Maas, Hannun and Ng ("Rectifier nonlinearities improve neural network acoustic models", 2013).
 * Element by element. Immutable.
 */
public final class LeakyRelu implements Layer {
  private static final String KIND = "leaky_relu";
  private static final double USUAL = 0.01;

  /** Elements of a task: three arrays of them stay in an L1 cache. */
  private static final int CHUNK = 2048;

  private final double slope;

  /** The usual one, with a slope of 0.01 for negative values. */
  public LeakyRelu() {
    this(USUAL);
  }

  /**
   * A leaky rectifier.
   *
   * @param negativeSlope the slope for negative values; works in place unless it is negative
   * @throws IllegalArgumentException if it is not finite
   */
  public LeakyRelu(double negativeSlope) {
    if (!Float.isFinite((float) negativeSlope)) {
      throw new IllegalArgumentException(
          "the negative slope must be finite, but is " + negativeSlope);
    }
    slope = negativeSlope;
  }

  static LeakyRelu of(Description description) {
    return new LeakyRelu(description.number("slope", USUAL));
  }

  @Override
  public Description description() {
    return Description.of(KIND).with("slope", slope, USUAL);
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    return inputs[0];
  }

  /** Without a negative slope y is positive exactly where x is, so backward can do without x. */
  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return slope < 0
        ? Set.of(Trait.PER_IMAGE, Trait.IGNORES_Y)
        : Set.of(Trait.PER_IMAGE, Trait.IN_PLACE);
  }

  @Override
  public Pass newPass(Site site) {
    return new Running(site);
  }

  @Override
  public String toString() {
    return description().toString();
  }

  /** One running computation. */
  private final class Running implements UnaryPass {
    private final int size;
    private final float a = (float) slope;
    private final WorkerTeam team;
    private final WorkerTeam.Task forward = this::forward;
    private final WorkerTeam.Task backward = this::backward;
    private final float[][] sign; // [worker][CHUNK]
    private final float[][] gradient; // [worker][CHUNK]

    // The running call.
    private int n;
    private Tensor in;
    private Tensor signs;
    private Tensor out;

    Running(Site site) {
      size = site.input().size();
      team = site.team();
      boolean training = site.mode() == Mode.TRAINING;
      sign = new float[training ? team.threads() : 0][CHUNK];
      gradient = new float[training ? team.threads() : 0][CHUNK];
    }

    /** {@code y = max(x, 0) + slope * min(x, 0)}. */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      n = context.images() * size;
      in = x;
      out = y;
      team.run(Math.ceilDiv(n, CHUNK), forward);
    }

    private void forward(int task, int worker) {
      int from = task * CHUNK;
      int count = Math.min(CHUNK, n - from);
      int at = out.offset + from;
      if (in.data != out.data || in.offset != out.offset) {
        System.arraycopy(in.data, in.offset + from, out.data, at, count);
      }
      leak(out.data, at, at + count, a);
    }

    /**
     * {@code dx = dy} where {@code x > 0}, else {@code slope * dy}. The signs of x are those of y
     * unless the slope is negative.
     */
    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      n = context.images() * size;
      in = dy;
      signs = slope < 0 ? x : y;
      out = dx;
      team.run(Math.ceilDiv(n, CHUNK), backward);
    }

    private void backward(int task, int worker) {
      int from = task * CHUNK;
      int count = Math.min(CHUNK, n - from);
      System.arraycopy(signs.data, signs.offset + from, sign[worker], 0, count);
      System.arraycopy(in.data, in.offset + from, gradient[worker], 0, count);
      multiplyBySlopes(sign[worker], gradient[worker], count, a);
      System.arraycopy(gradient[worker], 0, out.data, out.offset + from, count);
    }
  }

  /*
   * The loops see arrays at one index: C2 does not know that two places of arrays that may be the
   * same are apart, and would take element by element.
   */

  private static void leak(float[] y, int from, int to, float a) {
    for (int i = from; i < to; i++) {
      y[i] = Fma.fma(a, Math.min(y[i], 0f), Math.max(y[i], 0f));
    }
  }

  /** With {@code positive} 1 or 0, {@code fma(1 - positive, a, positive)} is exactly 1 or a. */
  private static void multiplyBySlopes(float[] sign, float[] gradient, int n, float a) {
    for (int i = 0; i < n; i++) {
      float positive = Math.max(Math.signum(sign[i]), 0f);
      gradient[i] *= Fma.fma(1 - positive, a, positive);
    }
  }
}
