// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

/**
 * An image that was made of a picture.
 *
 * @param pixels unsigned values {@code [H, W, C]}; not copied
 * @param note what was done, in a line for people
 */
public record Framed(byte[] pixels, String note) {}
