// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.layers.check.GradientCheck;
import dev.lanewise.layers.graph.Shape;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ScaleTest {
  @ParameterizedTest
  @CsvSource({"3, 5, 4", "1, 1, 7", "40, 30, 1", "9, 7, 32", "1, 2, 1500"})
  void derivesAndKeepsItsPromises(int height, int width, int channels) {
    new GradientCheck().layer(new Scale(), Shape.of(height, width, channels));
  }
}
