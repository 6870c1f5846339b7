// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ScheduleTest {
  private static final Path RECORDED =
      Path.of("src", "test", "resources", "optimizers", "schedules.safetensors");

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

  static Stream<Arguments> recorded() {
    OneCycle odd =
        new OneCycle(0.3, 33).rise(0.45).linear(true).momenta(0.5, 0.8).divisors(10, 100);
    return Stream.of(
        Arguments.of("step.rate", new StepDecay(0.1, 0.3, 7)),
        Arguments.of("multi-step.rate", new MultiStepDecay(0.1, 0.2, 5, 6, 20)),
        Arguments.of("exponential.rate", new ExponentialDecay(0.1, 0.9, 1)),
        Arguments.of("polynomial.rate", new PolynomialDecay(0.1, 30, 2.5, 0)),
        Arguments.of("linear.rate", new PolynomialDecay(0.1, 30)),
        Arguments.of("cosine.rate", new CosineDecay(0.1, 30, 0.01)),
        Arguments.of("restarts.rate", new CosineRestarts(0.1, 9, 2, 0.01)),
        Arguments.of("restarts-even.rate", new CosineRestarts(0.1, 9)),
        Arguments.of("warm-up.rate", new WarmUp(new StepDecay(0.1, 0.3, 7), 8, 0.25)),
        Arguments.of("one-cycle.rate", new OneCycle(0.3, 40)),
        Arguments.of("one-cycle.momentum", new OneCycle(0.3, 40).momentum()),
        Arguments.of("one-cycle-linear.rate", odd),
        Arguments.of("one-cycle-linear.momentum", odd.momentum()),
        Arguments.of("one-cycle-short.rate", new OneCycle(0.3, 3)),
        Arguments.of("one-cycle-short.momentum", new OneCycle(0.3, 3).momentum()));
  }

  /** PyTorch computes in double precision, some of them step from step. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("recorded")
  void theRatesAreThoseOfPyTorch(String name, Schedule schedule) throws IOException {
    Tensor expected = Safetensors.read(RECORDED).tensors().get(name);
    for (int step = 0; step < expected.size(); step++) {
      float rate = expected.data[expected.offset + step];
      assertEquals(rate, schedule.rate(step), 1.5f * Math.ulp(rate) + 1e-16f, "step " + step);
    }
  }

  @Test
  void exponentialDecayMayTakeManySteps() {
    Schedule schedule = new ExponentialDecay(0.8, 0.25, 100);
    assertEquals(0.8f, schedule.rate(0));
    assertEquals(0.4f, schedule.rate(50), 1e-7f);
    assertEquals(0.2f, schedule.rate(100), 1e-7f);
    assertEquals(0f, schedule.rate(Long.MAX_VALUE));
  }

  @Test
  void aRiseFromNothingComesFirst() {
    Schedule schedule = new WarmUp(new CosineDecay(0.5, 10), 5);
    assertEquals(0f, schedule.rate(0));
    assertEquals(0.2f, schedule.rate(2), 1e-7f);
    assertEquals(0.5f, schedule.rate(5));
    assertEquals(new CosineDecay(0.5, 10).rate(3), schedule.rate(8));
    assertEquals(15, schedule.last());
    assertEquals(Long.MAX_VALUE, new WarmUp(Schedule.constant(1f), 5).last());
  }

  @Test
  void restartsGoOnForever() {
    assertEquals(0.1f, new CosineRestarts(0.1, 1).rate(Long.MAX_VALUE));
    assertTrue(new CosineRestarts(0.1, 3, 2, 0).rate(Long.MAX_VALUE / 4) > 0);
  }

  static Stream<Arguments> ending() {
    return Stream.of(
        Arguments.of(new PolynomialDecay(0.1, 30), 30),
        Arguments.of(new CosineDecay(0.1, 30, 0.01), 30),
        Arguments.of(new OneCycle(0.1, 30), 29),
        Arguments.of(new OneCycle(0.1, 30).momentum(), 29),
        Arguments.of(new WarmUp(new OneCycle(0.1, 30), 4), 33));
  }

  /** It is refused, unless it is asked to hold its last rate. */
  @ParameterizedTest
  @MethodSource("ending")
  void aScheduleHasNoStepPastItsEnd(Schedule schedule, int last) {
    assertEquals(last, schedule.last());
    float rate = schedule.rate(last);
    for (long step : new long[] {last + 1L, Long.MAX_VALUE}) {
      assertRefused(
          "the schedule ends with step " + last + ", there is no step " + step,
          () -> schedule.rate(step));
      assertEquals(rate, schedule.hold().rate(step));
    }
    assertEquals(schedule.rate(3), schedule.hold().rate(3));
    assertEquals(Long.MAX_VALUE, schedule.hold().last());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("recorded")
  void thereIsNoStepBeforeTheFirst(String name, Schedule schedule) {
    assertRefused("must not be negative, but is -1", () -> schedule.rate(-1));
  }

  @Test
  void oneCycleOfFewSteps() {
    assertEquals(0.1f / 25e4f, new OneCycle(0.1, 1).rate(0), 1e-12f);
    for (int steps = 1; steps < 30; steps++) {
      for (double rise : new double[] {0, 0.1, 0.5, 1}) {
        OneCycle cycle = new OneCycle(0.1, steps).rise(rise);
        for (int step = 0; step < steps; step++) {
          float rate = cycle.rate(step);
          assertTrue(rate > 0 && rate <= 0.1f, steps + " steps, rise " + rise + ": " + rate);
          float momentum = cycle.momentum().rate(step);
          assertTrue(momentum >= 0.85f && momentum <= 0.95f, "" + momentum);
        }
      }
    }
  }

  @Test
  void aFactorOfOneKeepsTheRate() {
    for (Schedule schedule :
        List.of(
            new StepDecay(0.1, 1, 10),
            new MultiStepDecay(0.1, 1, 10),
            new ExponentialDecay(0.1, 1, 10))) {
      assertEquals(0.1f, schedule.rate(25), schedule.toString());
    }
  }

  @Test
  void impossibleSchedulesAreRefused() {
    for (double rate : new double[] {0, -1, Double.NaN, 1e39}) {
      for (Executable make :
          List.<Executable>of(
              () -> new StepDecay(rate, 0.1, 10),
              () -> new MultiStepDecay(rate, 0.1, 10),
              () -> new ExponentialDecay(rate, 0.1, 10),
              () -> new PolynomialDecay(rate, 10),
              () -> new CosineDecay(rate, 10),
              () -> new CosineRestarts(rate, 10),
              () -> new OneCycle(rate, 10))) {
        assertRefused("the learning rate must be finite and positive", make);
      }
    }
    for (double factor : new double[] {0, -0.1, 1.1, Double.NaN}) {
      for (Executable make :
          List.<Executable>of(
              () -> new StepDecay(0.1, factor, 10),
              () -> new MultiStepDecay(0.1, factor, 10),
              () -> new ExponentialDecay(0.1, factor, 10))) {
        assertRefused("factor must be above 0 and at most 1", make);
      }
    }
    for (Executable make :
        List.<Executable>of(
            () -> new StepDecay(0.1, 0.1, 0),
            () -> new ExponentialDecay(0.1, 0.1, 0),
            () -> new PolynomialDecay(0.1, 0),
            () -> new CosineDecay(0.1, 0),
            () -> new CosineRestarts(0.1, 0),
            () -> new CosineRestarts(0.1, 1, 0, 0),
            () -> new OneCycle(0.1, 0),
            () -> new WarmUp(Schedule.constant(1f), 0))) {
      assertRefused("must be positive, but is 0", make);
    }
    assertRefused("power must be", () -> new PolynomialDecay(0.1, 10, 0, 0));
    assertRefused("end must be", () -> new PolynomialDecay(0.1, 10, 1, -1));
    assertRefused("end must be", () -> new CosineDecay(0.1, 10, Double.NaN));
    assertRefused("end must be", () -> new CosineRestarts(0.1, 10, 1, -1));
    assertRefused("start must be from 0 to 1", () -> new WarmUp(Schedule.constant(1f), 1, 1.5));
    assertRefused("rise must be from 0 to 1", () -> new OneCycle(0.1, 10).rise(1.1));
    assertRefused("divisor must be", () -> new OneCycle(0.1, 10).divisors(0, 1));
    assertRefused("finalDivisor must be", () -> new OneCycle(0.1, 10).divisors(1, -1));
    assertRefused("lowMomentum must be", () -> new OneCycle(0.1, 10).momenta(1, 0.5));
    assertRefused("highMomentum must be", () -> new OneCycle(0.1, 10).momenta(0.5, -1));
    assertRefused(
        "milestones must be positive and rise, but are [3, 3]",
        () -> new MultiStepDecay(0.1, 0.1, 3, 3));
    assertRefused("milestones must be positive", () -> new MultiStepDecay(0.1, 0.1, 0));
  }

  private static void assertRefused(String part, Executable call) {
    String message = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(message.contains(part), message);
  }
}
