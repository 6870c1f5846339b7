// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.engine.run.WorkerTeam;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ProductsTest {
  @ParameterizedTest
  @EnumSource
  void multiplyAsAPlainLoop(Products library) {
    try (WorkerTeam team = new WorkerTeam(1)) {
      for (boolean transposedA : new boolean[] {false, true}) {
        for (boolean transposedB : new boolean[] {false, true}) {
          Products.Shape shape = new Products.Shape(5, 7, 9, transposedA, transposedB);
          float[] a = Operands.integers(5 * 9, 1);
          float[] b = Operands.integers(9 * 7, 2);
          float[] c = new float[5 * 7];
          Arrays.fill(c, Float.NaN);
          library.product(shape, a, b, c, team).run();
          Operands.check(library + " " + shape, c, index -> shape.element(a, b, index));
        }
      }
    }
  }
}
