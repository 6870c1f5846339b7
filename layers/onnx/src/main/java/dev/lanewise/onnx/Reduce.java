// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

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
 * Reduces some axes of an image to one element each. Tables give offsets within an image, as in
 * {@link Take}; every element of the input belongs to one of the output. Immutable.
 *
 * @param op what is made of the elements
 * @param shape of the output
 * @param kept {@code [axis][index]}: axes of the output
 * @param reduced {@code [axis][index]}: axes that are reduced, in the order of their elements
 */
record Reduce(ReduceOp op, Shape shape, int[][] kept, int[][] reduced) implements Layer {
  static final String KIND = "onnx.reduce";

  /** Elements of the input of a task, about. */
  private static final int CHUNK = 4096;

  Reduce {
    if (Attributes.product(Attributes.lengths(kept)) != shape.size()) {
      throw new IllegalArgumentException("what " + op + " keeps does not make " + shape);
    }
  }

  static Reduce of(Description description) {
    return new Reduce(
        ReduceOp.named(description.text("op", "")),
        Attributes.shape(description),
        Attributes.lists(description, "kept"),
        Attributes.lists(description, "reduced"));
  }

  @Override
  public Description description() {
    Description kind = Attributes.with(Description.of(KIND).with("op", op.toString()), shape);
    return Attributes.with(Attributes.with(kind, "kept", kept), "reduced", reduced);
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    int[][] all = new int[kept.length + reduced.length][];
    System.arraycopy(kept, 0, all, 0, kept.length);
    System.arraycopy(reduced, 0, all, kept.length, reduced.length);
    Attributes.requireWithin(inputs[0].size(), 0, all);
    if (Attributes.product(Attributes.lengths(all)) != inputs[0].size()) {
      throw new IllegalArgumentException("the axes of " + op + " do not make " + inputs[0]);
    }
    return shape;
  }

  @Override
  public boolean keepsOrder(Inputs in) {
    return false;
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(Trait.PER_IMAGE);
  }

  @Override
  public Pass newPass(Site site) {
    return new Running(site);
  }

  @Override
  public String toString() {
    return KIND + "(" + op + ")";
  }

  /** The sums of one offset of each table, the last table fastest. */
  static int[] sums(int[][] tables) {
    int[] sums = {0};
    for (int[] table : tables) {
      int[] finer = new int[sums.length * table.length];
      for (int i = 0; i < finer.length; i++) {
        finer[i] = sums[i / table.length] + table[i % table.length];
      }
      sums = finer;
    }
    return sums;
  }

  /** One running computation. A task is some elements of an image of y. */
  private final class Running implements UnaryPass {
    private final int inputs; // of an image
    private final int outputs; // of an image
    private final int[] first; // of each output: where its elements begin
    private final int[] offsets; // of the elements of an output
    private final int part; // outputs of a task
    private final int parts; // of an image
    private final WorkerTeam team;
    private final WorkerTeam.Task forward = this::forward;
    private final WorkerTeam.Task backward = this::backward;

    // The running call.
    private Tensor x;
    private Tensor y;
    private Tensor dy;
    private Tensor dx;

    Running(Site site) {
      inputs = site.input().size();
      outputs = shape.size();
      first = sums(kept);
      offsets = sums(reduced);
      part = Math.clamp(CHUNK / offsets.length, 1, outputs);
      parts = Math.ceilDiv(outputs, part);
      team = site.team();
    }

    /** {@code y[n, o] = op over r of x[n, o, r]}. */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      this.x = x;
      this.y = y;
      team.run(context.images() * parts, forward);
    }

    private void forward(int task, int worker) {
      int image = task / parts;
      int begin = task % parts * part;
      int end = Math.min(begin + part, outputs);
      for (int o = begin; o < end; o++) {
        double value = op.of(x.data, x.offset + image * inputs + first[o], offsets);
        y.data[y.offset + image * outputs + o] = (float) value;
      }
    }

    /**
     * {@code dx[n, o, r] = dy[n, o] * d y[n, o] / d x[n, o, r]}; of a maximum or a minimum, the
     * element that it is gets all of dy.
     */
    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      if (!op.hasBackward()) {
        throw new UnsupportedOperationException(
            KIND + "(" + op + ") has no backward: what stands in front of it cannot be trained");
      }
      this.x = x;
      this.y = y;
      this.dy = dy;
      this.dx = dx;
      team.run(context.images() * parts, backward);
    }

    private void backward(int task, int worker) {
      int image = task / parts;
      int begin = task % parts * part;
      int end = Math.min(begin + part, outputs);
      boolean one = op == ReduceOp.MAX || op == ReduceOp.MIN;
      for (int o = begin; o < end; o++) {
        float gradient = dy.data[dy.offset + image * outputs + o];
        float result = y.data[y.offset + image * outputs + o];
        int at = image * inputs + first[o];
        int winner = one ? op.index(x.data, x.offset + at, offsets) : -1;
        for (int r = 0; r < offsets.length; r++) {
          float each = x.data[x.offset + at + offsets[r]];
          double slope = one ? (r == winner ? 1 : 0) : op.slope(each, result, offsets.length);
          dx.data[dx.offset + at + offsets[r]] = (float) (gradient * slope);
        }
      }
    }
  }
}
