// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.io.Serializable;

/**
 * What the rows of a training are.
 *
 * @param layout of their bytes
 * @param classes how many classes there are; of no meaning without labels
 * @param meanWeight what weights are divided by, so that their mean is 1
 */
record TaskRows(RowLayout layout, int classes, double meanWeight) implements Serializable {}
