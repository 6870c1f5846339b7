// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

/** A tensor between the operators of a model: known, or computed from the input. */
sealed interface Value permits Constant, Activation {
  /** What the elements are. */
  Type type();

  /** The dimensions in ONNX, the batch included. */
  int[] dims();
}
