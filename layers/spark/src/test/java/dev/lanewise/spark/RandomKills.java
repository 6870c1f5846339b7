// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Executors and drivers that are killed at random moments of a training: minutes. A property,
 * {@code lanewise.kills}, says how many; one in three is a driver.
 */
final class RandomKills {
  private static final int KILLS = Integer.getInteger("lanewise.kills", 30);
  private static final long SEED = Long.getLong("lanewise.seed", 1);
  private static final int TASKS = 2;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private static String undisturbed;
  private static long millis; // that an undisturbed training takes

  @TempDir static Path models;
  @TempDir Path temp;

  @BeforeAll
  static void trainUndisturbed() throws Exception {
    SparkSession spark = Sessions.cluster(TASKS, 1);
    LongTraining.run(spark, TASKS, models, ""); // compiles it
    long begun = System.nanoTime();
    undisturbed = LongTraining.run(spark, TASKS, models, "");
    millis = (System.nanoTime() - begun) / 1_000_000;
    System.out.println("undisturbed: " + millis + " ms, " + undisturbed);
  }

  @AfterAll
  static void stop() {
    Sessions.stop();
  }

  @Test
  void executors() throws Exception {
    SparkSession spark = Sessions.cluster(TASKS, 1);
    Random random = new Random(SEED);
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      int number = 0;
      for (int kills = 0; kills < KILLS - KILLS / 3; number++) {
        awaitExecutors(spark);
        String points = temp.resolve("points-" + number).toString();
        Future<String> training =
            threads.submit(() -> LongTraining.run(spark, TASKS, models, points));
        long moment = random.nextLong(millis);
        int victim = random.nextInt(TASKS);
        Thread.sleep(moment);
        boolean hit = !training.isDone() && running().get(victim).destroyForcibly();
        kills += hit ? 1 : 0;
        assertEquals(undisturbed, training.get(), "after a kill at " + moment + " ms");
        System.out.println(
            "executor " + victim + " at " + moment + " ms: " + (hit ? "the same" : "late"));
      }
    }
  }

  /** The only processes that this one has started, the oldest first. */
  private static List<ProcessHandle> running() {
    return ProcessHandle.current().children().filter(ProcessHandle::isAlive).toList();
  }

  /** Until they have said to the driver that they are there. */
  private static void awaitExecutors(SparkSession spark) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (running().size() < TASKS
        || spark.sparkContext().statusTracker().getExecutorInfos().length <= TASKS) { // with itself
      assertTrue(System.nanoTime() < deadline, "an executor is not back in " + PATIENCE);
      Thread.sleep(50);
    }
  }

  @Test
  void drivers() throws Exception {
    stop();
    Random random = new Random(~SEED);
    int kills = 0;
    long alone = 0; // ms that a driver takes that is not killed, the first one, in a new JVM
    for (int training = 0; kills < KILLS / 3; training++) {
      Path folder = Files.createDirectory(temp.resolve("driver-" + training));
      String sha = null;
      while (sha == null) {
        Path log = folder.resolve("log");
        Process driver = startDriver(folder, log);
        try (BufferedReader out = driver.inputReader()) {
          assertEquals("begins", out.readLine(), "what the driver says at first");
          if (alone > 0 && kills < KILLS / 3 && random.nextInt(4) > 0) {
            long moment = random.nextLong(alone);
            boolean late = driver.waitFor(moment, TimeUnit.MILLISECONDS);
            List<ProcessHandle> executors = driver.descendants().toList();
            driver.toHandle().destroyForcibly(); // the process alone: what it said can be read
            sha = out.readLine();
            assertTrue(sha != null || !late, () -> "the driver has failed: " + text(log));
            kills += sha == null ? 1 : 0;
            System.out.println(
                "driver at "
                    + moment
                    + " ms, epochs saved: "
                    + saved(folder)
                    + (sha == null ? "" : ": late"));
            for (ProcessHandle executor : executors) {
              executor.onExit().get();
            }
          } else {
            long begun = System.nanoTime();
            sha = out.readLine();
            alone = alone > 0 ? alone : (System.nanoTime() - begun) / 1_000_000;
            assertNotNull(sha, () -> "the driver has failed: " + text(log));
          }
        }
      }
      assertEquals(undisturbed, sha);
      System.out.println("the same");
    }
  }

  private static String text(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> saved(Path folder) {
    String[] names = folder.resolve("points").toFile().list();
    return names == null
        ? List.of()
        : List.of(names).stream().filter(name -> name.startsWith("epoch")).sorted().toList();
  }

  /** Started as this JVM was. */
  private static Process startDriver(Path folder, Path log) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(LongTraining.class.getName(), "" + TASKS, folder.toString()));
    return new ProcessBuilder(command).redirectError(log.toFile()).start();
  }
}
