// SPDX-License-Identifier: Apache-2.0
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

/**
 * The maximum under a window, channel by channel; or, by {@link #global}, over the whole feature
 * map. Immutable.
 */
public final class MaxPool2d implements Layer {
  private static final String KIND = "max_pool2d";

  private final Window window; // null: the whole map
  private final boolean ceil;

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
    this(window, false);
  }

  private MaxPool2d(Window window, boolean ceil) {
    this.window = window;
    this.ceil = ceil;
  }

  /**
   * Pooling over all pixels: {@code [H, W, C]} to {@code [1, 1, C]}.
   *
   * @return the layer
   */
  public static MaxPool2d global() {
    return new MaxPool2d(null, false);
  }

  /**
   * The same pooling with or without a last window for the rows and columns that do not fill one,
   * as PyTorch's {@code ceil_mode}.
   *
   * @param ceil whether a window may reach beyond the image and its padding; it begins within the
   *     image, or the padding above or on the left
   * @return the new layer
   */
  public MaxPool2d ceil(boolean ceil) {
    return new MaxPool2d(window, ceil);
  }

  static MaxPool2d of(Description description) {
    return description.flag("global", false)
        ? global()
        : new MaxPool2d(Windows.read(description), description.flag("ceil", false));
  }

  @Override
  public Description description() {
    Description kind = Description.of(KIND);
    return window == null
        ? kind.with("global", true)
        : Windows.write(window, kind).with("ceil", ceil, false);
  }

  private WindowGrid grid(Shape in) {
    Window over = window == null ? Window.valid(in.height(), in.width()) : window;
    return WindowGrid.of(
        ceil && window != null ? Windows.ceil(over, in.height(), in.width()) : over,
        in.height(),
        in.width());
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    WindowGrid grid = grid(inputs[0]);
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
      pooling = new MaxPooling(grid(input), input.channels(), site.epilogue(), site.team());
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
