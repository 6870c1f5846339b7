// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.profile;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Tensor;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.LongSupplier;

/**
 * Where the time of a network goes, layer by layer: how long a batch takes, and what each layer has
 * of it, on images of random pixels.
 *
 * <pre>{@code
 * Profile profile = Profile.inference(network, 1, team, Duration.ofSeconds(1));
 * for (LayerTime row : profile.rows()) {
 *   ... row.layer(), row.nanos(), row.operations() / row.nanos() // GFLOP/s
 * }
 * }</pre>
 *
 * <p>The times of layers are those of the events that each step is for the JDK's Flight Recorder,
 * their medians. Where slices of a batch run, each in one thread, their times are added up and
 * divided by the number of threads. A layer that is computed as a part of another, such as a ReLU
 * after a convolution, or that is only a view, such as a flattening, has no time of its own.
 *
 * @param batch images
 * @param training whether forward and backward, or forward alone
 * @param threads that have computed
 * @param nanos of a batch as a whole, in nanoseconds, the median while nothing is recorded; of a
 *     training without a loss and an optimizer
 * @param rows one for each layer, in the order of the network
 */
public record Profile(
    int batch, boolean training, int threads, double nanos, List<LayerTime> rows) {
  private static final int MOST_ROUNDS = 10;
  private static final double FASTER = 0.95;
  private static final int MOST_STEPS = 1_000_000;

  /** Takes over the rows. */
  public Profile {
    rows = List.copyOf(rows);
  }

  /**
   * What is not in the time of a layer: the preparation of parameters for slices, and waiting. The
   * sums of gradients where a network branches count for the layer whose output they are of.
   *
   * @return nanoseconds of a batch, at least 0
   */
  public double others() {
    return Math.max(0, nanos - rows.stream().mapToDouble(LayerTime::nanos).sum());
  }

  /**
   * Measures predictions.
   *
   * @param network the network; it is not changed
   * @param batch images
   * @param team the threads
   * @param time how long to measure without a recording, then with one, after some rounds of this
   *     length in which everything is compiled
   * @return the profile
   * @throws IllegalArgumentException if {@code batch} is not positive
   * @throws UnsupportedOperationException if this Java lacks the Flight Recorder (module jdk.jfr)
   * @throws IOException if no temporary file can be written
   */
  public static Profile inference(Network network, int batch, WorkerTeam team, Duration time)
      throws IOException {
    Network.Pass pass = network.inferencePass(batch, team);
    pass.freezeParameters();
    fill(pass.input());
    return measure(network, batch, false, team, time, () -> nanos(() -> pass.forward(batch)));
  }

  /**
   * Measures the passes of a training step.
   *
   * @param network the network; it is not changed
   * @param batch images
   * @param team the threads
   * @param time as for {@link #inference}
   * @return the profile
   * @throws IllegalArgumentException if {@code batch} is not positive, or too small for a layer
   * @throws UnsupportedOperationException if this Java lacks the Flight Recorder (module jdk.jfr)
   * @throws IOException if no temporary file can be written
   */
  public static Profile training(Network network, int batch, WorkerTeam team, Duration time)
      throws IOException {
    Network copy = network.copy(); // gradients and running statistics are those of the copy
    Network.Pass pass = copy.trainingPass(batch, team);
    fill(pass.input());
    Tensor gradient = Tensor.zeros(batch, copy.outputShape().size());
    fill(gradient);
    return measure(
        network,
        batch,
        true,
        team,
        time,
        () -> {
          long forward = nanos(() -> pass.forward(batch));
          Tensor dy = pass.outputGradient();
          System.arraycopy(gradient.data, gradient.offset, dy.data, dy.offset, gradient.size());
          pass.zeroGrad();
          return forward + nanos(() -> pass.backward(batch));
        });
  }

  private static void fill(Tensor tensor) {
    Random random = new Random(1);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data[tensor.offset + i] = random.nextFloat();
    }
  }

  private static long nanos(Runnable work) {
    long begin = System.nanoTime();
    work.run();
    return System.nanoTime() - begin;
  }

  private static Profile measure(
      Network network,
      int batch,
      boolean training,
      WorkerTeam team,
      Duration time,
      LongSupplier step)
      throws IOException {
    StepTimes.requireRecorder();
    warmUp(step, time);
    double nanos = median(step, time);
    int threads = team.threads();
    StepTimes times = StepTimes.record(network, step, batch, threads, time);
    return new Profile(batch, training, threads, nanos, times.layers(network));
  }

  /** Until everything is compiled: until it has not become faster twice. */
  private static void warmUp(LongSupplier step, Duration time) {
    double best = Double.POSITIVE_INFINITY;
    int asFast = 0;
    for (int round = 0; round < MOST_ROUNDS && asFast < 2; round++) {
      double nanos = median(step, time);
      asFast = nanos < FASTER * best ? 0 : asFast + 1;
      best = Math.min(best, nanos);
    }
  }

  /** Nanoseconds of a step, the median over some time. */
  private static double median(LongSupplier step, Duration time) {
    List<Long> all = new ArrayList<>();
    long end = System.nanoTime() + time.toNanos();
    do {
      all.add(step.getAsLong());
    } while (all.size() < MOST_STEPS && System.nanoTime() < end);
    return Median.of(all);
  }
}
