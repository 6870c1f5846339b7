// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Eigenvalues and eigenvectors of a small symmetric matrix, by Jacobi's method: rotations in the
 * plane of two axes make the elements beside the diagonal zero, one after another (Golub and Van
 * Loan, "Matrix computations", section 8.5). It needs the operations alone that IEEE 754 rounds
 * exactly, so its bits are the same everywhere.
 *
 * @param values rising
 * @param vectors each of length 1, in the order of their values
 */
record SymmetricEigen(double[] values, double[][] vectors) {
  private static final int MAX_SWEEPS = 100;

  /** Decomposes a matrix, which is not changed. */
  static SymmetricEigen of(double[][] matrix) {
    int n = matrix.length;
    double[][] a = Arrays.stream(matrix).map(double[]::clone).toArray(double[][]::new);
    double[][] v = new double[n][n]; // rows become the vectors
    for (int i = 0; i < n; i++) {
      v[i][i] = 1;
    }
    for (int sweep = 0; sweep < MAX_SWEEPS && !isDiagonal(a); sweep++) {
      for (int p = 0; p < n; p++) {
        for (int q = p + 1; q < n; q++) {
          rotate(a, v, p, q);
        }
      }
    }
    int[] order =
        IntStream.range(0, n)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> a[i][i]))
            .mapToInt(Integer::intValue)
            .toArray();
    return new SymmetricEigen(
        Arrays.stream(order).mapToDouble(i -> a[i][i]).toArray(),
        Arrays.stream(order).mapToObj(i -> v[i]).toArray(double[][]::new));
  }

  /** Whether what stands beside the diagonal adds nothing to what stands on it. */
  private static boolean isDiagonal(double[][] a) {
    for (int p = 0; p < a.length; p++) {
      for (int q = p + 1; q < a.length; q++) {
        double size = Math.abs(a[p][p]) + Math.abs(a[q][q]);
        if (size + Math.abs(a[p][q]) != size) {
          return false;
        }
      }
    }
    return true;
  }

  private static void rotate(double[][] a, double[][] v, int p, int q) {
    if (a[p][q] == 0) {
      return;
    }
    double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
    double tangent = 1 / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
    tangent = theta < 0 ? -tangent : tangent;
    double cosine = 1 / Math.sqrt(tangent * tangent + 1);
    double sine = tangent * cosine;
    for (double[] row : a) {
      double x = row[p];
      double y = row[q];
      row[p] = cosine * x - sine * y;
      row[q] = sine * x + cosine * y;
    }
    rotateRows(a[p], a[q], cosine, sine);
    rotateRows(v[p], v[q], cosine, sine);
  }

  private static void rotateRows(double[] p, double[] q, double cosine, double sine) {
    for (int i = 0; i < p.length; i++) {
      double x = p[i];
      double y = q[i];
      p[i] = cosine * x - sine * y;
      q[i] = sine * x + cosine * y;
    }
  }
}
