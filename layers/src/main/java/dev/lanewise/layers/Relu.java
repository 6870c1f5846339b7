package dev.lanewise.layers;

import dev.lanewise.engine.Elementwise;


import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;

/** The rectifier, element by element. */
public final class Relu implements Layer {
  /** A rectifier; it has no parameters. */
  public Relu() {}

  @Override
  public Shape outputShape(Shape input) {
    return input;
  }

  @Override
  public boolean inPlace() {
    return true;
  }

  @Override
  public Layer.Pass newPass(Shape input, int maxBatch, Workspace workspace) {
    return new Pass(input.size(), workspace.team());
  }

  /** One running computation. */
  private static final class Pass implements PerImage {
    private final int size;
    private final Elementwise elementwise;

    Pass(int size, WorkerTeam team) {
      this.size = size;
      elementwise = new Elementwise(team);
    }

    @Override
    public PerImage lane(int images, Workspace workspace) {
      return new Pass(size, workspace.team());
    }

    /** {@code y = max(x, 0)}. */
    @Override
    public void forward(int batch, Tensor x, Tensor y) {
      elementwise.relu(batch * size, x, y);
    }

    /** {@code dx = dy} where {@code y > 0}, else 0: the slope of the rectifier, with 0 at 0. */
    @Override
    public void backwardData(int batch, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      elementwise.reluBackward(batch * size, y, dy, dx);
    }
  }
}
