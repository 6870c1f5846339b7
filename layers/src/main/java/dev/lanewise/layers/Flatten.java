package dev.lanewise.layers;

import dev.lanewise.engine.run.Workspace;

/** Feature maps {@code [H, W, C]} as a flat vector, in that order. */
public final class Flatten implements Layer {
  /** A flattening; it has no parameters. */
  public Flatten() {}

  @Override
  public Shape outputShape(Shape input) {
    return Shape.flat(input.size());
  }

  @Override
  public boolean inPlace() {
    return true;
  }

  @Override
  public boolean backwardReadsOutput() {
    return false;
  }

  @Override
  public Layer.Pass newPass(Shape input, int maxBatch, Workspace workspace) {
    return new Pass(input.size());
  }

  /** One running computation. */
  private record Pass(int size) implements PerImage {
    @Override
    public PerImage lane(int images, Workspace workspace) {
      return this;
    }

    /** {@code y = x}; only the shape changes, so in place there is nothing to do. */
    @Override
    public void forward(int batch, Tensor x, Tensor y) {
      copy(batch, x, y);
    }

    /** {@code dx = dy}. */
    @Override
    public void backwardData(int batch, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      copy(batch, dy, dx);
    }

    private void copy(int batch, Tensor from, Tensor to) {
      if (from.data != to.data || from.offset != to.offset) {
        System.arraycopy(from.data, from.offset, to.data, to.offset, batch * size);
      }
    }
  }
}
