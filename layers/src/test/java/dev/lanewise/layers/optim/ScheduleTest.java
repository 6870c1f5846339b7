package dev.lanewise.layers.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ScheduleTest {
  @Test
  void aConstantRateIsTheSameInEveryStep() {
    Schedule schedule = Schedule.constant(0.1f);
    assertEquals(0.1f, schedule.rate(0));
    assertEquals(0.1f, schedule.rate(Long.MAX_VALUE));
  }

  @ParameterizedTest
  @ValueSource(floats = {0f, -0.1f, Float.NaN, Float.POSITIVE_INFINITY})
  void impossibleLearningRatesAreRefused(float rate) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Schedule.constant(rate)).getMessage();
    assertTrue(message.contains("learning rate") && message.contains("" + rate), message);
  }
}
