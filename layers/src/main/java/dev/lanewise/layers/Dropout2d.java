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
 * In training, drops each channel of each image with probability p, and multiplies the others by
 * {@code 1 / (1 - p)}: Tompson, Goroshin, Jain, LeCun and Bregler ("Efficient object localization
 * using convolutional networks", 2015). Neighbouring pixels of a feature map say nearly the same;
 * {@link Dropout} would leave a channel to be read from those that are left.
 *
 * <p>Which channels are dropped is decided by the seed of the pass, the name of the layer, the step
 * and the number of the image in its batch alone. Backward draws the same numbers again. Immutable.
 */
public final class Dropout2d implements Layer {
  private static final String KIND = "dropout2d";

  private final double p;

  /**
   * A dropout of channels.
   *
   * @param p the probability that a channel of an image is dropped, to 32 bits
   * @throws IllegalArgumentException unless {@code 0 <= p < 1}
   */
  public Dropout2d(double p) {
    this.p = Survival.require("a dropout", p);
  }

  static Dropout2d of(Description description) {
    return new Dropout2d(description.number("p", Double.NaN));
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
    private final int pixels;
    private final int channels;
    private final int stretch; // pixels
    private final boolean drops;
    private final long key;
    private final Survival survival = new Survival(p);
    private final WorkerTeam team;
    private final WorkerTeam.Task task = this::image;
    private final RandomStream[] streams; // of workers
    private final float[][] products; // [worker][stretch * C]
    private final float[][] factors; // [worker][stretch * C]

    // The running call.
    private Context context;
    private Tensor from;
    private Tensor to;

    Running(Site site) {
      Shape in = site.input();
      pixels = in.height() * in.width();
      channels = in.channels();
      stretch = Math.min(Tiles.pixels(channels), pixels);
      drops = Survival.drops(site.mode(), p);
      key = site.key();
      team = site.team();
      int workers = drops ? team.threads() : 0;
      streams = new RandomStream[workers];
      Arrays.setAll(streams, worker -> new RandomStream(0));
      products = new float[workers][stretch * channels];
      factors = new float[workers][stretch * channels];
    }

    /** {@code y[n,h,w,c] = x * m[n,c]}, m = 0 in p of all cases and {@code 1 / (1 - p)} else. */
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
        from.copyTo(to, context.images() * pixels * channels);
        return;
      }
      this.context = context;
      this.from = from;
      this.to = to;
      team.run(context.images(), task);
    }

    private void image(int image, int worker) {
      RandomStream random = streams[worker];
      context.random(key, image, random);
      float[] factor = factors[worker];
      draw(random, factor);
      Tiles.repeat(factor, channels, stretch);
      float[] product = products[worker];
      int end = (image + 1) * pixels * channels;
      for (int at = image * pixels * channels; at < end; at += factor.length) {
        int n = Math.min(factor.length, end - at);
        System.arraycopy(from.data, from.offset + at, product, 0, n);
        Tiles.multiply(product, factor, n);
        System.arraycopy(product, 0, to.data, to.offset + at, n);
      }
    }

    /** Half of a random number decides a channel, as it does an element in {@link Dropout}. */
    private void draw(RandomStream random, float[] factor) {
      long bits = 0;
      for (int c = 0; c < channels; c++) {
        bits = c % 2 == 0 ? random.nextLong() : bits << Integer.SIZE;
        factor[c] = survival.factor(bits >>> Integer.SIZE);
      }
    }
  }
}
