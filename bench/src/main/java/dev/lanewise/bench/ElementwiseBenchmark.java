// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.engine.CrossEntropy;
import dev.lanewise.engine.Elementwise;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import java.util.Arrays;
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

/** What is bound by memory rather than by arithmetic, and the loss; in microseconds per call. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class ElementwiseBenchmark {
  private static final int CLASSES = 10;

  /** Activations of 10 images behind the first convolution of simple and of complex. */
  @Param({"62720", "250880"})
  private int size;

  @Param("1")
  private int threads;

  private WorkerTeam team;
  private Elementwise elementwise;
  private Floats x;
  private Floats y;
  private Floats dx;
  private int[] labels; // [size / CLASSES]: x as logits, each row an image

  /** Makes the operands, and checks the results. */
  @Setup
  public void prepare() {
    team = new WorkerTeam(threads);
    elementwise = new Elementwise(team);
    x = Floats.of(Operands.integers(size, 1));
    y = Floats.of(new float[size]);
    dx = Floats.of(new float[size]);
    labels = new int[size / CLASSES];
    relu();
    reluBackward();
    Operands.check("y", y.data, index -> Math.max(x.data[index], 0));
    Operands.check("dx", dx.data, index -> x.data[index] > 0 ? x.data[index] : 0);
    Arrays.fill(y.data, 1);
    elementwise.axpy(size, 2, x, y);
    Operands.check("y", y.data, index -> 1 + 2 * x.data[index]);
    relu();
    double loss = crossEntropy() / labels.length;
    if (!(loss > 1 && loss < 10)) { // for logits from -4 to 4 that know nothing
      throw new IllegalStateException("the mean loss is " + loss);
    }
  }

  /** Ends the threads. */
  @TearDown
  public void close() {
    team.close();
  }

  /**
   * y = max(x, 0).
   *
   * @return y
   */
  @Benchmark
  public float[] relu() {
    elementwise.relu(size, x, y);
    return y.data;
  }

  /**
   * dx, for x as the gradient of y.
   *
   * @return dx
   */
  @Benchmark
  public float[] reluBackward() {
    elementwise.reluBackward(size, y, x, dx);
    return dx.data;
  }

  /**
   * The update of parameters; by a factor so small that they stay what they are.
   *
   * @return y
   */
  @Benchmark
  public float[] axpy() {
    elementwise.axpy(size, -1e-9f, x, y);
    return y.data;
  }

  /**
   * The loss and its gradient, on the calling thread alone.
   *
   * @return the sum of the losses
   */
  @Benchmark
  public double crossEntropy() {
    return CrossEntropy.forwardBackward(labels.length, CLASSES, x, labels, dx, 1);
  }
}
