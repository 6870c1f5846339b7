package dev.lanewise.layers;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.MaxPooling;


import dev.lanewise.engine.run.Padding;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;

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
    WindowGrid grid = WindowGrid.of(window, input.height(), input.width());
    MaxPooling.requirePixels(grid);
    return new Shape(grid.outputH(), grid.outputW(), input.channels());
  }

  @Override
  public boolean backwardReadsOutput() {
    return false;
  }

  @Override
  public Layer.Pass newPass(Shape input, int maxBatch, Workspace workspace) {
    return new Pass(input, maxBatch, workspace);
  }

  /** One running computation. */
  private final class Pass implements Rectifying {
    private final Shape input;
    private final WindowGrid grid;
    private final WorkerTeam team;
    private MaxPooling pooling;
    private final int size;
    private int[] argmax; // [N, OH, OW, C]: the pixel each y was taken from

    Pass(Shape input, int maxBatch, Workspace workspace) {
      this.input = input;
      grid = WindowGrid.of(window, input.height(), input.width());
      team = workspace.team();
      pooling = new MaxPooling(grid, input.channels(), Epilogue.NONE, team);
      size = Math.addExact(Math.multiplyExact(maxBatch, outputShape(input).size()), Padding.FLOATS);
    }

    @Override
    public PerImage lane(int images, Workspace workspace) {
      return new Pass(input, images, workspace);
    }

    @Override
    public boolean rectifyInput() {
      pooling = new MaxPooling(grid, input.channels(), Epilogue.RELU, team);
      return true;
    }

    /** {@code y[n,oy,ox,c] = max over the window of x[n,iy,ix,c]}. */
    @Override
    public void forward(int batch, Tensor x, Tensor y) {
      if (argmax == null) {
        argmax = new int[size];
      }
      pooling.forward(batch, x, y, argmax);
    }

    /** {@code dx[n,argmax(oy,ox,c),c] += dy[n,oy,ox,c]}: only the winner had an influence. */
    @Override
    public void backwardData(int batch, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      pooling.backward(batch, dy, argmax, dx);
    }
  }
}
