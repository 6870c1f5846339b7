// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

/** What a pass is for. */
public enum Mode {
  /** Forward and backward: batch statistics, dropped units, everything that backward needs. */
  TRAINING,
  /** Forward alone, with the parameters and buffers as they are. */
  INFERENCE
}
