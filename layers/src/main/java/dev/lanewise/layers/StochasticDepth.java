// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Inputs;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.graph.Trait;
import dev.lanewise.layers.graph.UnaryPass;
import java.util.Arrays;
import java.util.Set;

/**
 * In training, drops whole images of a branch with probability p, and multiplies the others by
 * {@code 1 / (1 - p)}: Huang, Sun, Liu, Sedra and Weinberger ("Deep networks with stochastic
 * depth", 2016), with the scale in training instead of inference, as in torchvision. At the end of
 * the branch of a {@link Residual} it leaves out the block for these images, so that a deep network
 * is trained as many shallower ones.
 *
 * <p>Each image is dropped by itself, unless the layer is {@link #perBatch}. Which ones is decided
 * by the seed of the pass, the name of the layer, the step and the number of the image in its batch
 * alone. Backward draws the same numbers again. Immutable.
 */
public final class StochasticDepth implements Layer {
  private static final String KIND = "stochastic_depth";
  private static final String ROW = "row";
  private static final String BATCH = "batch";

  private final double p;
  private final boolean batch;

  /**
   * A layer that drops images one by one: torchvision's mode "row".
   *
   * @param p the probability that an image is dropped, to 32 bits
   * @throws IllegalArgumentException unless {@code 0 <= p < 1}
   */
  public StochasticDepth(double p) {
    this(p, false);
  }

  private StochasticDepth(double p, boolean batch) {
    this.p = Survival.require("a stochastic depth", p);
    this.batch = batch;
  }

  /**
   * A layer that drops all images of a step together: torchvision's mode "batch".
   *
   * @param p the probability that they are dropped, to 32 bits
   * @return the layer
   * @throws IllegalArgumentException unless {@code 0 <= p < 1}
   */
  public static StochasticDepth perBatch(double p) {
    return new StochasticDepth(p, true);
  }

  static StochasticDepth of(Description description) {
    String mode = description.text("mode", ROW);
    if (!mode.equals(ROW) && !mode.equals(BATCH)) {
      throw new IllegalArgumentException(
          "the mode of a stochastic depth must be row or batch, but is " + mode);
    }
    return new StochasticDepth(description.number("p", Double.NaN), mode.equals(BATCH));
  }

  @Override
  public Description description() {
    return Description.of(KIND).with("p", p).with("mode", batch ? BATCH : ROW, ROW);
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    return inputs[0];
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Survival.traits(mode, p);
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
    private final boolean drops;
    private final long key;
    private final Survival survival = new Survival(p);
    private final WorkerTeam team;
    private final WorkerTeam.Task task = this::image;
    private final RandomStream[] streams; // of workers

    // The running call.
    private Context context;
    private Tensor from;
    private Tensor to;

    Running(Site site) {
      size = site.input().size();
      drops = Survival.drops(site.mode(), p);
      key = site.key();
      team = site.team();
      streams = new RandomStream[team.threads()];
      Arrays.setAll(streams, worker -> new RandomStream(0));
    }

    /** {@code y[n] = x[n] * m[n]}, with m = 0 in p of all cases and {@code 1 / (1 - p)} else. */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      multiply(context, x, y);
    }

    /** {@code dx[n] = dy[n] * m[n]}, with the same m. */
    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      multiply(context, dy, dx);
    }

    private void multiply(Context context, Tensor from, Tensor to) {
      if (!drops) {
        from.copyTo(to, context.images() * size);
        return;
      }
      this.context = context;
      this.from = from;
      this.to = to;
      team.run(context.images(), task);
    }

    private void image(int image, int worker) {
      int in = from.offset + image * size;
      int out = to.offset + image * size;
      if (from.data != to.data || in != out) {
        System.arraycopy(from.data, in, to.data, out, size);
      }
      scale(to.data, out, out + size, factor(image, streams[worker]));
    }

    /** The upper half of a random number decides an image, or a batch. */
    private float factor(int image, RandomStream random) {
      if (batch) {
        random.restart(key);
        random.splitInto(random, context.step());
      } else {
        context.random(key, image, random);
      }
      return survival.factor(random.nextLong() >>> Integer.SIZE);
    }
  }

  private static void scale(float[] y, int from, int to, float factor) {
    for (int i = from; i < to; i++) {
      y[i] *= factor;
    }
  }
}
