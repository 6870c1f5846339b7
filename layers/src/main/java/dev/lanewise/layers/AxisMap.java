// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/**
 * A linear map along the rows or the columns of a feature map: {@code output[o] = sum over k of
 * weights[o][k] * input[from[o][k]]}, with few terms each. Immutable; the arrays are not copied.
 *
 * @param inputs how many rows or columns come in
 * @param from [output]: which of them each output sees
 * @param weights [output]: their weights
 */
record AxisMap(int inputs, int[][] from, double[][] weights) {
  /**
   * A map whose outputs weigh all that they see alike.
   *
   * @param weight [output]: of each of its terms
   */
  static AxisMap of(int inputs, int[][] from, double... weight) {
    double[][] weights = new double[from.length][];
    for (int o = 0; o < from.length; o++) {
      weights[o] = new double[from[o].length];
      Arrays.fill(weights[o], weight[o]);
    }
    return new AxisMap(inputs, from, weights);
  }

  /**
   * A map whose outputs are copies of inputs.
   *
   * @param from the input of each output; none where there is no such input
   */
  static AxisMap copies(int inputs, int outputs, IntUnaryOperator from) {
    int[][] one = new int[outputs][];
    for (int o = 0; o < outputs; o++) {
      int i = from.applyAsInt(o);
      one[o] = i >= 0 && i < inputs ? new int[] {i} : new int[0];
    }
    double[] weight = new double[outputs];
    Arrays.fill(weight, 1);
    return of(inputs, one, weight);
  }

  int outputs() {
    return from.length;
  }

  /** The most terms of an output. */
  int longest() {
    return Arrays.stream(from).mapToInt(terms -> terms.length).max().orElse(0);
  }

  /** The gradient's way back: every input collects from the outputs that saw it, in their order. */
  AxisMap transposed() {
    int[] count = new int[inputs];
    for (int[] terms : from) {
      for (int i : terms) {
        count[i]++;
      }
    }
    int[][] back = new int[inputs][];
    double[][] backWeights = new double[inputs][];
    for (int i = 0; i < inputs; i++) {
      back[i] = new int[count[i]];
      backWeights[i] = new double[count[i]];
    }
    Arrays.fill(count, 0);
    for (int o = 0; o < from.length; o++) {
      for (int k = 0; k < from[o].length; k++) {
        int i = from[o][k];
        back[i][count[i]] = o;
        backWeights[i][count[i]++] = weights[o][k];
      }
    }
    return new AxisMap(outputs(), back, backWeights);
  }

  /** Whether an output is the same as the one before. */
  boolean repeats(int o) {
    return Arrays.equals(from[o], from[o - 1]) && Arrays.equals(weights[o], weights[o - 1]);
  }

  /** Whether an output sees what the one before sees, one further. */
  boolean follows(int o) {
    int[] one = from[o];
    int[] before = from[o - 1];
    boolean follows = Arrays.equals(weights[o], weights[o - 1]);
    for (int k = 0; follows && k < one.length; k++) {
      follows = one[k] == before[k] + 1;
    }
    return follows;
  }
}
