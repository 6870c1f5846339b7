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
import java.util.List;
import java.util.Set;

/** Several inputs of one height and width, side by side in the channels. Immutable. */
public final class Concatenate implements Layer {
  private static final Description DESCRIPTION = Description.of("concatenate");

  /** A concatenation; it has no parameters. */
  public Concatenate() {}

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
    long channels = 0;
    for (Shape input : inputs) {
      if (input.height() != inputs[0].height() || input.width() != inputs[0].width()) {
        throw new IllegalArgumentException(
            "a concatenation needs inputs of one height and width, but they are "
                + inputs[0]
                + " and "
                + input);
      }
      channels += input.channels();
    }
    if (channels > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "a concatenation needs fewer than 2^31 channels, but they are " + channels);
    }
    return new Shape(inputs[0].height(), inputs[0].width(), (int) channels);
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
    return DESCRIPTION.toString();
  }

  /** One running computation. A task is some pixels. */
  private static final class Running implements Pass {
    /** Floats of a task, about. */
    private static final int FLOATS = 16 * 1024;

    private final List<Shape> inputs;
    private final Shape output;
    private final int part; // pixels of a task
    private final WorkerTeam team;
    private final WorkerTeam.Task forward = this::forward;
    private final WorkerTeam.Task backward = this::backward;

    // The running call.
    private int pixels;
    private Tensor[] parts; // x or dx
    private Tensor whole; // y or dy

    Running(Site site) {
      inputs = site.inputs().shapes();
      output = site.output();
      part = Math.max(1, FLOATS / output.channels());
      team = site.team();
    }

    /** {@code y[n,h,w] = x[0][n,h,w], x[1][n,h,w], ...}. */
    @Override
    public void forward(Context context, Tensor[] x, Tensor y) {
      run(context, x, y, forward);
    }

    /** Each channel of dy goes back to where it came from. */
    @Override
    public void backwardData(Context context, Tensor[] x, Tensor y, Tensor dy, Tensor[] dx) {
      run(context, dx, dy, backward);
    }

    private void run(Context context, Tensor[] parts, Tensor whole, WorkerTeam.Task task) {
      this.parts = parts;
      this.whole = whole;
      pixels = context.images() * output.height() * output.width();
      team.run(Math.ceilDiv(pixels, part), task);
    }

    private void forward(int task, int worker) {
      copy(task, true);
    }

    private void backward(int task, int worker) {
      copy(task, false);
    }

    private void copy(int task, boolean forward) {
      int end = Math.min(pixels, (task + 1) * part);
      for (int i = 0, first = 0; i < parts.length; first += inputs.get(i++).channels()) {
        Tensor one = parts[i];
        int c = inputs.get(i).channels();
        for (int p = task * part; p < end && one != null; p++) {
          int at = whole.offset + p * output.channels() + first;
          if (forward) {
            System.arraycopy(one.data, one.offset + p * c, whole.data, at, c);
          } else {
            System.arraycopy(whole.data, at, one.data, one.offset + p * c, c);
          }
        }
      }
    }
  }
}
