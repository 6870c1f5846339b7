// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CurvesTest {
  private static Curves curves() {
    Curves curves = new Curves();
    for (int i = 0; i < 64; i++) {
      curves.steps(1.0 / (i + 1), 0.05f);
    }
    return curves;
  }

  @Test
  void nothingBeforeThereIsACurve() {
    assertEquals("", new Curves().line(80));
    Curves curves = new Curves();
    curves.steps(1, 0.05f);
    assertEquals("", curves.line(80));
  }

  @Test
  void lossAccuracyAndRate() {
    Curves curves = curves();
    assertTrue(
        curves.line(80).matches(" loss █[▁-█]{30}▁   learning rate 0.0500"), curves.line(80));
    curves.accuracy(0.5);
    curves.accuracy(0.9);
    assertTrue(
        curves
            .line(100)
            .matches(" loss █[▁-█]{18,31}   accuracy 90.00 % ▁█   learning rate 0.0500"),
        curves.line(100));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 10, 20, 30, 40, 60, 79, 200})
  void neverWiderThanTheTerminal(int columns) {
    Curves curves = curves();
    assertTrue(curves.line(columns).length() <= columns, curves.line(columns));
    for (int i = 0; i < 40; i++) {
      curves.accuracy(0.9 + i * 1e-3);
      assertTrue(curves.line(columns).length() <= columns, curves.line(columns));
    }
    assertEquals(columns < 14, curves.line(columns).isEmpty(), curves.line(columns));
  }
}
