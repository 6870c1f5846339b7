// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.engine.Convolution;
import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The three passes of the 3x3 convolutions of the complex network, for one batch; in GFLOP/s,
 * counted as direct convolution whichever algorithm is taken.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector", Rate.KEEP_LOOP})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class ConvolutionBenchmark {
  private static final int KERNEL = 3;

  /** For each term of a sum; the products are up to 16, so that a missing one is far above it. */
  private static final double MAX_ERROR = 1e-5;

  /** Input channels, output channels, height and width. */
  @Param({"32-32-28", "32-64-14", "64-64-14"})
  private String shape;

  @Param({"AUTO", "DIRECT"})
  private Convolution.Algorithm algorithm;

  @Param("10")
  private int batchSize;

  @Param("1")
  private int threads;

  private WorkerTeam team;
  private Conv2dShape convShape;
  private Convolution convolution;
  private int inChannels;
  private int outChannels;
  private int side;
  private Floats x; // [N, H, W, C]
  private Floats weight; // [KH, KW, C, OC]
  private Floats y; // [N, H, W, OC]
  private Floats dy; // [N, H, W, OC]
  private Floats dx; // [N, H, W, C]
  private Floats dWeight; // [KH, KW, C, OC]
  private Floats dBias; // [OC]

  /** Makes the operands, and checks every pass. */
  @Setup
  public void prepare() {
    String[] numbers = shape.split("-");
    inChannels = Integer.parseInt(numbers[0]);
    outChannels = Integer.parseInt(numbers[1]);
    side = Integer.parseInt(numbers[2]);
    convShape =
        new Conv2dShape(WindowGrid.of(Window.same(KERNEL), side, side), inChannels, outChannels);
    team = new WorkerTeam(threads);
    convolution =
        new Convolution(convShape, batchSize, algorithm, Epilogue.NONE, new Workspace(team));
    x = Floats.of(Operands.integers(batchSize * convShape.inputSize(), 1));
    weight = Floats.of(Operands.integers(convShape.weightSize(), 2));
    dy = Floats.of(Operands.integers(batchSize * convShape.outputSize(), 3));
    y = Floats.of(new float[dy.size()]);
    dx = Floats.of(new float[x.size()]);
    dWeight = Floats.of(new float[weight.size()]);
    dBias = Floats.of(new float[outChannels]);
    runForward();
    runBackwardData();
    runBackwardWeights();
    Operands.check("y", y.data, error(KERNEL * KERNEL * inChannels), this::elementOfY);
    Operands.check("dx", dx.data, error(KERNEL * KERNEL * outChannels), this::elementOfDx);
    Operands.check("dWeight", dWeight.data, error(batchSize * side * side), this::elementOfDWeight);
  }

  /** Sums of integers are exact, but Winograd's transforms divide by 24. */
  private double error(int terms) {
    return algorithm == Convolution.Algorithm.DIRECT ? 0 : MAX_ERROR * terms;
  }

  private double elementOfY(int index) {
    int oc = index % outChannels;
    int pixel = index / outChannels;
    double sum = 0;
    for (int ky = 0; ky < KERNEL; ky++) {
      for (int kx = 0; kx < KERNEL; kx++) {
        int from = neighbour(pixel, ky - 1, kx - 1);
        for (int c = 0; from >= 0 && c < inChannels; c++) {
          sum += (double) x.data[from * inChannels + c] * weight.data[weightIndex(ky, kx, c, oc)];
        }
      }
    }
    return sum;
  }

  private double elementOfDx(int index) {
    int c = index % inChannels;
    int pixel = index / inChannels;
    double sum = 0;
    for (int ky = 0; ky < KERNEL; ky++) {
      for (int kx = 0; kx < KERNEL; kx++) {
        int to = neighbour(pixel, 1 - ky, 1 - kx);
        for (int oc = 0; to >= 0 && oc < outChannels; oc++) {
          sum += (double) dy.data[to * outChannels + oc] * weight.data[weightIndex(ky, kx, c, oc)];
        }
      }
    }
    return sum;
  }

  private double elementOfDWeight(int index) {
    int oc = index % outChannels;
    int c = index / outChannels % inChannels;
    int tap = index / (outChannels * inChannels);
    double sum = 0;
    for (int pixel = 0; pixel < batchSize * side * side; pixel++) {
      int from = neighbour(pixel, tap / KERNEL - 1, tap % KERNEL - 1);
      if (from >= 0) {
        sum += (double) x.data[from * inChannels + c] * dy.data[pixel * outChannels + oc];
      }
    }
    return sum;
  }

  private int weightIndex(int ky, int kx, int c, int oc) {
    return ((ky * KERNEL + kx) * inChannels + c) * outChannels + oc;
  }

  /** A pixel's neighbour in its image; -1 where there is none. */
  private int neighbour(int pixel, int down, int right) {
    int row = pixel / side % side + down;
    int column = pixel % side + right;
    boolean inside = row >= 0 && row < side && column >= 0 && column < side;
    return inside ? pixel + down * side + right : -1;
  }

  /** Ends the threads. */
  @TearDown
  public void close() {
    team.close();
  }

  /** The weight gradients add up: from 0 again before they are no longer small. */
  @Setup(Level.Iteration)
  public void zeroGrad() {
    Arrays.fill(dWeight.data, 0);
    Arrays.fill(dBias.data, 0);
  }

  /**
   * y.
   *
   * @param rate counts the operations
   * @return y
   */
  @Benchmark
  public float[] forward(Rate.Flops rate) {
    runForward();
    count(rate);
    return y.data;
  }

  /**
   * dx.
   *
   * @param rate counts the operations
   * @return dx
   */
  @Benchmark
  public float[] backwardData(Rate.Flops rate) {
    runBackwardData();
    count(rate);
    return dx.data;
  }

  /**
   * dWeight and dBias.
   *
   * @param rate counts the operations
   * @return dWeight
   */
  @Benchmark
  public float[] backwardWeights(Rate.Flops rate) {
    runBackwardWeights();
    count(rate);
    return dWeight.data;
  }

  private void runForward() {
    convolution.forward(batchSize, x, weight, null, y);
  }

  private void runBackwardData() {
    convolution.backwardData(batchSize, dy, weight, null, dx);
  }

  private void runBackwardWeights() {
    convolution.backwardWeights(batchSize, x, dy, dWeight, dBias);
  }

  private void count(Rate.Flops rate) {
    rate.gflop += 1e-9 * convShape.flops() * batchSize;
  }
}
