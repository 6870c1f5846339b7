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
 * In training, drops each element with probability p, so that units cannot rely on one another, and
 * multiplies the others by {@code 1 / (1 - p)}, so that an inference has nothing to do: Srivastava,
 * Hinton, Krizhevsky, Sutskever and Salakhutdinov ("Dropout: a simple way to prevent neural
 * networks from overfitting", 2014), with the scale in training instead of inference.
 *
 * <p>Which elements are dropped is decided by the seed of the pass, the name of the layer, the step
 * and the number of the image in its batch alone. Backward draws the same numbers again. Immutable.
 *
 * @see Dropout2d
 * @see StochasticDepth
 */
public final class Dropout implements Layer {
  private static final String KIND = "dropout";
  private static final long HALF = 0xFFFFFFFFL;

  private final double p;

  /**
   * A dropout.
   *
   * @param p the probability that an element is dropped, to 32 bits
   * @throws IllegalArgumentException unless {@code 0 <= p < 1}
   */
  public Dropout(double p) {
    this.p = Survival.require("a dropout", p);
  }

  static Dropout of(Description description) {
    return new Dropout(description.number("p", Double.NaN));
  }

  @Override
  public Description description() {
    return Description.of(KIND).with("p", p);
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

    /** {@code y = x * m}, with m = 0 in p of all cases and {@code 1 / (1 - p)} in the others. */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      multiply(context, x, y);
    }

    /** {@code dx = dy * m}, with the same m. */
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

    /** Half of a random number decides an element. */
    private void image(int image, int worker) {
      RandomStream random = streams[worker];
      context.random(key, image, random);
      float[] x = from.data;
      float[] y = to.data;
      int in = from.offset + image * size;
      int out = to.offset + image * size;
      int i = 0;
      for (; i < size - 1; i += 2) {
        long bits = random.nextLong();
        y[out + i] = x[in + i] * survival.factor(bits >>> 32);
        y[out + i + 1] = x[in + i + 1] * survival.factor(bits & HALF);
      }
      if (i < size) {
        y[out + i] = x[in + i] * survival.factor(random.nextLong() >>> 32);
      }
    }
  }
}
