package dev.lanewise.bench;

import java.util.Arrays;
import org.openjdk.jmh.annotations.CompilerControl;

/**
 * A loop of fused multiply-adds, as fast as the processor can do them: the yardstick for every
 * kernel. For one thread.
 *
 * <p>It is a plain loop that C2 vectorises. Each element goes through a chain of {@value #CHAIN}
 * dependent multiply-adds, and the processor overlaps the chains of different elements; the array
 * stays in the first-level cache, and the one load and one store of a chain find their place beside
 * it. Twelve accumulators written with the Vector API reach at most a twentieth more.
 */
final class FmaLoop {
  /** Few enough for C2 to unroll the loop; longer chains are not vectorised reliably. */
  private static final int CHAIN = 8;

  /** 12 KiB: within every first-level cache, and long against the loop's head and tail. */
  private static final int LENGTH = 3072;

  private static final int PASSES = 2000;

  /** Operations of a {@link #run} / 1e9, a multiply-add counted as two. */
  static final double GFLOP = 2e-9 * CHAIN * LENGTH * PASSES;

  private static final double NANOS = 1e9;

  private final float[] x = new float[LENGTH];

  /** A loop that C2 has still to compile. */
  FmaLoop() {
    Arrays.fill(x, 1f); // the fixed point of the chain
  }

  /** Takes about a millisecond. */
  void run() {
    for (int i = 0; i < PASSES; i++) {
      pass(x, 0.999f, 0.001f);
    }
  }

  /** A loop around another {@link #run} was once compiled to less than half of the rate. */
  @CompilerControl(CompilerControl.Mode.DONT_INLINE) // heard by JMH's JVMs alone
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
   * The mean rate over some time, in GFLOP/s.
   *
   * @param seconds the shortest time
   */
  double rate(double seconds) {
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

  /** Throws an {@link AssertionError} if a result is wrong. */
  void check() {
    if (!(Math.abs(x[LENGTH - 1] - 1f) < 1e-3f)) {
      throw new AssertionError("wrong result " + x[LENGTH - 1]);
    }
  }
}
