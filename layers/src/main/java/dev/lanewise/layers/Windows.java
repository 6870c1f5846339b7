// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.graph.Description;
import java.util.List;

/** A window among the attributes of a layer. */
public final class Windows {
  private Windows() {}

  static Description write(Window w, Description description) {
    Description written =
        description
            .with("kernel", List.of(w.kernelH(), w.kernelW()))
            .with("stride", List.of(w.strideH(), w.strideW()), List.of(1, 1))
            .with("dilation", List.of(w.dilationH(), w.dilationW()), List.of(1, 1));
    return w.same()
        ? written.with("same", true)
        : written.with(
            "padding",
            List.of(w.padTop(), w.padBottom(), w.padLeft(), w.padRight()),
            List.of(0, 0, 0, 0));
  }

  /**
   * The window of a layer: of a convolution, or of a pooling that has one.
   *
   * @param description of the layer
   * @return the window
   * @throws IllegalArgumentException if an attribute is missing, or is of another type
   */
  public static Window read(Description description) {
    int[] kernel = description.integers("kernel", 0, 0);
    int[] stride = description.integers("stride", 1, 1);
    int[] dilation = description.integers("dilation", 1, 1);
    int[] p = description.integers("padding", 0, 0, 0, 0);
    Window window =
        description.flag("same", false)
            ? Window.same(kernel[0], kernel[1])
            : Window.valid(kernel[0], kernel[1]).padding(p[0], p[1], p[2], p[3]);
    return window.stride(stride[0], stride[1]).dilation(dilation[0], dilation[1]);
  }

  /**
   * A window with another padding below and on the right, so that rows and columns which do not
   * fill a last window have one, but no window begins in that padding: PyTorch's {@code ceil_mode}.
   * With {@code same} it is so already.
   */
  static Window ceil(Window w, int height, int width) {
    if (w.same()) {
      return w;
    }
    int bottom = ceil(height, w.kernelH(), w.strideH(), w.dilationH(), w.padTop(), w.padBottom());
    int right = ceil(width, w.kernelW(), w.strideW(), w.dilationW(), w.padLeft(), w.padRight());
    return w.padding(w.padTop(), bottom, w.padLeft(), right);
  }

  /** The padding after the last input that makes the windows fill it. */
  private static int ceil(int inputs, int kernel, int stride, int dilation, int before, int after) {
    long reach = (long) dilation * (kernel - 1) + 1;
    long last = Math.ceilDiv(before + (long) inputs + after - reach, stride); // window
    if (last * stride >= before + (long) inputs) {
      last--;
    }
    long padding = last * stride + reach - before - inputs;
    return (int) Math.clamp(padding, 0L, Integer.MAX_VALUE);
  }
}
