// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

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
import dev.lanewise.layers.graph.TensorSpec;
import dev.lanewise.layers.graph.Trait;
import dev.lanewise.layers.graph.UnaryPass;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * A layer as a user would write it, with public means alone: {@code y = weight * x}, a weight for
 * each channel. Parameters: {@code weight [C]}. Immutable.
 */
final class Scale implements Layer {
  private static final String KIND = "bench.scale";

  /** Floats of a row, about: three of them stay in an L1 cache. */
  private static final int WIDTH = 1024;

  @Override
  public Description description() {
    return Description.of(KIND);
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    return inputs[0];
  }

  @Override
  public List<TensorSpec> parameters(Inputs in) {
    return List.of(TensorSpec.of("weight", in.shape().channels()).ones());
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(Trait.PER_IMAGE, Trait.IGNORES_Y);
  }

  @Override
  public Pass newPass(Site site) {
    return new Running(site);
  }

  @Override
  public String toString() {
    return description().toString();
  }

  /** One running computation. A task is an image, which is taken in rows of whole pixels. */
  private static final class Running implements UnaryPass {
    private final int size; // of an image
    private final int channels;
    private final Tensor weight;
    private final Tensor dWeight;
    private final WorkerTeam team;
    private final WorkerTeam.Task scale = this::scale;
    private final WorkerTeam.Task multiply = this::multiply;
    private final float[] weights; // [width]: repeated for each pixel of a row
    private final float[][] a; // [worker][width]
    private final float[][] b; // [worker][width]
    private final float[][] sums; // [image][width]

    // The running call.
    private Tensor from;
    private Tensor to;
    private Tensor factor;

    Running(Site site) {
      size = site.input().size();
      channels = site.input().channels();
      weight = site.parameter("weight").value();
      dWeight = site.gradient("weight");
      team = site.team();
      int width = Math.min(size, Math.max(1, WIDTH / channels) * channels);
      weights = new float[width];
      a = new float[team.threads()][width];
      b = new float[team.threads()][width];
      sums = new float[site.mode() == Mode.TRAINING ? site.maxBatch() : 0][width];
    }

    /** {@code y[n,h,w,c] = weight[c] * x[n,h,w,c]}. */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      scale(context.images(), x, y);
    }

    /** {@code dx[n,h,w,c] = weight[c] * dy[n,h,w,c]}. */
    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      scale(context.images(), dy, dx);
    }

    private void scale(int images, Tensor from, Tensor to) {
      for (int i = 0; i < weights.length; i += channels) {
        System.arraycopy(weight.data, weight.offset, weights, i, channels);
      }
      this.from = from;
      this.to = to;
      team.run(images, scale);
    }

    private void scale(int image, int worker) {
      float[] row = a[worker];
      for (int at = image * size, end = at + size; at < end; at += row.length) {
        int n = Math.min(row.length, end - at);
        System.arraycopy(from.data, from.offset + at, row, 0, n);
        multiply(row, weights, n);
        System.arraycopy(row, 0, to.data, to.offset + at, n);
      }
    }

    /**
     * Image by image in their order, so that the bits do not depend on the threads.
     *
     * <pre>dWeight[c] += sum over n, h, w of x[n,h,w,c] * dy[n,h,w,c]</pre>
     */
    @Override
    public void backwardParameters(Context context, Tensor x, Tensor y, Tensor dy) {
      from = x;
      factor = dy;
      team.run(context.images(), multiply);
      for (int image = 0; image < context.images(); image++) {
        for (int i = 0; i < weights.length; i++) {
          dWeight.data[dWeight.offset + i % channels] += sums[image][i];
        }
      }
    }

    private void multiply(int image, int worker) {
      float[] x = a[worker];
      float[] dy = b[worker];
      Arrays.fill(sums[image], 0);
      for (int at = image * size, end = at + size; at < end; at += x.length) {
        int n = Math.min(x.length, end - at);
        System.arraycopy(from.data, from.offset + at, x, 0, n);
        System.arraycopy(factor.data, factor.offset + at, dy, 0, n);
        addProducts(sums[image], x, dy, n);
      }
    }

    // The loops see arrays at index 0, which C2 knows to be apart.

    private static void multiply(float[] row, float[] weights, int n) {
      for (int i = 0; i < n; i++) {
        row[i] *= weights[i];
      }
    }

    private static void addProducts(float[] sum, float[] x, float[] dy, int n) {
      for (int i = 0; i < n; i++) {
        sum[i] = Math.fma(x[i], dy[i], sum[i]);
      }
    }
  }
}
