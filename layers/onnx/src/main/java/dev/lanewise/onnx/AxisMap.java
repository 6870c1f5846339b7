// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

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
import dev.lanewise.layers.graph.TensorSpec;
import dev.lanewise.layers.graph.Trait;
import dev.lanewise.layers.graph.UnaryPass;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Weighted sums along one axis, as of an interpolation: each output is made of as many inputs.
 * Buffer: {@code weight [outputs, taps]}. Immutable.
 *
 * @param shape of the output
 * @param inputs length of the axis of the input
 * @param inner how many elements lie side by side within an index of the axis
 * @param taps of an output
 * @param index {@code [outputs, taps]}: which inputs
 */
record AxisMap(Shape shape, int inputs, int inner, int taps, int[] index) implements Layer {
  static final String KIND = "onnx.axis_map";

  AxisMap {
    boolean fits =
        inputs > 0
            && inner > 0
            && taps > 0
            && index.length > 0
            && index.length % taps == 0
            && shape.size() % ((long) index.length / taps * inner) == 0
            && Arrays.stream(index).allMatch(i -> i >= 0 && i < inputs);
    if (!fits) {
      throw new IllegalArgumentException("the sums along an axis do not make " + shape);
    }
  }

  static AxisMap of(Description description) {
    return new AxisMap(
        Attributes.shape(description),
        description.integer("inputs"),
        description.integer("inner"),
        description.integer("taps"),
        Attributes.ints(description, "index"));
  }

  @Override
  public Description description() {
    return Attributes.with(Description.of(KIND), shape)
        .with("inputs", inputs)
        .with("inner", inner)
        .with("taps", taps)
        .with("index", Attributes.list(index));
  }

  private int outputs() {
    return index.length / taps;
  }

  private int outer() {
    return shape.size() / (outputs() * inner);
  }

  @Override
  public Shape outputShape(Shape... in) {
    if (in[0].size() != (long) outer() * inputs * inner) {
      throw new IllegalArgumentException(
          in[0] + " is not made of " + outer() + " times " + inputs + " times " + inner);
    }
    return shape;
  }

  @Override
  public List<TensorSpec> buffers(Inputs in) {
    return List.of(TensorSpec.of("weight", outputs(), taps));
  }

  @Override
  public boolean keepsOrder(Inputs in) {
    return false;
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(Trait.PER_IMAGE, Trait.IGNORES_X, Trait.IGNORES_Y);
  }

  @Override
  public Pass newPass(Site site) {
    return new Running(site);
  }

  @Override
  public String toString() {
    return KIND + "(" + inputs + " -> " + outputs() + ")";
  }

  /** One running computation. A task is what lies within one index of the axes further out. */
  private final class Running implements UnaryPass {
    private final int outputs = outputs();
    private final int outer = outer();
    private final Tensor weight;
    private final WorkerTeam team;
    private final WorkerTeam.Task forward = this::forward;
    private final WorkerTeam.Task backward = this::backward;

    // The running call.
    private Tensor in; // x or dx
    private Tensor out; // y or dy

    Running(Site site) {
      weight = site.buffer("weight");
      team = site.team();
    }

    /** {@code y[n, o, j, i] = sum over k of weight[j, k] * x[n, o, index[j, k], i]}. */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      in = x;
      out = y;
      team.run(context.images() * outer, forward);
    }

    private void forward(int task, int worker) {
      for (int j = 0; j < outputs; j++) {
        int to = out.offset + (task * outputs + j) * inner;
        Arrays.fill(out.data, to, to + inner, 0);
        for (int k = 0; k < taps; k++) {
          float w = weight.data[weight.offset + j * taps + k];
          int from = in.offset + (task * inputs + index[j * taps + k]) * inner;
          for (int i = 0; w != 0 && i < inner; i++) {
            out.data[to + i] = Fma.fma(w, in.data[from + i], out.data[to + i]);
          }
        }
      }
    }

    /** Each term hands its weight back: {@code dx[n, o, index[j, k], i] += weight[j, k] * dy}. */
    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      in = dx;
      out = dy;
      team.run(context.images() * outer, backward);
    }

    private void backward(int task, int worker) {
      int first = in.offset + task * inputs * inner;
      Arrays.fill(in.data, first, first + inputs * inner, 0);
      for (int j = 0; j < outputs; j++) {
        int from = out.offset + (task * outputs + j) * inner;
        for (int k = 0; k < taps; k++) {
          float w = weight.data[weight.offset + j * taps + k];
          int to = first + index[j * taps + k] * inner;
          for (int i = 0; w != 0 && i < inner; i++) {
            in.data[to + i] = Fma.fma(w, out.data[from + i], in.data[to + i]);
          }
        }
      }
    }
  }
}
