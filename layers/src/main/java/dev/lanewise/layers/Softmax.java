package dev.lanewise.layers;

import dev.lanewise.engine.Elementwise;
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
      for (int at = 0; at < count; at += channels) {
        subtractLargest(v, at, at + channels);
      }
      Elementwise.exp(v, 0, count);
      for (int at = 0; at < count; at += channels) {
        divideBySum(v, at, at + channels);
      }
      System.arraycopy(v, 0, out.data, out.offset + from, count);
    }

    /**
     * The derivative of {@code y[k]} with respect to {@code x[j]} is {@code y[k] * ((j == k) -
     * y[j])}. So
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
      for (int at = 0; at < count; at += channels) {
        derive(y, gradient, at, at + channels);
      }
      System.arraycopy(gradient, 0, out.data, out.offset + from, count);
    }
  }

  private static void subtractLargest(float[] x, int from, int to) {
    float largest = x[from];
    for (int i = from + 1; i < to; i++) {
      largest = Math.max(largest, x[i]);
    }
    for (int i = from; i < to; i++) {
      x[i] -= largest;
    }
  }

  private static void divideBySum(float[] e, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += e[i];
    }
    double factor = 1 / sum;
    for (int i = from; i < to; i++) {
      e[i] = (float) (e[i] * factor);
    }
  }

  private static void derive(float[] y, float[] gradient, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum = Fma.fma(gradient[i], y[i], sum);
    }
    float all = (float) sum;
    for (int i = from; i < to; i++) {
      gradient[i] = y[i] * (gradient[i] - all);
    }
  }
}
