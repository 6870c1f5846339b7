// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.MaxPooling;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** The 2x2 max-poolings of both networks, forward and backward, for one batch; in images/s. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class PoolingBenchmark {
  /** Channels, height and width. */
  @Param({"8-28", "32-28", "64-14"})
  private String shape;

  @Param("10")
  private int batchSize;

  @Param("1")
  private int threads;

  private WorkerTeam team;
  private MaxPooling pooling;
  private int channels;
  private int side;
  private Floats x; // [N, H, W, C]
  private Floats y; // [N, H/2, W/2, C]
  private Floats dx; // [N, H, W, C]
  private int[] argmax; // [N, H/2, W/2, C]

  /** Makes the operands, and checks both passes. */
  @Setup
  public void prepare() {
    String[] numbers = shape.split("-");
    channels = Integer.parseInt(numbers[0]);
    side = Integer.parseInt(numbers[1]);
    WindowGrid grid = WindowGrid.of(Window.valid(2).stride(2), side, side);
    team = new WorkerTeam(threads);
    pooling = new MaxPooling(grid, channels, Epilogue.NONE, team);
    x = Floats.of(Operands.integers(batchSize * side * side * channels, 1));
    y = Floats.of(new float[x.size() / 4]);
    dx = Floats.of(new float[x.size()]);
    argmax = new int[y.size()];
    runForward();
    runBackward();
    Operands.check("y", y.data, this::elementOfY);
    Operands.check("dx", dx.data, this::elementOfDx);
  }

  private double elementOfY(int index) {
    int left = index / channels % (side / 2) * 2;
    int top = index / channels / (side / 2) * 2; // counted through all images
    int c = index % channels;
    return Math.max(
        Math.max(at(top, left, c), at(top, left + 1, c)),
        Math.max(at(top + 1, left, c), at(top + 1, left + 1, c)));
  }

  /** The gradient handed back is y itself: it returns to the first pixel that has the maximum. */
  private double elementOfDx(int index) {
    int c = index % channels;
    int column = index / channels % side;
    int row = index / channels / side;
    for (int i = 0; i < 4; i++) {
      int first = (row / 2 * 2 + i / 2) * side + column / 2 * 2 + i % 2;
      double max = elementOfY((row / 2 * (side / 2) + column / 2) * channels + c);
      if (x.data[first * channels + c] == max) {
        return first == row * side + column ? max : 0;
      }
    }
    throw new IllegalStateException("no pixel has the maximum");
  }

  private float at(int row, int column, int c) {
    return x.data[(row * side + column) * channels + c];
  }

  /** Ends the threads. */
  @TearDown
  public void close() {
    team.close();
  }

  /**
   * y and argmax.
   *
   * @param rate counts the images
   * @return y
   */
  @Benchmark
  public float[] forward(Rate.Images rate) {
    runForward();
    rate.images += batchSize;
    return y.data;
  }

  /**
   * dx.
   *
   * @param rate counts the images
   * @return dx
   */
  @Benchmark
  public float[] backward(Rate.Images rate) {
    runBackward();
    rate.images += batchSize;
    return dx.data;
  }

  private void runForward() {
    pooling.forward(batchSize, x, y, argmax);
  }

  private void runBackward() {
    pooling.backward(batchSize, y, argmax, dx);
  }
}
