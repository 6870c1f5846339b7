// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.models;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Conv2d;

/** Convolutions as PyTorch's models have them. */
final class Convolutions {
  private Convolutions() {}

  /** A square window padded by half of itself on each side, whatever the stride. */
  static Window window(int kernel, int stride) {
    int pad = kernel / 2;
    return Window.valid(kernel).padding(pad, pad, pad, pad).stride(stride);
  }

  /** A convolution before a batch normalisation, which makes a bias useless. */
  static Conv2d unbiased(int channels, int kernel, int stride) {
    return new Conv2d(channels, window(kernel, stride)).bias(false);
  }
}
