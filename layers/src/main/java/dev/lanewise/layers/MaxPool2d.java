package dev.lanewise.layers;

import dev.lanewise.engine.MaxPooling;
import dev.lanewise.engine.run.Padding;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
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

/** The maximum under a window, channel by channel. Immutable. */
public final class MaxPool2d implements Layer {
  private static final String KIND = "max_pool2d";

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

  static MaxPool2d of(Description description) {
    return new MaxPool2d(Windows.read(description));
  }

  @Override
  public Description description() {
    return Windows.write(window, Description.of(KIND));
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    WindowGrid grid = WindowGrid.of(window, inputs[0].height(), inputs[0].width());
    MaxPooling.requirePixels(grid);
    return new Shape(grid.outputH(), grid.outputW(), inputs[0].channels());
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(Trait.PER_IMAGE, Trait.IGNORES_X, Trait.IGNORES_Y, Trait.FUSES_RELU_BEFORE);
  }

  @Override
  public Pass newPass(Site site) {
    return new Running(site);
  }

  @Override
  public String toString() {
    return description().toString();
  }

  /** One running computation. */
  private final class Running implements UnaryPass {
    private final MaxPooling pooling;
    private final int size;
    private int[] argmax; // [N, OH, OW, C]: the pixel each y was taken from

    Running(Site site) {
      Shape input = site.input();
      WindowGrid grid = WindowGrid.of(window, input.height(), input.width());
      pooling = new MaxPooling(grid, input.channels(), site.epilogue(), site.team());
      size =
          Math.addExact(Math.multiplyExact(site.maxBatch(), site.output().size()), Padding.FLOATS);
    }

    /** {@code y[n,oy,ox,c] = max over the window of x[n,iy,ix,c]}. */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      if (argmax == null) {
        argmax = new int[size];
      }
      pooling.forward(context.images(), x, y, argmax);
    }

    /** {@code dx[n,argmax(oy,ox,c),c] += dy[n,oy,ox,c]}: only the winner had an influence. */
    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      pooling.backward(context.images(), dy, argmax, dx);
    }
  }
}
