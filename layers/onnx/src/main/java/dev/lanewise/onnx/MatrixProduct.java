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
import dev.lanewise.layers.graph.Trait;
import java.util.Arrays;
import java.util.Set;

/**
 * Products of matrices of two inputs, a list of them in each image. Immutable.
 *
 * @param m rows of a matrix of the first input and of the result
 * @param k columns of the former, rows of the second input's
 * @param n columns of the latter and of the result
 * @param left which matrix of the first input each product has
 * @param right which of the second
 */
record MatrixProduct(int m, int k, int n, int[] left, int[] right) implements Layer {
  static final String KIND = "onnx.matmul";

  MatrixProduct {
    Attributes.product(left.length, m, n);
    Attributes.product(m, k);
    Attributes.product(k, n);
    if (left.length != right.length
        || Arrays.stream(left).anyMatch(i -> i < 0)
        || Arrays.stream(right).anyMatch(i -> i < 0)) {
      throw new IllegalArgumentException("products need a left and a right matrix each");
    }
  }

  static MatrixProduct of(Description description) {
    return new MatrixProduct(
        description.integer("m"),
        description.integer("k"),
        description.integer("n"),
        Attributes.ints(description, "left"),
        Attributes.ints(description, "right"));
  }

  @Override
  public Description description() {
    return Description.of(KIND)
        .with("m", m)
        .with("k", k)
        .with("n", n)
        .with("left", Attributes.list(left))
        .with("right", Attributes.list(right));
  }

  @Override
  public boolean accepts(int inputs) {
    return inputs == 2;
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    requireMatrices(inputs[0], m * k, left);
    requireMatrices(inputs[1], k * n, right);
    return new Shape(left.length, m, n);
  }

  private static void requireMatrices(Shape shape, int each, int[] used) {
    int count = shape.size() / each;
    if (shape.size() % each != 0 || Arrays.stream(used).anyMatch(i -> i >= count)) {
      throw new IllegalArgumentException(shape + " does not have the matrices of a product");
    }
  }

  @Override
  public long multiplyAdds(Inputs in) {
    return (long) left.length * m * k * n;
  }

  @Override
  public boolean keepsOrder(Inputs in) {
    return false;
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
    return KIND + "(" + left.length + " x [" + m + ", " + k + "] [" + k + ", " + n + "])";
  }

  /** One running computation. */
  private final class Running implements Pass {
    private final int lefts; // values of an image
    private final int rights;
    private final int outputs;
    private final WorkerTeam team;
    private final WorkerTeam.Task forward = this::forward;
    private final WorkerTeam.Task backward = this::backward;

    // The running call.
    private Tensor a;
    private Tensor b;
    private Tensor c; // or its gradient
    private Tensor da;
    private Tensor db;

    Running(Site site) {
      lefts = site.inputs().shapes().get(0).size();
      rights = site.inputs().shapes().get(1).size();
      outputs = site.output().size();
      team = site.team();
    }

    /** {@code c[i, j] = sum over p of a[i, p] * b[p, j]}. A task is one product. */
    @Override
    public void forward(Context context, Tensor[] x, Tensor y) {
      a = x[0];
      b = x[1];
      c = y;
      team.run(context.images() * left.length, forward);
    }

    private int a(int task) {
      return a.offset + task / left.length * lefts + left[task % left.length] * m * k;
    }

    private int b(int task) {
      return b.offset + task / left.length * rights + right[task % left.length] * k * n;
    }

    private int c(int task) {
      return c.offset + task / left.length * outputs + task % left.length * m * n;
    }

    private void forward(int task, int worker) {
      for (int i = 0; i < m; i++) {
        int to = c(task) + i * n;
        Arrays.fill(c.data, to, to + n, 0);
        for (int p = 0; p < k; p++) {
          addRow(a.data[a(task) + i * k + p], b.data, b(task) + p * n, c.data, to);
        }
      }
    }

    private void addRow(float factor, float[] row, int from, float[] to, int at) {
      for (int j = 0; j < n; j++) {
        to[at + j] = Fma.fma(factor, row[from + j], to[at + j]);
      }
    }

    /**
     * Each term hands dc to both of its factors; a task is an image, since one matrix may be used
     * several times:
     *
     * <pre>
     * da[i, p] = sum over j of dc[i, j] * b[p, j]
     * db[p, j] = sum over i of a[i, p] * dc[i, j]
     * </pre>
     */
    @Override
    public void backwardData(Context context, Tensor[] x, Tensor y, Tensor dy, Tensor[] dx) {
      a = x[0];
      b = x[1];
      c = dy;
      da = dx[0];
      db = dx[1];
      team.run(context.images(), backward);
    }

    private void backward(int image, int worker) {
      if (da != null) {
        int first = da.offset + image * lefts;
        Arrays.fill(da.data, first, first + lefts, 0);
      }
      if (db != null) {
        int first = db.offset + image * rights;
        Arrays.fill(db.data, first, first + rights, 0);
      }
      for (int each = 0; each < left.length; each++) {
        int task = image * left.length + each;
        for (int i = 0; i < m; i++) {
          for (int p = 0; p < k; p++) {
            backward(task, i, p);
          }
        }
      }
    }

    private void backward(int task, int i, int p) {
      int dc = c(task) + i * n;
      int row = b(task) + p * n;
      if (da != null) {
        double sum = 0;
        for (int j = 0; j < n; j++) {
          sum += (double) c.data[dc + j] * b.data[row + j];
        }
        da.data[da.offset + a(task) - a.offset + i * k + p] += (float) sum;
      }
      if (db != null) {
        addRow(a.data[a(task) + i * k + p], c.data, dc, db.data, db.offset + row - b.offset);
      }
    }
  }
}
