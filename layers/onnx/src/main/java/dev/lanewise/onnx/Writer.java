// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

/** How the layers of a kind are written: the reverse of an {@link Operator}. */
@FunctionalInterface
interface Writer {
  /**
   * Adds the nodes of a layer.
   *
   * @param call the layer
   * @return what it makes
   */
  Written write(WriteCall call);
}
