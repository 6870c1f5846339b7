// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

/**
 * A tensor that a file keeps: a parameter or a buffer of a network.
 *
 * @param value the tensor in memory
 * @param layout how it lies in files
 * @param whole whether files keep it as whole numbers of 64 bits
 */
public record StoredTensor(Tensor value, Layout layout, boolean whole) {}
