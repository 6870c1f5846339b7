// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.shape.Window;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class MaxPool2dTest {
  static Stream<Arguments> recorded() {
    Window three = Window.valid(3).stride(2);
    Window padded = three.padding(1, 1, 1, 1);
    Window dilated = Window.valid(2, 3).stride(1, 2).padding(1, 1, 1, 1).dilation(3, 2);
    return Stream.of(
        Arguments.of("max-pool", new MaxPool2d(padded)),
        Arguments.of("max-pool-ceil", new MaxPool2d(three).ceil(true)),
        Arguments.of("max-pool-ceil-padded", new MaxPool2d(padded).ceil(true)),
        Arguments.of("max-pool-dilated", new MaxPool2d(dilated).ceil(true)),
        Arguments.of("max-pool-global", MaxPool2d.global()));
  }

  @ParameterizedTest
  @MethodSource("recorded")
  void pytorch(String name, MaxPool2d layer) throws IOException {
    RecordedCase.assertAgrees(name, layer);
  }
}
