// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.nio.file.Path;
import java.util.List;

/**
 * Files with a label each.
 *
 * @param files the files
 * @param labels {@code [files]}
 * @param classes the number of classes
 * @param classNames their names; empty if they have none
 */
record LabelledFiles(List<Path> files, int[] labels, int classes, List<String> classNames) {}
