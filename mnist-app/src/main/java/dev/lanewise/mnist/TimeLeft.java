// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.time.Duration;
import java.util.Optional;

/**
 * How long a training will go on, by its speed. The first steps say nothing of that, since the JVM
 * has yet to compile what they run: the speed counts from when it no longer changes, and there is
 * no answer before a second of steady steps. After ten seconds the speed is a mean in which the
 * past fades, and pauses for validation are part of it. Not thread-safe.
 */
final class TimeLeft {
  private static final long SECOND = 1_000_000_000;
  private static final long SAMPLE = SECOND / 5;
  private static final int LEAST_SAMPLES = 3;

  /** Even code that is not compiled runs steadily, but not for so many steps. */
  private static final long LEAST_STEPS = 100;

  private static final long WARM_UP = 10 * SECOND;
  private static final double MEMORY = 30.0 * SECOND;

  /** Speeds are alike if neither is half again the other. */
  private static final double ALIKE = 1.5;

  private final long batchSize;
  private final long begin;
  private long lastNanos;
  private long lastImages;
  private int samples;
  private double nanosSum;
  private double imagesSum;

  /**
   * Begins to measure.
   *
   * @param batchSize how many images a step has
   * @param nanos the time
   * @param images how many images have been trained on before
   */
  TimeLeft(int batchSize, long nanos, long images) {
    this.batchSize = batchSize;
    begin = nanos;
    lastNanos = nanos;
    lastImages = images;
  }

  /**
   * Measures, unless the last measurement is less than a fifth of a second ago.
   *
   * @param nanos the time
   * @param images how many images have been trained on in all
   */
  void measure(long nanos, long images) {
    long time = nanos - lastNanos;
    if (time < SAMPLE) {
      return;
    }
    long count = images - lastImages;
    if (isWarmUp() && !alike((double) count / time, imagesSum / nanosSum)) {
      samples = 0;
      nanosSum = 0;
      imagesSum = 0;
    }
    double keep = isWarmUp() ? 1 : Math.exp(-time / MEMORY);
    nanosSum = keep * nanosSum + time;
    imagesSum = keep * imagesSum + count;
    samples++;
    lastNanos = nanos;
    lastImages = images;
  }

  private boolean isWarmUp() {
    return lastNanos - begin < WARM_UP;
  }

  private static boolean alike(double a, double b) {
    return a < ALIKE * b && b < ALIKE * a;
  }

  /**
   * The time left.
   *
   * @param images how many images there will be in all
   * @return by the last measurement; nothing while the speed is unknown
   */
  Optional<Duration> until(long images) {
    boolean steady =
        samples >= LEAST_SAMPLES && nanosSum >= SECOND && imagesSum >= LEAST_STEPS * batchSize;
    return imagesSum > 0 && (steady || !isWarmUp())
        ? Optional.of(Duration.ofNanos((long) ((images - lastImages) * nanosSum / imagesSum)))
        : Optional.empty();
  }
}
