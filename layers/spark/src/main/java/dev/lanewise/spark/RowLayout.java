// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.io.Serializable;

/**
 * Where what lies in the bytes of a row: the target, an integer for a label or else floats; its
 * weight, a float, if rows have weights; and the values of the image, floats. All little-endian.
 *
 * @param targets how many values a target has; 0 for a label
 * @param weighted whether rows have weights
 * @param values how many values an image has
 */
record RowLayout(int targets, boolean weighted, int values) implements Serializable {
  int weightAt() {
    return targets == 0 ? Integer.BYTES : Float.BYTES * targets;
  }

  int imageAt() {
    return weightAt() + (weighted ? Float.BYTES : 0);
  }

  int bytes() {
    return Math.addExact(imageAt(), Math.multiplyExact(Float.BYTES, values));
  }
}
