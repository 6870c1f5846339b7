// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import com.sun.management.ThreadMXBean;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.IdxFolder;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
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

/**
 * A whole training step, and inference, on random or real images; in images/s. {@link Throughput}
 * measures the same without JMH. Here {@code -bm sample} shows how single steps are spread.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class TrainingBenchmark {
  private static final int IMAGES = 1000;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @Param({"simple", "complex"})
  private String model;

  @Param("10")
  private int batchSize;

  @Param("2")
  private int threads;

  /** A folder of IDX files; random images if empty. */
  @Param("")
  private String data;

  private Workload workload;
  private long[] helpers; // the ids of its other threads

  /**
   * Reads or makes the images, and makes the network.
   *
   * @throws IOException if the images cannot be read
   */
  @Setup
  public void prepare() throws IOException {
    Model network = Model.of(model);
    Dataset images =
        data.isEmpty()
            ? RandomImages.of(network.shape(), Math.max(IMAGES, batchSize))
            : IdxFolder.read(Path.of(data)).train();
    workload = new Workload(network, images, batchSize, threads);
    helpers = workload.helperIds();
    double loss = workload.train();
    if (!(loss > 1 && loss < 10)) { // about log(10) for weights that know nothing
      throw new IllegalStateException("the loss before training is " + loss);
    }
  }

  /** Ends the threads. */
  @TearDown
  public void close() {
    workload.close();
  }

  /**
   * One step of training.
   *
   * @param rate counts the images
   * @return the mean loss
   */
  @Benchmark
  public double train(Rate.Images rate) {
    rate.images += batchSize;
    return workload.train();
  }

  /**
   * The same, and what its threads allocate meanwhile: {@code -prof gc} counts JMH's own share too,
   * which is not small against steps of milliseconds.
   *
   * @param rate counts the bytes
   * @return the mean loss
   */
  @Benchmark
  public double allocation(Rate.Allocation rate) {
    long before = ofHelpers(); // allocates
    before += THREADS.getCurrentThreadAllocatedBytes();
    double loss = workload.train();
    long after = THREADS.getCurrentThreadAllocatedBytes();
    rate.bytes += after + ofHelpers() - before;
    return loss;
  }

  private long ofHelpers() {
    return LongStream.of(THREADS.getThreadAllocatedBytes(helpers)).sum();
  }

  /**
   * Inference on a batch, data loading included.
   *
   * @param rate counts the images
   */
  @Benchmark
  public void infer(Rate.Images rate) {
    rate.images += batchSize;
    workload.infer();
  }

  /**
   * Inference on a batch that is ready in memory.
   *
   * @param rate counts the images
   */
  @Benchmark
  public void forward(Rate.Images rate) {
    rate.images += batchSize;
    workload.forward();
  }
}
