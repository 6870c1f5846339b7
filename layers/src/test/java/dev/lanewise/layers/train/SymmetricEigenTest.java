// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class SymmetricEigenTest {
  @Test
  void knownMatrix() {
    double[][] matrix = {{2, 1}, {1, 2}};
    SymmetricEigen eigen = SymmetricEigen.of(matrix);
    assertArrayEquals(new double[] {1, 3}, eigen.values(), 1e-15);
    double[] second = eigen.vectors()[1];
    assertEquals(second[0], second[1], 1e-15);
    assertArrayEquals(new double[] {2, 1}, matrix[0], "the matrix stays");
  }

  @Property(tries = 200)
  void itIsTheMatrix(@ForAll @IntRange(min = 1, max = 12) int n, @ForAll long seed) {
    Random random = new Random(seed);
    double[][] matrix = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = i; j < n; j++) {
        // Some of them very small, some zero.
        double value = random.nextGaussian() * (random.nextInt(4) == 0 ? 1e-9 : 1);
        matrix[i][j] = random.nextInt(5) == 0 ? 0 : value;
        matrix[j][i] = matrix[i][j];
      }
    }
    SymmetricEigen eigen = SymmetricEigen.of(matrix);
    double[][] v = eigen.vectors();
    for (int i = 0; i < n; i++) {
      assertTrue(i == 0 || eigen.values()[i - 1] <= eigen.values()[i], "rising");
      for (int j = 0; j < n; j++) {
        double product = 0; // of vectors
        double element = 0; // of V^T D V
        for (int k = 0; k < n; k++) {
          product += v[i][k] * v[j][k];
          element += v[k][i] * eigen.values()[k] * v[k][j];
        }
        assertEquals(i == j ? 1 : 0, product, 1e-12);
        assertEquals(matrix[i][j], element, 1e-11);
      }
    }
  }
}
