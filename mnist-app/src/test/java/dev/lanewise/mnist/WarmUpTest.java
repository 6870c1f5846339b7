package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class WarmUpTest {
  /** What it throws in its own thread, no other test would notice. */
  @ParameterizedTest
  @EnumSource
  void trainsEveryNetwork(Model model) {
    assertDoesNotThrow(new WarmUp(model)::run);
  }
}
