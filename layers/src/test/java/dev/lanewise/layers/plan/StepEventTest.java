// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StepEventTest {
  private static final int BATCH = 12;

  @TempDir Path folder;

  @Test
  void aRecordingThatWantsThemSeesEveryStep() throws IOException {
    List<RecordedEvent> events = record(true);
    Map<String, Long> images = sums(events, event -> event.getInt("images"));
    Map<String, Long> operations = sums(events, event -> event.getLong("operations"));
    // Slice by slice or as a whole: all images go through each layer, forward and back.
    assertEquals(BATCH, images.get("0 conv2d forward [6, 6, 4]"));
    assertEquals(BATCH, images.get("4 dense forward [1, 1, 3]"));
    assertEquals(2 * 6 * 6 * 4 * 9 * BATCH, operations.get("0 conv2d forward [6, 6, 4]"));
    assertEquals(2 * 3 * 3 * 4 * 3 * BATCH, operations.get("4 dense forward [1, 1, 3]"));
    // The images need no gradient, what the dense layer gets does.
    assertEquals(2 * 6 * 6 * 4 * 9 * BATCH, backward(operations, "0 conv2d"));
    assertEquals(2 * 2 * 3 * 3 * 4 * 3 * BATCH, backward(operations, "4 dense"));
    assertTrue(events.stream().allMatch(event -> !event.getDuration().isNegative()));
    assertTrue(events.stream().anyMatch(event -> event.getDuration().isPositive()));
  }

  @Test
  void anyOtherRecordingSeesNothing() throws IOException {
    assertEquals(List.of(), record(false));
  }

  private List<RecordedEvent> record(boolean wanted) throws IOException {
    Network network =
        new Network(
            Shape.of(6, 6, 1),
            new Conv2d(4, Window.same(3)),
            new Relu(),
            new MaxPool2d(2),
            new Flatten(),
            new Dense(3));
    network.initialize(1);
    Path file = folder.resolve("recording.jfr");
    try (WorkerTeam team = new WorkerTeam(2);
        Recording recording = new Recording()) {
      Network.Pass pass = network.trainingPass(BATCH, team);
      if (wanted) {
        recording.enable("dev.lanewise.Step");
      }
      recording.start();
      pass.forward(BATCH);
      pass.zeroGrad();
      pass.backward(BATCH);
      recording.stop();
      recording.dump(file);
    }
    return RecordingFile.readAllEvents(file).stream()
        .filter(event -> event.getEventType().getName().equals("dev.lanewise.Step"))
        .toList();
  }

  private static Map<String, Long> sums(
      List<RecordedEvent> events, ToLongFunction<RecordedEvent> value) {
    return events.stream()
        .collect(
            Collectors.groupingBy(
                event ->
                    String.join(
                        " ",
                        event.getString("layer"),
                        event.getString("kind"),
                        event.getString("step"),
                        event.getString("shape")),
                TreeMap::new,
                Collectors.summingLong(value)));
  }

  private static long backward(Map<String, Long> sums, String layer) {
    return sums.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(layer + " backward"))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }
}
