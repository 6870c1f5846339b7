// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

/** How the tensors of a file find their places in a network. */
public enum Match {
  /**
   * By their names, without a prefix that all of them have in common and that wrappers put there:
   * {@code module.} (DataParallel), {@code _orig_mod.} (torch.compile), {@code model.} (Lightning),
   * or several of these.
   */
  NAMES,

  /**
   * By order and shape, where the names do not go: a layer of the network gets the first layer of
   * the file that is still left, has tensors of the same names within the layer ({@code weight},
   * {@code bias}), and these in the same shapes. The order is that of the file, or, where that is
   * sorted by name, as the {@code safetensors} library for Python writes it, that of the names with
   * their numbers as numbers: {@code conv2} comes before {@code conv10}. Look at what was matched:
   * layers of equal shapes are told apart by their order alone.
   */
  SHAPES
}
