// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.engine.run.WorkerTeam;
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

/** Matrix products C = AB of square and of odd shapes, with A or B transposed; in GFLOP/s. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector", Rate.KEEP_LOOP})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class GemmBenchmark {
  /**
   * Rows of C x columns of C x inner index. The last two are the dense layers of {@code complex}.
   */
  @Param({"256x256x256", "512x512x512", "1000x37x333", "10x128x3136", "3136x128x10"})
  private String size;

  /** Whether A and B are stored as they are (n) or transposed (t). */
  @Param({"nn", "tn", "nt", "tt"})
  private String transposition;

  @Param("1")
  private int threads;

  /** lanewise, ejml or netlib; the last two use one thread only. */
  @Param("lanewise")
  private String library;

  private WorkerTeam team;
  private Products.Shape shape;
  private Runnable product;
  private float[] c;

  /** Makes the operands, and checks a product. */
  @Setup
  public void prepare() {
    String[] sizes = size.split("x");
    int m = Integer.parseInt(sizes[0]);
    int n = Integer.parseInt(sizes[1]);
    int k = Integer.parseInt(sizes[2]);
    shape =
        new Products.Shape(m, n, k, transposition.charAt(0) == 't', transposition.charAt(1) == 't');
    float[] a = Operands.integers(m * k, 1);
    float[] b = Operands.integers(k * n, 2);
    c = new float[m * n];
    team = new WorkerTeam(threads);
    product = Products.of(library).product(shape, a, b, c, team);
    product.run();
    Operands.check("C", c, index -> shape.element(a, b, index));
  }

  /** Ends the threads. */
  @TearDown
  public void close() {
    team.close();
  }

  /**
   * One product.
   *
   * @param rate counts its operations
   * @return C
   */
  @Benchmark
  public float[] multiply(Rate.Flops rate) {
    product.run();
    rate.gflop += shape.gflop();
    return c;
  }
}
