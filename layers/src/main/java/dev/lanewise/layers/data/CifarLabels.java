// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

/** Which labels the images of a CIFAR file have, and which of them are taken. */
public enum CifarLabels {
  /** CIFAR-10: one of 10 classes. */
  TEN("CIFAR-10", 10, "batches.meta.txt", 10),
  /** CIFAR-100: one of 100 classes. */
  FINE("CIFAR-100", 100, "fine_label_names.txt", 20, 100),
  /** CIFAR-100: one of 20 groups of 5 classes each. */
  COARSE("CIFAR-100", 20, "coarse_label_names.txt", 20, 100);

  /** The data set. */
  final String dataSet;

  /** The number of classes. */
  final int classes;

  /** The file with the names of the classes. */
  final String names;

  /** How many values each of the labels before an image has. */
  private final int[] ranges;

  CifarLabels(String dataSet, int classes, String names, int... ranges) {
    this.dataSet = dataSet;
    this.classes = classes;
    this.names = names;
    this.ranges = ranges;
  }

  /** The bytes before the pixels. */
  int header() {
    return ranges.length;
  }

  /** How many values a label has. */
  int range(int label) {
    return ranges[label];
  }

  /** Which of the labels is taken. */
  int taken() {
    return this == FINE ? 1 : 0;
  }
}
