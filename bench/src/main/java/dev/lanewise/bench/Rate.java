// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.layers.profile.FmaLoop;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What the operations of a benchmark are worth, in a row of its own below the score. JMH divides
 * the sums by the seconds of an iteration (and writes "ops/s" whatever they count).
 */
public final class Rate {
  /**
   * For the JVM of whatever has {@link Flops}: a loop around another {@link FmaLoop#run} was once
   * compiled to less than half of the rate.
   */
  static final String KEEP_LOOP =
      "-XX:CompileCommand=dontinline,dev.lanewise.layers.profile.FmaLoop::pass";

  private Rate() {}

  /**
   * Floating-point operations, and those that {@link FmaLoop} would have done meanwhile: it runs on
   * the same thread just before and after, so that what others on the machine take away, they take
   * away from both.
   */
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class Flops {
    private static final double COMPILING = 0.5; // seconds
    private static final double BESIDE = 0.01; // seconds
    private static final double NANOS = 1e9;

    private final FmaLoop loop = new FmaLoop();
    private double before;
    private long start;
    private double possible;

    /** Operations / 1e9, a multiply-add counted as two: per second, GFLOP/s. */
    public double gflop;

    /** Lets C2 compile the loop. */
    @Setup
    public void warmUp() {
      loop.rate(COMPILING);
    }

    /** Starts an iteration at 0. */
    @Setup(Level.Iteration)
    public void reset() {
      gflop = 0;
      before = loop.rate(BESIDE);
      start = System.nanoTime();
    }

    /** Ends an iteration. */
    @TearDown(Level.Iteration)
    public void end() {
      double seconds = (System.nanoTime() - start) / NANOS;
      possible = (before + loop.rate(BESIDE)) / 2 * seconds;
    }

    /**
     * Operations / 1e9 of one thread at the peak rate of the processor: per second, GFLOP/s.
     *
     * @return how many it would have been in the last iteration
     */
    public double fmaPeak() {
      return possible;
    }
  }

  /** Images. */
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class Images {
    /** Images that went through: per second, images/s. */
    public double images;

    /** Starts an iteration at 0. */
    @Setup(Level.Iteration)
    public void reset() {
      images = 0;
    }
  }

  /** Allocated memory. */
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class Allocation {
    /** Bytes that were allocated on the heap: per second, B/s. */
    public double bytes;

    /** Starts an iteration at 0. */
    @Setup(Level.Iteration)
    public void reset() {
      bytes = 0;
    }
  }
}
