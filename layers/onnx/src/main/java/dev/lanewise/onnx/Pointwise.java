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
import dev.lanewise.layers.graph.TensorSpec;
import dev.lanewise.layers.graph.Trait;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * A function of elements, with operands that are repeated along axes where they have one element,
 * as ONNX and NumPy do it. An operand is an input of the layer, or a constant that it keeps: as the
 * parameter {@code weight}, which is trained, or as the buffer {@code constant0}, {@code constant1}
 * or {@code constant2}. Immutable.
 *
 * @param op the function
 * @param a its first number
 * @param b its second number
 * @param shape of the output
 * @param sizes of the axes of the output, outermost first
 * @param operands {@code [operand][axis]}: of the axes of each operand, the size or 1
 * @param constants the operands that are constants
 * @param trained whether the constant is trained; then it is the only one
 */
record Pointwise(
    PointOp op,
    double a,
    double b,
    Shape shape,
    int[] sizes,
    int[][] operands,
    List<Integer> constants,
    boolean trained)
    implements Layer {
  static final String KIND = "onnx.pointwise";

  /** Values of a task, about. */
  private static final int CHUNK = 4096;

  Pointwise {
    constants = List.copyOf(constants);
    boolean fits =
        operands.length == op.arity()
            && Attributes.product(sizes) == shape.size()
            && constants.stream().allMatch(c -> c >= 0 && c < op.arity())
            && constants.stream().distinct().count() == constants.size()
            && constants.size() < op.arity()
            && (!trained || constants.size() == 1);
    for (int[] operand : operands) {
      fits &= operand.length == sizes.length;
      for (int axis = 0; fits && axis < sizes.length; axis++) {
        fits = operand[axis] == 1 || operand[axis] == sizes[axis];
      }
    }
    if (!fits) {
      throw new IllegalArgumentException("the operands of " + op + " do not fit " + shape);
    }
  }

  static Pointwise of(Description description) {
    PointOp op = PointOp.named(description.text("op", ""));
    List<Integer> constants = new ArrayList<>();
    for (int i = 0; i < op.arity(); i++) {
      if (description.flag("constant" + i, false)) {
        constants.add(i);
      }
    }
    return new Pointwise(
        op,
        description.number("a", Double.NEGATIVE_INFINITY),
        description.number("b", Double.POSITIVE_INFINITY),
        Attributes.shape(description),
        Attributes.ints(description, "sizes"),
        Attributes.lists(description, "operand"),
        constants,
        description.flag("trained", false));
  }

  @Override
  public Description description() {
    Description description =
        Attributes.with(Description.of(KIND).with("op", op.toString()), shape);
    description = description.with("sizes", Attributes.list(sizes));
    description = Attributes.with(description, "operand", operands);
    description = Double.isInfinite(a) ? description : description.with("a", a);
    description = Double.isInfinite(b) ? description : description.with("b", b);
    for (int constant : constants) {
      description = description.with("constant" + constant, true);
    }
    return description.with("trained", trained, false);
  }

  @Override
  public boolean accepts(int inputs) {
    return inputs == op.arity() - constants.size();
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    int next = 0;
    for (int i = 0; i < op.arity(); i++) {
      if (!constants.contains(i) && inputs[next++].size() != Attributes.product(operands[i])) {
        throw new IllegalArgumentException(
            "operand " + i + " of " + op + " needs " + Attributes.product(operands[i]) + " values");
      }
    }
    return shape;
  }

  @Override
  public List<TensorSpec> parameters(Inputs in) {
    return trained ? List.of(tensor("weight", constants.getFirst())) : List.of();
  }

  @Override
  public List<TensorSpec> buffers(Inputs in) {
    return trained ? List.of() : constants.stream().map(i -> tensor("constant" + i, i)).toList();
  }

  private TensorSpec tensor(String name, int operand) {
    return TensorSpec.of(name, Attributes.product(operands[operand]));
  }

  /** What stood beside a flattened map still does, unless its elements are repeated. */
  @Override
  public boolean keepsOrder(Inputs in) {
    return true;
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

  /**
   * One running computation. Axes along which every operand goes on, or none but those that are
   * repeated, are joined first. A task is a part of a row, the last of these axes.
   */
  private final class Running implements Pass {
    private final PointOp.Function function = op.function();
    private final float numberA = (float) a;
    private final float numberB = (float) b;
    private final int[] axes; // joined
    private final int last; // of these axes
    private final int[][] strides; // [operand][axis]: 0 where it is repeated
    private final int[] values; // of an image of each operand; 0 for a constant
    private final int[] place; // which input each operand is; -1 for a constant
    private final Tensor[] kept; // the constants
    private final Tensor gradient; // of the trained constant
    private final int rows; // of an image
    private final int length; // of a row
    private final int part; // of a row
    private final int parts; // of a row
    private final WorkerTeam team;
    private final WorkerTeam.Task forward = this::forward;
    private final WorkerTeam.Task backward = this::backward;
    private final Tensor[] in = new Tensor[op.arity()];
    private final Tensor[] slopes = new Tensor[op.arity()]; // dx
    private final int[][] at; // [worker][operand]: the first element of a row

    // The running call.
    private Tensor y;
    private Tensor dy;

    Running(Site site) {
      axes = new int[sizes.length];
      strides = new int[op.arity()][sizes.length];
      last = join() - 1;
      length = axes[last];
      rows = shape.size() / length;
      part = Math.min(CHUNK, length);
      parts = Math.ceilDiv(length, part);
      team = site.team();
      at = new int[team.threads()][op.arity()];
      values = new int[op.arity()];
      place = new int[op.arity()];
      kept = new Tensor[op.arity()];
      int next = 0;
      for (int i = 0; i < op.arity(); i++) {
        if (constants.contains(i)) {
          place[i] = -1;
          kept[i] = trained ? site.parameter("weight").value() : site.buffer("constant" + i);
        } else {
          place[i] = next++;
          values[i] = Attributes.product(operands[i]);
        }
      }
      gradient = trained ? site.parameter("weight").grad() : null;
    }

    /** Fills axes and strides, from the front on, and returns how many axes there are. */
    private int join() {
      int[][] full = new int[op.arity()][sizes.length];
      for (int i = 0; i < op.arity(); i++) {
        int stride = 1;
        for (int axis = sizes.length - 1; axis >= 0; axis--) {
          full[i][axis] = operands[i][axis] == 1 ? 0 : stride;
          stride *= operands[i][axis];
        }
      }
      int count = 0;
      for (int axis = 0; axis < sizes.length; axis++) {
        boolean joins = count > 0;
        for (int i = 0; i < op.arity() && joins; i++) {
          joins = strides[i][count - 1] == full[i][axis] * sizes[axis];
        }
        if (sizes[axis] == 1 && axis < sizes.length - 1 || sizes[axis] == 1 && count > 0) {
          continue;
        }
        int to = joins ? count - 1 : count++;
        axes[to] = joins ? axes[to] * sizes[axis] : sizes[axis];
        for (int i = 0; i < op.arity(); i++) {
          strides[i][to] = full[i][axis];
        }
      }
      return count;
    }

    /** {@code y[n, i] = op(x0[n, i], x1[n, i], ...)}. */
    @Override
    public void forward(Context context, Tensor[] x, Tensor y) {
      bind(x);
      this.y = y;
      team.run(context.images() * rows * parts, forward);
    }

    private void bind(Tensor[] x) {
      for (int i = 0; i < in.length; i++) {
        in[i] = place[i] < 0 ? kept[i] : x[place[i]];
      }
    }

    private void forward(int task, int worker) {
      int row = task / parts;
      int begin = task % parts * part;
      int n = Math.min(part, length - begin);
      int[] first = at[worker];
      locate(row / rows, row % rows, first);
      for (int i = 0; i < first.length; i++) {
        first[i] += in[i].offset + begin * strides[i][last];
      }
      run(y.data, y.offset + row * length + begin, n, first);
    }

    /** Where a row begins in each operand. */
    private void locate(int image, int row, int[] first) {
      for (int i = 0; i < first.length; i++) {
        first[i] = image * values[i];
      }
      for (int axis = last - 1; axis >= 0; axis--) {
        int index = row % axes[axis];
        row /= axes[axis];
        for (int i = 0; i < first.length; i++) {
          first[i] += index * strides[i][axis];
        }
      }
    }

    private void run(float[] out, int to, int n, int[] first) {
      float[] x = in[0].data;
      int xAt = first[0];
      int xStep = strides[0][last];
      if (first.length == 1) {
        for (int i = 0; i < n; i++) {
          out[to + i] = function.of(x[xAt + i * xStep], 0, 0, numberA, numberB);
        }
        return;
      }
      float[] v = in[1].data;
      int vAt = first[1];
      int vStep = strides[1][last];
      switch (op) {
        case ADD -> {
          for (int i = 0; i < n; i++) {
            out[to + i] = x[xAt + i * xStep] + v[vAt + i * vStep];
          }
        }
        case SUB -> {
          for (int i = 0; i < n; i++) {
            out[to + i] = x[xAt + i * xStep] - v[vAt + i * vStep];
          }
        }
        case MUL -> {
          for (int i = 0; i < n; i++) {
            out[to + i] = x[xAt + i * xStep] * v[vAt + i * vStep];
          }
        }
        case DIV -> {
          for (int i = 0; i < n; i++) {
            out[to + i] = x[xAt + i * xStep] / v[vAt + i * vStep];
          }
        }
        default -> {
          float[] w = first.length == 3 ? in[2].data : v;
          int wAt = first.length == 3 ? first[2] : vAt;
          int wStep = first.length == 3 ? strides[2][last] : 0;
          for (int i = 0; i < n; i++) {
            out[to + i] =
                function.of(
                    x[xAt + i * xStep], v[vAt + i * vStep], w[wAt + i * wStep], numberA, numberB);
          }
        }
      }
    }

    /**
     * Each operand gets dy times its partial derivative, summed up, in order, where it was
     * repeated:
     *
     * <pre>dx[k][n, i] = sum over the elements it counted for of dy * d op / d x[k]</pre>
     */
    @Override
    public void backwardData(Context context, Tensor[] x, Tensor y, Tensor dy, Tensor[] dx) {
      requireBackward();
      bind(x);
      this.y = y;
      this.dy = dy;
      for (int i = 0; i < slopes.length; i++) {
        slopes[i] = place[i] < 0 ? null : dx[place[i]];
      }
      team.run(context.images(), backward);
    }

    private void backward(int image, int worker) {
      for (int k = 0; k < slopes.length; k++) {
        if (slopes[k] != null) {
          int first = slopes[k].offset + image * values[k];
          Arrays.fill(slopes[k].data, first, first + values[k], 0);
          addSlopes(image, k, slopes[k], at[worker]);
        }
      }
    }

    /** {@code dWeight[i] += sum over the images}, one after the other. */
    @Override
    public void backwardParameters(Context context, Tensor[] x, Tensor y, Tensor dy) {
      if (gradient != null) {
        requireBackward();
        bind(x);
        this.y = y;
        this.dy = dy;
        for (int image = 0; image < context.images(); image++) {
          addSlopes(image, constants.getFirst(), gradient, at[0]);
        }
      }
    }

    private void requireBackward() {
      if (!op.hasBackward()) {
        throw new UnsupportedOperationException(
            KIND + "(" + op + ") has no backward: what stands in front of it cannot be trained");
      }
    }

    private void addSlopes(int image, int k, Tensor to, int[] first) {
      PointOp.Slope slope = op.slope(k);
      for (int row = 0; row < rows; row++) {
        locate(image, row, first);
        int out = (image * rows + row) * length;
        for (int i = 0; i < length; i++) {
          float x = element(0, first, i);
          float v = first.length > 1 ? element(1, first, i) : 0;
          float w = first.length > 2 ? element(2, first, i) : 0;
          float each = slope.of(x, v, w, y.data[y.offset + out + i], numberA, numberB);
          to.data[to.offset + first[k] + i * strides[k][last]] +=
              dy.data[dy.offset + out + i] * each;
        }
      }
    }

    private float element(int operand, int[] first, int i) {
      return in[operand].data[in[operand].offset + first[operand] + i * strides[operand][last]];
    }
  }
}
