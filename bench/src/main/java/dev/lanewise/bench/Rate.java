package dev.lanewise.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What the operations of a benchmark are worth, in a row of its own below the score. JMH divides
 * the sums by the seconds of an iteration (and writes "ops/s" whatever they count).
 */
public final class Rate {
  private Rate() {}

  /** Floating-point operations. */
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class Flops {
    /** Operations / 1e9, a multiply-add counted as two: per second, GFLOP/s. */
    public double gflop;

    /** Starts an iteration at 0. */
    @Setup(Level.Iteration)
    public void reset() {
      gflop = 0;
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
