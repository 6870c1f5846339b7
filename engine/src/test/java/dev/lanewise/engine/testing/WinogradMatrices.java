// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.testing;

import dev.lanewise.engine.kernel.Winograd;

/** The matrices of Lavin and Gray. */
public final class WinogradMatrices {
  private static final double[][] INPUT = {
    {4, 0, -5, 0, 1, 0},
    {0, -4, -4, 1, 1, 0},
    {0, 4, -4, -1, 1, 0},
    {0, -2, -1, 2, 1, 0},
    {0, 2, -1, -2, 1, 0},
    {0, 4, 0, -5, 0, 1}
  };
  private static final double[][] OUTPUT = {
    {1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}
  };

  /** For two outputs, with nothing at the points 2 and -2. */
  private static final double[][] SMALL_INPUT = {
    {4, 0, -4, 0}, {0, -3, -3, 0}, {0, 3, -3, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}, {0, -1, 0, 1}
  };

  private static final double[][] SMALL_OUTPUT = {{1, 1, 1, 0, 0, 0}, {0, 1, -1, 0, 0, 1}};
  private static final double[][] WEIGHT = {
    {1 / 4.0, 0, 0},
    {-1 / 6.0, -1 / 6.0, -1 / 6.0},
    {-1 / 6.0, 1 / 6.0, -1 / 6.0},
    {1 / 24.0, 1 / 12.0, 1 / 6.0},
    {1 / 24.0, -1 / 12.0, 1 / 6.0},
    {0, 0, 1}
  };

  private WinogradMatrices() {}

  /**
   * The matrix of a transform.
   *
   * @param tile rows or columns of the output tile, 4 or 2
   */
  public static double[][] of(Winograd transform, int tile) {
    return switch (transform) {
      case INPUT -> tile == 4 ? INPUT : SMALL_INPUT;
      case OUTPUT -> tile == 4 ? OUTPUT : SMALL_OUTPUT;
      case OUTPUT_GRADIENT -> transpose(tile == 4 ? OUTPUT : SMALL_OUTPUT);
      case WEIGHT -> WEIGHT;
      case WEIGHT_GRADIENT -> transpose(WEIGHT);
    };
  }

  public static double[][] transpose(double[][] m) {
    double[][] t = new double[m[0].length][m.length];
    for (int i = 0; i < m.length; i++) {
      for (int j = 0; j < t.length; j++) {
        t[j][i] = m[i][j];
      }
    }
    return t;
  }
}
