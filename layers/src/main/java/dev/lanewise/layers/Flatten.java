package dev.lanewise.layers;

import dev.lanewise.engine.WorkerTeam;

/** Feature maps {@code [H, W, C]} as a flat vector, in that order. */
public final class Flatten implements Layer {
  /** A flattening; it has no parameters. */
  public Flatten() {}

  @Override
  public Shape outputShape(Shape input) {
    return Shape.flat(input.size());
  }

  @Override
  public Layer.Pass newPass(Shape input, int maxBatch, WorkerTeam team) {
    return new Pass(input.size());
  }

  /** One running computation. */
  private record Pass(int size) implements Layer.Pass {
    /** {@code y = x}; only the shape changes. */
    @Override
    public void forward(int batch, Tensor x, Tensor y) {
      System.arraycopy(x.data, x.offset, y.data, y.offset, batch * size);
    }

    /** {@code dx = dy}. */
    @Override
    public void backward(int batch, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      if (dx != null) {
        System.arraycopy(dy.data, dy.offset, dx.data, dx.offset, batch * size);
      }
    }
  }
}
