package dev.lanewise.bench;

import dev.lanewise.engine.Gemm;
import dev.lanewise.engine.WorkerTeam;
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
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
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

  private WorkerTeam team;
  private Gemm gemm;
  private int m;
  private int n;
  private int k;
  private float[] a;
  private int rsA;
  private int csA;
  private float[] b;
  private int rsB;
  private int csB;
  private float[] c;

  /** Makes the operands, and checks a product. */
  @Setup
  public void prepare() {
    String[] sizes = size.split("x");
    m = Integer.parseInt(sizes[0]);
    n = Integer.parseInt(sizes[1]);
    k = Integer.parseInt(sizes[2]);
    boolean transposedA = transposition.charAt(0) == 't';
    boolean transposedB = transposition.charAt(1) == 't';
    rsA = transposedA ? 1 : k;
    csA = transposedA ? m : 1;
    rsB = transposedB ? 1 : n;
    csB = transposedB ? k : 1;
    a = Operands.integers(m * k, 1);
    b = Operands.integers(k * n, 2);
    c = new float[m * n];
    team = new WorkerTeam(threads);
    gemm = new Gemm(team);
    run();
    Operands.check("C", c, this::element);
  }

  private double element(int index) {
    double sum = 0;
    for (int p = 0; p < k; p++) {
      sum += (double) a[index / n * rsA + p * csA] * b[p * rsB + index % n * csB];
    }
    return sum;
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
    run();
    rate.gflop += 2e-9 * m * n * k;
    return c;
  }

  private void run() {
    gemm.multiply(m, n, k, a, 0, rsA, csA, b, 0, rsB, csB, false, c, 0, n);
  }
}
