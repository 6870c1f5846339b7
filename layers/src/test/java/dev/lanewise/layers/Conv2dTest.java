// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.shape.Window;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Convolutions with groups; those without are among the networks of {@link PyTorchTest}. */
final class Conv2dTest {
  static Stream<Arguments> recorded() {
    Window padded = Window.valid(3).padding(1, 1, 1, 1);
    return Stream.of(
        Arguments.of("conv-groups", new Conv2d(6, padded).groups(2)),
        Arguments.of("conv-groups-1x1", new Conv2d(8, Window.valid(1)).groups(4).bias(false)),
        Arguments.of("conv-depthwise", new Conv2d(5, padded).groups(5)),
        Arguments.of(
            "conv-depthwise-strided", new Conv2d(3, padded.stride(2)).groups(3).bias(false)),
        Arguments.of(
            "conv-depthwise-multiplied",
            new Conv2d(6, Window.valid(2, 3).dilation(2, 2)).groups(3)));
  }

  @ParameterizedTest
  @MethodSource("recorded")
  void pytorch(String name, Conv2d layer) throws IOException {
    RecordedCase.assertAgrees(name, layer);
  }
}
