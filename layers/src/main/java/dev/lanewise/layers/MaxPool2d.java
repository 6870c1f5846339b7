package dev.lanewise.layers;

import dev.lanewise.engine.MaxPooling;
import dev.lanewise.engine.Spare;
import dev.lanewise.engine.Window;
import dev.lanewise.engine.WindowGrid;
import dev.lanewise.engine.Workspace;

/** The maximum under a window, channel by channel. */
public final class MaxPool2d implements Layer {
  private final Window window;

  /**
   * Pooling over squares side by side, without padding; rows and columns that do not fill a square
   * are left out.
   *
   * @param size rows and columns of the square, and the stride
   */
  public MaxPool2d(int size) {
    this(Window.valid(size).stride(size));
  }

  /**
   * Pooling over any window.
   *
   * @param window size, stride, padding and dilation; padding never wins
   */
  public MaxPool2d(Window window) {
    this.window = window;
  }

  @Override
  public Shape outputShape(Shape input) {
    WindowGrid grid = window.over(input.height(), input.width());
    MaxPooling.requirePixels(grid);
    return new Shape(grid.outputH(), grid.outputW(), input.channels());
  }

  @Override
  public boolean backwardReadsOutput() {
    return false;
  }

  @Override
  public Layer.Pass newPass(Shape input, int maxBatch, Workspace workspace) {
    int size = Math.multiplyExact(maxBatch, outputShape(input).size());
    WindowGrid grid = window.over(input.height(), input.width());
    return new Pass(new MaxPooling(grid, input.channels(), workspace.team()), size);
  }

  /** One running computation. */
  private static final class Pass implements Rectifying {
    private final MaxPooling pooling;
    private final int[] argmax; // [N, OH, OW, C]: the pixel each y was taken from
    private boolean rectifiesInput;

    Pass(MaxPooling pooling, int size) {
      this.pooling = pooling;
      argmax = new int[Math.addExact(size, Spare.FLOATS)];
    }

    @Override
    public boolean rectifyInput() {
      rectifiesInput = true;
      return true;
    }

    /** {@code y[n,oy,ox,c] = max over the window of x[n,iy,ix,c]}. */
    @Override
    public void forward(int batch, Tensor x, Tensor y) {
      if (rectifiesInput) {
        pooling.forwardRectified(batch, x.data, x.offset, y.data, y.offset, argmax, 0);
      } else {
        pooling.forward(batch, x.data, x.offset, y.data, y.offset, argmax, 0);
      }
    }

    /** {@code dx[n,argmax(oy,ox,c),c] += dy[n,oy,ox,c]}: only the winner had an influence. */
    @Override
    public void backward(int batch, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      if (dx != null) {
        pooling.backward(batch, dy.data, dy.offset, argmax, 0, dx.data, dx.offset);
      }
    }
  }
}
