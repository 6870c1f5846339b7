// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

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
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * The product of several inputs, element by element. An input of one pixel, {@code [1, 1, C]},
 * counts for every pixel, as the channel weights of a {@link SqueezeExcitation}; an input of one
 * channel, {@code [H, W, 1]}, for every channel, as a mask. Immutable.
 */
public final class Multiply implements Layer {
  private static final Description DESCRIPTION = Description.of("multiply");

  /** A product; it has no parameters. */
  public Multiply() {}

  @Override
  public Description description() {
    return DESCRIPTION;
  }

  @Override
  public boolean accepts(int inputs) {
    return inputs >= 1;
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    Shape y = inputs[0];
    for (Shape x : inputs) {
      Shape map = y.isFlat() ? x : y;
      y = new Shape(map.height(), map.width(), Math.max(x.channels(), y.channels()));
    }
    for (Shape x : inputs) {
      boolean pixels = x.isFlat() || x.height() == y.height() && x.width() == y.width();
      if (!pixels || x.channels() != 1 && x.channels() != y.channels()) {
        throw new IllegalArgumentException(
            "a product needs inputs of one shape, or of one pixel or one channel of it, but they"
                + " are "
                + Arrays.toString(inputs));
      }
    }
    return y;
  }

  /** Backward reads all inputs. */
  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return mode == Mode.TRAINING
        ? Set.of(Trait.PER_IMAGE, Trait.IGNORES_Y)
        : Set.of(Trait.PER_IMAGE, Trait.IGNORES_Y, Trait.IN_PLACE);
  }

  @Override
  public Pass newPass(Site site) {
    return new Running(site);
  }

  @Override
  public String toString() {
    return DESCRIPTION.toString();
  }

  /** One running computation. A task is a part of an image, or the whole image. */
  private static final class Running implements Pass {
    /** Stretches of a task. */
    private static final int STRETCHES = 16;

    private final List<Shape> inputs;
    private final Shape output;
    private final int pixels;
    private final int channels;
    private final int stretch; // pixels
    private final int part; // pixels
    private final int parts; // of an image
    private final WorkerTeam team;
    private final WorkerTeam.Task forward = this::forward;
    private final WorkerTeam.Task backward = this::backward;
    private final float[][] products; // [worker][stretch * C]
    private final float[][][] factors; // [worker][input][stretch * C]
    private final double[][] sums; // [worker][C]

    // The running call.
    private Tensor[] x;
    private Tensor y; // or dy
    private Tensor[] dx;

    Running(Site site) {
      inputs = site.inputs().shapes();
      output = site.output();
      pixels = output.height() * output.width();
      channels = output.channels();
      stretch = Math.min(Tiles.pixels(channels), pixels);
      part = (int) Math.min((long) STRETCHES * stretch, pixels);
      parts = Math.ceilDiv(pixels, part);
      team = site.team();
      products = new float[team.threads()][stretch * channels];
      factors = new float[team.threads()][inputs.size()][stretch * channels];
      sums = new double[site.mode() == Mode.TRAINING ? team.threads() : 0][channels];
    }

    /** {@code y = x[0] * x[1] * ...}, from left to right. */
    @Override
    public void forward(Context context, Tensor[] x, Tensor y) {
      this.x = x;
      this.y = y;
      team.run(context.images() * parts, forward);
    }

    private void forward(int task, int worker) {
      int image = task / parts;
      int begin = task % parts * part;
      int end = Math.min(begin + part, pixels);
      repeatPixels(image, factors[worker]);
      for (int from = begin; from < end; from += stretch) {
        int n = Math.min(stretch, end - from);
        float[] product = factor(0, image, from, n, worker);
        if (inputs.getFirst().isFlat()) { // it is needed again
          System.arraycopy(product, 0, products[worker], 0, n * channels);
          product = products[worker];
        }
        for (int i = 1; i < x.length; i++) {
          Tiles.multiply(product, factor(i, image, from, n, worker), n * channels);
        }
        int at = y.offset + (image * pixels + from) * channels;
        System.arraycopy(product, 0, y.data, at, n * channels);
      }
    }

    /** The inputs of one pixel are the same for every stretch. */
    private void repeatPixels(int image, float[][] to) {
      for (int i = 0; i < x.length; i++) {
        Shape shape = inputs.get(i);
        int at = x[i].offset + image * shape.size();
        if (shape.isFlat() && shape.channels() == channels) {
          System.arraycopy(x[i].data, at, to[i], 0, channels);
          Tiles.repeat(to[i], channels, stretch);
        } else if (shape.isFlat()) {
          Arrays.fill(to[i], x[i].data[at]);
        }
      }
    }

    /** An input's part in a stretch of pixels. */
    private float[] factor(int input, int image, int from, int n, int worker) {
      Shape shape = inputs.get(input);
      float[] to = factors[worker][input];
      float[] data = x[input].data;
      int at = x[input].offset + image * shape.size();
      if (shape.isFlat()) {
        return to;
      }
      if (shape.equals(output)) {
        System.arraycopy(data, at + from * channels, to, 0, n * channels);
      } else { // one channel
        for (int p = 0; p < n; p++) {
          Arrays.fill(to, p * channels, (p + 1) * channels, data[at + from + p]);
        }
      }
      return to;
    }

    /**
     * Each input had the product of the others as its slope, wherever it counted:
     *
     * <pre>dx[i] = dy * product of x[j], j != i; summed over the pixels or channels it counts for
     * </pre>
     *
     * <p>Sums are sums of doubles, rounded once.
     */
    @Override
    public void backwardData(Context context, Tensor[] x, Tensor y, Tensor dy, Tensor[] dx) {
      this.x = x;
      this.y = dy;
      this.dx = dx;
      team.run(context.images(), backward);
    }

    private void backward(int image, int worker) {
      repeatPixels(image, factors[worker]);
      for (int i = 0; i < dx.length; i++) {
        if (dx[i] != null) {
          backward(i, image, worker);
        }
      }
    }

    private void backward(int input, int image, int worker) {
      Shape shape = inputs.get(input);
      float[] product = products[worker];
      double[] sum = sums[worker];
      float[] out = dx[input].data;
      int at = dx[input].offset + image * shape.size();
      Arrays.fill(sum, 0);
      for (int from = 0; from < pixels; from += stretch) {
        int n = Math.min(stretch, pixels - from);
        int dyAt = y.offset + (image * pixels + from) * channels;
        System.arraycopy(y.data, dyAt, product, 0, n * channels);
        for (int i = 0; i < x.length; i++) {
          if (i != input) {
            Tiles.multiply(product, factor(i, image, from, n, worker), n * channels);
          }
        }
        if (shape.equals(output)) {
          System.arraycopy(product, 0, out, at + from * channels, n * channels);
        } else if (shape.isFlat()) {
          Tiles.addPixels(sum, product, n);
        } else {
          for (int p = 0; p < n; p++) {
            out[at + from + p] = (float) sum(product, p * channels, channels);
          }
        }
      }
      if (shape.isFlat() && !shape.equals(output)) {
        store(sum, shape, out, at);
      }
    }

    private static double sum(float[] x, int from, int n) {
      double sum = 0;
      for (int i = from; i < from + n; i++) {
        sum += x[i];
      }
      return sum;
    }

    /** Of an input of one pixel. */
    private void store(double[] sum, Shape shape, float[] out, int at) {
      if (shape.channels() == channels) {
        for (int c = 0; c < channels; c++) {
          out[at + c] = (float) sum[c];
        }
      } else {
        double all = 0;
        for (double each : sum) {
          all += each;
        }
        out[at] = (float) all;
      }
    }
  }
}
