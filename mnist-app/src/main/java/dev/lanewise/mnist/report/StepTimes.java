package dev.lanewise.mnist.report;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import dev.lanewise.layers.optim.Sgd;
import dev.lanewise.layers.train.TrainingStep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/** Which layers the time of a training goes to, as Java's Flight Recorder sees it. */
final class StepTimes {
  /** More would need memory that the training has. */
  private static final int MOST_IMAGES = 64;

  private static final long NANOS = 300_000_000;
  private static final int MOST_STEPS = 300;
  private static final String EVENT = "dev.lanewise.Step";

  private StepTimes() {}

  /**
   * Trains a copy of a network a little, forward and backward.
   *
   * @param network the network; stays as it is
   * @param train the images; at least one
   * @param batchSize how many at a time, if they are few
   * @param team the threads
   * @return by the names of the layers, the share of the time; empty where there is no recorder.
   *     Layers that run together with a neighbour are missing
   * @throws IOException if there is no room for the recording
   */
  static Map<String, Double> measure(Network network, Dataset train, int batchSize, WorkerTeam team)
      throws IOException {
    if (ModuleLayer.boot().findModule("jdk.jfr").isEmpty()) {
      return Map.of();
    }
    int batch = Math.min(Math.min(batchSize, train.size()), MOST_IMAGES);
    TrainingStep step =
        new TrainingStep(network.copy(), new Sgd(), new SoftmaxCrossEntropy(), batch, 0, team);
    int[] order = new int[batch];
    for (int i = 0; i < batch; i++) {
      order[i] = i;
    }
    train.copy(order, 0, batch, step.input().data, step.input().offset, step.targets().labels(), 0);
    run(step, batch); // so that what is measured is in the caches
    Path file = Files.createTempFile("lanewise", ".jfr");
    try (Recording recording = new Recording()) {
      recording.enable(EVENT);
      recording.start();
      run(step, batch);
      recording.stop();
      recording.dump(file);
      return read(file);
    } finally {
      Files.delete(file);
    }
  }

  private static void run(TrainingStep step, int batch) {
    long end = System.nanoTime() + NANOS;
    for (int i = 0; i < 2 || i < MOST_STEPS && System.nanoTime() < end; i++) {
      step.gradients(batch, i);
    }
  }

  private static Map<String, Double> read(Path file) throws IOException {
    Map<String, Double> shares = new LinkedHashMap<>();
    double sum = 0;
    for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
      if (event.getEventType().getName().equals(EVENT)) {
        double nanos = event.getDuration().toNanos();
        shares.merge(event.getString("layer"), nanos, Double::sum);
        sum += nanos;
      }
    }
    double all = sum;
    shares.replaceAll((layer, nanos) -> nanos / all);
    return shares;
  }
}
