// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TimeLeftTest {
  private static final long MILLI = 1_000_000;

  private final TimeLeft left = new TimeLeft(10, 0, 0);
  private long now;
  private long images;

  /** Trains at a speed, with a report every 100 ms. */
  private void run(double seconds, double imagesPerSecond) {
    for (int i = 0; i < Math.round(seconds * 10); i++) {
      now += 100 * MILLI;
      images += Math.round(imagesPerSecond / 10);
      left.measure(now, images);
    }
  }

  private void assertLeft(double seconds, double tolerance, long until) {
    Duration duration = left.until(until).orElseThrow();
    assertEquals(seconds, duration.toMillis() * 1e-3, tolerance);
  }

  @Test
  void isUnknownBeforeASecondOfSteadySteps() {
    run(0.9, 10_000);
    assertEquals(Optional.empty(), left.until(100_000));
    run(0.1, 10_000);
    assertLeft(9, 0.01, 100_000);
  }

  @Test
  void theFirstStepsDoNotCount() {
    for (double speed = 10; speed < 10_000; speed *= 2) {
      run(0.4, speed);
      assertEquals(Optional.empty(), left.until(1_000_000));
    }
    run(0.8, 10_000);
    assertEquals(Optional.empty(), left.until(1_000_000));
    run(0.4, 10_000);
    assertLeft((1_000_000 - images) / 1e4, 0.5, 1_000_000);
  }

  /** Code that is not compiled yet: a few steps, each as slow as the other. */
  @Test
  void aFewSlowStepsAreNotSteady() {
    run(5, 100);
    assertEquals(Optional.empty(), left.until(100_000));
    run(1.2, 10_000);
    assertTrue(left.until(100_000).orElseThrow().toSeconds() < 10);
  }

  @Test
  void afterTenSecondsThereIsAnAnswerAnyway() {
    run(10.2, 10);
    assertLeft(90, 5, 1_000);
  }

  @Test
  void pausesArePartOfTheSpeed() {
    run(11, 10_000);
    for (int i = 0; i < 20; i++) {
      run(1, 10_000);
      now += 1000 * MILLI;
    }
    run(0.2, 10_000);
    // Nearly half of the time nothing is trained.
    double seconds = left.until(images + 100_000).orElseThrow().toMillis() * 1e-3;
    assertTrue(seconds > 14 && seconds < 20, seconds + " s");
  }

  @Test
  void whatWasTrainedBeforeIsNoSpeed() {
    TimeLeft resumed = new TimeLeft(10, 0, 1_000_000);
    for (int i = 1; i <= 15; i++) {
      resumed.measure(i * 100 * MILLI, 1_000_000 + i * 1_000);
    }
    long seconds = resumed.until(1_100_000).orElseThrow().toSeconds();
    assertTrue(seconds == 8 || seconds == 9, seconds + " s");
  }
}
