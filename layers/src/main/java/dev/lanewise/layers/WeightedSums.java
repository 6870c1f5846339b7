// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

/**
 * Sums of a few terms, {@code w * x[a + i]} each, for n neighbouring elements.
 *
 * <p>Sums are doubles also because C2 then knows that they are never the array that is read or
 * written, and makes vector instructions of these loops. Several terms in one loop load and store
 * the sums less often. Products and sums are rounded one by one, from left to right.
 */
final class WeightedSums {
  private WeightedSums() {}

  /** {@code sum[i] = wa * x[a + i]}. */
  static void set(int n, double[] sum, float[] x, int a, double wa) {
    for (int i = 0; i < n; i++) {
      sum[i] = wa * x[a + i];
    }
  }

  /** The sum of two terms. */
  static void set(int n, double[] sum, float[] x, int a, double wa, int b, double wb) {
    for (int i = 0; i < n; i++) {
      sum[i] = wa * x[a + i] + wb * x[b + i];
    }
  }

  /** The sum of four terms. */
  static void set(
      int n,
      double[] sum,
      float[] x,
      int a,
      double wa,
      int b,
      double wb,
      int c,
      double wc,
      int d,
      double wd) {
    for (int i = 0; i < n; i++) {
      sum[i] = wa * x[a + i] + wb * x[b + i] + wc * x[c + i] + wd * x[d + i];
    }
  }

  /** Adds a term. */
  static void add(int n, double[] sum, float[] x, int a, double wa) {
    for (int i = 0; i < n; i++) {
      sum[i] = sum[i] + wa * x[a + i];
    }
  }

  /** Adds four terms, one after the other. */
  static void add(
      int n,
      double[] sum,
      float[] x,
      int a,
      double wa,
      int b,
      double wb,
      int c,
      double wc,
      int d,
      double wd) {
    for (int i = 0; i < n; i++) {
      sum[i] = sum[i] + wa * x[a + i] + wb * x[b + i] + wc * x[c + i] + wd * x[d + i];
    }
  }

  /** {@code y[at + i] = wa * sum[a + i]}, rounded to a float. */
  static void round(int n, double[] sum, int a, double wa, float[] y, int at) {
    for (int i = 0; i < n; i++) {
      y[at + i] = (float) (wa * sum[a + i]);
    }
  }

  /** A sum of two such terms, rounded to a float. */
  static void round(int n, double[] sum, int a, double wa, int b, double wb, float[] y, int at) {
    for (int i = 0; i < n; i++) {
      y[at + i] = (float) (wa * sum[a + i] + wb * sum[b + i]);
    }
  }

  /** A sum of three. */
  static void round(
      int n,
      double[] sum,
      int a,
      double wa,
      int b,
      double wb,
      int c,
      double wc,
      float[] y,
      int at) {
    for (int i = 0; i < n; i++) {
      y[at + i] = (float) (wa * sum[a + i] + wb * sum[b + i] + wc * sum[c + i]);
    }
  }

  /** A sum of four. */
  static void round(
      int n,
      double[] sum,
      int a,
      double wa,
      int b,
      double wb,
      int c,
      double wc,
      int d,
      double wd,
      float[] y,
      int at) {
    for (int i = 0; i < n; i++) {
      y[at + i] = (float) (wa * sum[a + i] + wb * sum[b + i] + wc * sum[c + i] + wd * sum[d + i]);
    }
  }
}
