// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.profile;

import dev.lanewise.engine.run.WorkerTeam;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * A loop of fused multiply-adds, as fast as the processor can do them: the yardstick for every
 * layer and kernel. {@link #peak} measures the rate of several threads; an instance is for one.
 *
 * <p>It is a plain loop that C2 vectorises. Each element goes through a chain of {@value #CHAIN}
 * dependent multiply-adds, and the processor overlaps the chains of different elements; the array
 * stays in the first-level cache, and the one load and one store of a chain find their place beside
 * it. Twelve accumulators written with the Vector API reach at most a twentieth more.
 *
 * <p>Winograd's algorithm does fewer multiply-adds than a convolution has by definition, so that a
 * layer may exceed this rate.
 */
public final class FmaLoop {
  /** Few enough for C2 to unroll the loop; longer chains are not vectorised reliably. */
  private static final int CHAIN = 8;

  /** 12 KiB: within every first-level cache, and long against the loop's head and tail. */
  private static final int LENGTH = 3072;

  private static final int PASSES = 2000;

  /** Operations of a {@link #run} / 1e9, a multiply-add counted as two. */
  public static final double GFLOP = 2e-9 * CHAIN * LENGTH * PASSES;

  private static final double NANOS = 1e9;

  private final float[] x = new float[LENGTH];

  /** A loop that C2 has still to compile. */
  public FmaLoop() {
    Arrays.fill(x, 1f); // the fixed point of the chain
  }

  /**
   * The rate that the processor can reach: the best of many tries of about a millisecond, since
   * whatever else runs on the machine can only lower a try.
   *
   * @param team the threads that are to compute
   * @param time how long to try
   * @return of all threads together, in GFLOP/s
   */
  public static double peak(WorkerTeam team, Duration time) {
    int threads = team.threads();
    FmaLoop[] loops = Stream.generate(FmaLoop::new).limit(threads).toArray(FmaLoop[]::new);
    double best = 0;
    long end = System.nanoTime() + time.toNanos();
    long start;
    do {
      start = System.nanoTime();
      team.run(threads, (task, worker) -> loops[task].run());
      best = Math.max(best, GFLOP * threads * NANOS / (System.nanoTime() - start));
    } while (start < end);
    Stream.of(loops).forEach(FmaLoop::check);
    return best;
  }

  /** Takes about a millisecond. */
  public void run() {
    for (int i = 0; i < PASSES; i++) {
      pass(x, 0.999f, 0.001f);
    }
  }

  private static void pass(float[] x, float a, float b) {
    for (int i = 0; i < LENGTH; i++) {
      float v = x[i];
      v = Math.fma(v, a, b);
      v = Math.fma(v, a, b);
      v = Math.fma(v, a, b);
      v = Math.fma(v, a, b);
      v = Math.fma(v, a, b);
      v = Math.fma(v, a, b);
      v = Math.fma(v, a, b);
      v = Math.fma(v, a, b);
      x[i] = v;
    }
  }

  /**
   * The mean rate over some time.
   *
   * @param seconds the shortest time
   * @return in GFLOP/s
   */
  public double rate(double seconds) {
    long start = System.nanoTime();
    double gflop = 0;
    long elapsed;
    do {
      run();
      gflop += GFLOP;
      elapsed = System.nanoTime() - start;
    } while (elapsed < seconds * NANOS);
    check();
    return gflop * NANOS / elapsed;
  }

  /**
   * Makes sure that the loop has computed something.
   *
   * @throws AssertionError if a result is wrong
   */
  public void check() {
    if (!(Math.abs(x[LENGTH - 1] - 1f) < 1e-3f)) {
      throw new AssertionError("wrong result " + x[LENGTH - 1]);
    }
  }
}
