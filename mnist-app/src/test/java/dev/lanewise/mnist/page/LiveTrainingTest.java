// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.layers.io.WeightsHash;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class LiveTrainingTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private final TestSources sources = new TestSources();
  private final Semaphore permits = new Semaphore(1);

  private static TrainingPlan plan(String optimizer, int epochs, int threads) {
    return new TrainingPlan("simple", optimizer, 0.01f, 10, epochs, 200, threads, 1);
  }

  private LiveTraining start(TrainingPlan plan) throws Refusal {
    LiveTraining training = new LiveTraining(plan, sources, permits);
    training.start();
    return training;
  }

  private static List<EventLog.Event> all(LiveTraining training) throws InterruptedException {
    List<EventLog.Event> events = new ArrayList<>();
    List<EventLog.Event> more;
    while ((more = training.log().await(events.size(), 1000)) != null) {
      events.addAll(more);
    }
    return events;
  }

  private static List<String> hashes(List<EventLog.Event> events) throws IOException {
    List<String> hashes = new ArrayList<>();
    for (EventLog.Event event : events) {
      if (event.type().equals("epoch")) {
        hashes.add(JSON.readTree(event.data()).get("hash").asText());
      }
    }
    return hashes;
  }

  private static String lastState(List<EventLog.Event> events) throws IOException {
    return JSON.readTree(events.getLast().data()).get("state").asText();
  }

  @Test
  void theHashesDoNotDependOnTheThreads() throws Exception {
    List<String> one = hashes(all(start(plan("adam", 2, 1))));
    List<String> two = hashes(all(start(plan("adam", 2, 2))));
    List<String> other = hashes(all(start(plan("sgd", 2, 2))));

    assertEquals(3, one.size()); // before the first epoch, too
    assertEquals(one, two);
    assertEquals(one.getFirst(), other.getFirst());
    assertNotEquals(one.getLast(), other.getLast());
  }

  @Test
  void tellsOfStepsAndEpochs() throws Exception {
    LiveTraining training = start(plan("momentum", 1, 1));
    List<EventLog.Event> events = all(training);

    assertEquals("done", lastState(events));
    JsonNode epoch =
        JSON.readTree(
            events.stream().filter(e -> e.type().equals("epoch")).toList().getLast().data());
    assertEquals(1, epoch.get("epoch").asInt());
    assertTrue(epoch.get("accuracy").isNumber());
    JsonNode step =
        JSON.readTree(
            events.stream().filter(e -> e.type().equals("step")).toList().getLast().data());
    assertEquals(1.0, step.get("epoch").asDouble());
    assertTrue(step.get("loss").asDouble() > 0);
    assertEquals(epoch.get("hash").asText(), WeightsHash.of(training.result().network().state()));
  }

  @Test
  void standsStillWhilePausedAndEndsWhenStopped() throws Exception {
    LiveTraining training = start(plan("sgd", 100, 1));
    training.log().await(3, 10_000);
    training.pause(true);
    Thread.sleep(200); // the running step ends
    int events = training.log().await(0, 0).size();
    Thread.sleep(200);
    assertEquals(events, training.log().await(0, 0).size());
    training.pause(false);
    training.stop();

    List<EventLog.Event> all = all(training);
    assertEquals("stopped", lastState(all));
    assertTrue(all.stream().anyMatch(e -> e.data().contains("paused")));
    assertTrue(permits.tryAcquire());
  }

  @Test
  void oneWhoComesWhenAllPlacesAreTakenIsToldSo() throws Exception {
    LiveTraining training = start(plan("sgd", 100, 1));
    Refusal refusal = assertThrows(Refusal.class, () -> start(plan("sgd", 1, 1)));
    training.stop();
    all(training);

    assertEquals(503, refusal.status());
    assertEquals("done", lastState(all(start(plan("sgd", 1, 1)))));
  }

  @Test
  void aTrainingThatDivergesSaysSo() throws Exception {
    TrainingPlan wild = new TrainingPlan("complex", "sgd", 100, 10, 3, 50, 1, 1);
    List<EventLog.Event> events = all(start(wild));

    assertEquals("failed", lastState(events));
    assertTrue(events.getLast().data().contains("loss"), events.getLast().data());
  }

  /** What is wrong with a list of layers is said when the images, and so their shape, are known. */
  @Test
  void layersOfOnesOwnAreTrained() throws Exception {
    assertEquals("done", lastState(all(start(own("conv 2, relu, pool, dense")))));
    Map<String, String> wrong = new LinkedHashMap<>();
    wrong.put("conv 2, rellu", "there is no such layer");
    wrong.put("conv 2, relu", "end it with 'dense'");
    wrong.put("dense 1000000, dense", "memory"); // of the JVM that runs the tests
    wrong.put("dense 20000, dense", "15,900,010 parameters are more than");
    wrong.put("conv 4000 1, globalpool, dense", "outputs of layers for an image are more than");
    wrong.put("conv 900, conv 900, globalpool, dense", "multiply-adds for an image are more than");
    for (Map.Entry<String, String> each : wrong.entrySet()) {
      List<EventLog.Event> events = all(start(own(each.getKey())));
      String last = events.getLast().data();
      assertEquals("failed", lastState(events), last);
      assertTrue(last.contains(each.getValue()), last);
    }
  }

  private static TrainingPlan own(String layers) {
    return new TrainingPlan(layers, "sgd", 0.1f, 10, 1, 50, 1, 1);
  }

  @Test
  void rejectsBadPlans() throws IOException {
    String good =
        "{'model':'simple','optimizer':'sgd','rate':1,'batch':1,'epochs':1,'images':1,'threads':1}";
    assertRejected(good.replace("simple", "resnet50"), "model must be one of simple,");
    assertRejected(good.replace("simple", "relu, ".repeat(100)), "of at most 500 letters");
    assertRejected(good.replace("sgd", "magic"), "optimizer must be one of sgd,");
    assertRejected(good.replace("'rate':1", "'rate':0"), "learning rate must be above 0");
    assertRejected(good.replace("'rate':1", "'rate':'a'"), "learning rate must be above 0");
    assertRejected(good.replace("'batch':1", "'batch':0"), "batch must be a whole number from 1");
    assertRejected(good.replace("'epochs':1", "'epochs':101"), "epochs must be");
    assertRejected(good.replace("'threads':1", "'threads':9999"), "threads must be");
    assertRejected(good.replace("'images':1", "'images':1.5"), "images must be");
  }

  private static void assertRejected(String json, String message) throws IOException {
    JsonNode node = JSON.readTree(json.replace('\'', '"'));
    Refusal refusal = assertThrows(Refusal.class, () -> TrainingPlan.of(node));
    assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
  }
}
