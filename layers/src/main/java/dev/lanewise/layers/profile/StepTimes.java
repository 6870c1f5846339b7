// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.profile;

import dev.lanewise.layers.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/**
 * What the Flight Recorder says of some batches, layer by layer. The time of a step is the median
 * of its events, times how many there are in a batch: whatever else runs on the machine delays some
 * of them.
 */
final class StepTimes {
  private static final String EVENT = "dev.lanewise.Step";
  private static final String FORWARD = "forward";

  /** Enough for a mean, few enough to be read in a moment. */
  private static final long MOST_EVENTS = 200_000;

  /** A step, at most: a batch is cut into some slices for each thread, or into 16 parts. */
  private static final int SLICES = 16;

  /** A step of a plan, for whole batches or for slices of them. */
  private record Key(String layer, String step, boolean slice) {}

  private final Map<Key, List<Long>> nanos = new HashMap<>();
  private final Map<String, Long> operations = new HashMap<>(); // of layers, for all batches
  private final int batch;
  private final int threads;
  private int batches;

  private StepTimes(int batch, int threads) {
    this.batch = batch;
    this.threads = threads;
  }

  static void requireRecorder() {
    if (ModuleLayer.boot().findModule("jdk.jfr").isEmpty()) {
      throw new UnsupportedOperationException(
          "a profile needs the Flight Recorder, but this Java lacks its module jdk.jfr");
    }
  }

  /**
   * Records batches.
   *
   * @param step runs one
   * @param batch its images
   * @param threads that share them
   * @param time when it is enough, unless there are too many events before
   */
  static StepTimes record(Network network, LongSupplier step, int batch, int threads, Duration time)
      throws IOException {
    StepTimes times = new StepTimes(batch, threads);
    long events = (long) network.nodes().size() * (batch == 1 ? 2 : SLICES * threads);
    long most = Math.max(1, MOST_EVENTS / events);
    try (Recording compiling = new Recording()) { // what runs with events is other code
      compiling.setToDisk(false);
      run(compiling, step, Long.MAX_VALUE, time);
    }
    try (Recording recording = new Recording()) {
      times.batches = run(recording, step, most, time);
      // Not before: Ctrl-C is most likely while batches run, and would leave the file behind.
      Path file = Files.createTempFile("lanewise-profile", ".jfr");
      try {
        recording.dump(file);
        times.read(file);
      } finally {
        Files.deleteIfExists(file);
      }
    }
    return times;
  }

  /** Runs batches while there is a recording; returns how many. */
  private static int run(Recording recording, LongSupplier step, long most, Duration time) {
    recording.enable(EVENT);
    recording.start();
    long end = System.nanoTime() + time.toNanos();
    int batches = 0;
    do {
      step.getAsLong();
      batches++;
    } while (batches < most && System.nanoTime() < end);
    recording.stop();
    return batches;
  }

  private void read(Path file) throws IOException {
    try (RecordingFile recording = new RecordingFile(file)) {
      while (recording.hasMoreEvents()) {
        RecordedEvent event = recording.readEvent();
        if (event.getEventType().getName().equals(EVENT)) {
          add(event);
        }
      }
    }
  }

  private void add(RecordedEvent event) {
    String layer = event.getString("layer");
    boolean slice = event.getInt("images") < batch;
    nanos
        .computeIfAbsent(new Key(layer, event.getString("step"), slice), key -> new ArrayList<>())
        .add(event.getDuration().toNanos());
    operations.merge(layer, event.getLong("operations"), Long::sum);
  }

  /** The times of each layer. */
  List<LayerTime> layers(Network network) {
    Map<String, Double> forward = new HashMap<>();
    Map<String, Double> backward = new HashMap<>();
    nanos.forEach(
        (key, all) -> {
          double time = Median.of(all) * all.size() / batches;
          // While a thread has a slice, the others have others.
          (key.step.equals(FORWARD) ? forward : backward)
              .merge(key.layer, key.slice ? time / threads : time, Double::sum);
        });
    return network.nodes().stream()
        .map(
            node ->
                new LayerTime(
                    node.name(),
                    node.layer().description().kind(),
                    node.shape(),
                    forward.getOrDefault(node.name(), 0.0),
                    backward.getOrDefault(node.name(), 0.0),
                    operations.getOrDefault(node.name(), 0L) / batches))
        .toList();
  }
}
