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
import java.util.Arrays;
import java.util.Set;

/**
 * Copies elements to other places: what slices, transpositions, repetitions, paddings, and a resize
 * by the nearest pixel have in common. Each axis of the output has a table with an offset for each
 * index; the sum of the offsets is the element that is copied. A negative offset stands for a
 * constant. Immutable.
 *
 * @param shape of the output
 * @param tables {@code [axis][index]}, outermost first: offsets within an image of the input
 * @param fill the constant
 */
record Take(Shape shape, int[][] tables, double fill) implements Layer {
  static final String KIND = "onnx.take";

  /** Values of a task, about. */
  private static final int CHUNK = 4096;

  Take {
    if (tables.length == 0
        || Attributes.product(Attributes.lengths(tables)) != shape.size()
        || !Float.isFinite((float) fill)) {
      throw new IllegalArgumentException(
          "the tables of a selection must make " + shape + ", and its constant be finite");
    }
  }

  static Take of(Description description) {
    return new Take(
        Attributes.shape(description),
        Attributes.lists(description, "axis"),
        description.number("fill", 0));
  }

  @Override
  public Description description() {
    Description kind = Attributes.with(Description.of(KIND), shape);
    return Attributes.with(kind, "axis", tables).with("fill", fill, 0.0);
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    Attributes.requireWithin(inputs[0].size(), -1, tables);
    return shape;
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

  /** The tables are long. */
  @Override
  public String toString() {
    return KIND + Arrays.toString(Attributes.lengths(tables));
  }

  /** One running computation. A task is some rows of an image: runs of the last axis. */
  private final class Running implements UnaryPass {
    private final int inputs; // values of an image of x
    private final int rows; // of an image of y
    private final int length; // of a row
    private final int part; // rows of a task
    private final int parts; // of an image
    private final int[] at; // of each run of a row, and the end
    private final int[] from; // offset of each run; negative for the constant
    private final WorkerTeam team;
    private final WorkerTeam.Task forward = this::forward;
    private final WorkerTeam.Task backward = this::backward;

    // The running call.
    private Tensor x; // or dx
    private Tensor y; // or dy

    Running(Site site) {
      inputs = site.input().size();
      int[] last = tables[tables.length - 1];
      length = last.length;
      rows = shape.size() / length;
      part = Math.clamp(CHUNK / length, 1, rows);
      parts = Math.ceilDiv(rows, part);
      team = site.team();
      int[] starts = new int[length + 1];
      int runs = 0;
      for (int i = 0; i < length; i++) {
        boolean goesOn =
            i > 0
                && (last[i] < 0 ? last[i - 1] < 0 : last[i - 1] >= 0 && last[i] == last[i - 1] + 1);
        if (!goesOn) {
          starts[runs++] = i;
        }
      }
      starts[runs] = length;
      at = Arrays.copyOf(starts, runs + 1);
      from = new int[runs];
      Arrays.setAll(from, run -> last[at[run]]);
    }

    /** {@code y[n, o] = x[n, sum over the axes of table[o]]}. */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      this.x = x;
      this.y = y;
      team.run(context.images() * parts, forward);
    }

    private void forward(int task, int worker) {
      int image = task / parts;
      int begin = task % parts * part;
      int end = Math.min(begin + part, rows);
      for (int row = begin; row < end; row++) {
        int source = source(row);
        int to = y.offset + (image * rows + row) * length;
        if (source < 0) {
          Arrays.fill(y.data, to, to + length, (float) fill);
          continue;
        }
        source += x.offset + image * inputs;
        for (int run = 0; run < from.length; run++) {
          int n = at[run + 1] - at[run];
          if (from[run] < 0) {
            Arrays.fill(y.data, to + at[run], to + at[run] + n, (float) fill);
          } else if (n == 1) {
            y.data[to + at[run]] = x.data[source + from[run]];
          } else {
            System.arraycopy(x.data, source + from[run], y.data, to + at[run], n);
          }
        }
      }
    }

    /** The offset of a row within an image of x; -1 for the constant. */
    private int source(int row) {
      int offset = 0;
      for (int axis = tables.length - 2; axis >= 0; axis--) {
        int[] table = tables[axis];
        int each = table[row % table.length];
        if (each < 0) {
          return -1;
        }
        offset += each;
        row /= table.length;
      }
      return offset;
    }

    /** {@code dx[n, i] = sum of dy[n, o] over the o that were taken from i}, in order. */
    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      this.x = dx;
      this.y = dy;
      team.run(context.images(), backward);
    }

    private void backward(int image, int worker) {
      int first = x.offset + image * inputs;
      Arrays.fill(x.data, first, first + inputs, 0);
      for (int row = 0; row < rows; row++) {
        int source = source(row);
        int to = y.offset + (image * rows + row) * length;
        for (int run = 0; source >= 0 && run < from.length; run++) {
          for (int i = at[run]; from[run] >= 0 && i < at[run + 1]; i++) {
            x.data[first + source + from[run] + i - at[run]] += y.data[to + i];
          }
        }
      }
    }
  }
}
