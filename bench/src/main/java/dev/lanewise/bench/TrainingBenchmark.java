package dev.lanewise.bench;

import dev.lanewise.layers.RandomStream;
import dev.lanewise.layers.Shape;
import dev.lanewise.layers.data.ImageDataset;
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

/**
 * A whole training step, and inference, of both networks on random images; in images/s. {@link
 * Throughput} measures the same on real ones.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class TrainingBenchmark {
  private static final int IMAGES = 1000;
  private static final int CLASSES = 10;

  @Param({"simple", "complex"})
  private String model;

  @Param("10")
  private int batchSize;

  @Param("2")
  private int threads;

  private Workload workload;

  /** Makes the images and the network. */
  @Setup
  public void prepare() {
    Shape shape = new Shape(28, 28, 1);
    RandomStream random = new RandomStream(1);
    byte[] pixels = new byte[IMAGES * shape.size()];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) random.nextInt(256);
    }
    byte[] labels = new byte[IMAGES];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = (byte) random.nextInt(CLASSES);
    }
    ImageDataset data = new ImageDataset(shape, CLASSES, pixels, labels);
    workload = new Workload(Workload.Model.of(model), data, batchSize, threads);
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
   * Inference on a batch.
   *
   * @param rate counts the images
   */
  @Benchmark
  public void infer(Rate.Images rate) {
    rate.images += batchSize;
    workload.infer();
  }
}
