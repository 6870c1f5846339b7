// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

/** The batch whose gradients a convolution and its slices have begun, if any. */
final class GradientBatch {
  private static final int NONE = -1;

  private int images = NONE;

  void begin(int images) {
    this.images = images;
  }

  /** How many images it has. */
  int images() {
    if (images == NONE) {
      throw new IllegalStateException("no gradients were begun");
    }
    return images;
  }

  void end() {
    images = NONE;
  }
}
