// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WarmUpTest {
  /** What it throws in its own thread, no other test would notice. */
  @ParameterizedTest
  @ValueSource(
      strings = {"simple", "complex", "lenet_wide", "vgg11_bn"}) // the last one: images too small
  void trainsANetwork(String model) {
    assertDoesNotThrow(new WarmUp(model)::run);
  }
}
