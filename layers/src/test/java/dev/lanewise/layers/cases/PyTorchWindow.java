// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.engine.shape.Window;
import java.util.Arrays;
import java.util.regex.Pattern;

/** The window of a convolution or a pooling of {@code pytorch_cases.py}. */
public final class PyTorchWindow {
  private static final Pattern COMMA = Pattern.compile(",");

  private PyTorchWindow() {}

  /** Kernel, stride and dilation of rows and columns, and the padding. */
  public static Window of(String... words) {
    int from = words[0].equals("conv") ? 3 : 1;
    int[] n = Arrays.stream(words, from, from + 6).mapToInt(Integer::parseInt).toArray();
    String padding = words[from + 6];
    Window window;
    if (padding.equals("same")) {
      window = Window.same(n[0], n[1]);
    } else {
      int[] p = COMMA.splitAsStream(padding).mapToInt(Integer::parseInt).toArray();
      window = Window.valid(n[0], n[1]).padding(p[0], p[1], p[2], p[3]);
    }
    return window.stride(n[2], n[3]).dilation(n[4], n[5]);
  }
}
