// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.layers.io.CheckpointFolder;
import dev.lanewise.layers.io.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --checkpoint} and {@code --resume}. */
class ResumeTest {
  @TempDir static Path data;
  @TempDir Path folder;
  private Path checkpoints;

  @BeforeAll
  static void writeData() throws IOException {
    TinyImages.write(data);
  }

  @BeforeEach
  void name() {
    checkpoints = folder.resolve("checkpoints");
  }

  /** The metrics without what depends on the clock. */
  static List<JsonNode> figures(Path metrics) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(metrics)) {
      ObjectNode node = (ObjectNode) new ObjectMapper().readTree(line);
      node.remove(List.of("imagesPerSecond", "seconds", "totalSeconds"));
      lines.add(node);
    }
    return lines;
  }

  private static Run ok(Object... args) {
    Run run = Run.of(args);
    assertEquals(0, run.code(), run.err());
    return run;
  }

  private static Run fails(int code, String part, Object... args) {
    Run run = Run.of(args);
    assertEquals(code, run.code(), run.err());
    assertEquals(1, run.errLines().size(), run.err());
    assertTrue(run.err().contains(part), run.err());
    return run;
  }

  /** Leaves a training within its third epoch: by going back to the last checkpoint but one. */
  private void interrupt(Object... options) throws IOException {
    List<Object> args = new ArrayList<>(List.of("train", "--data", data));
    args.addAll(List.of("--checkpoint", checkpoints, "--checkpoint-every", 4, "--epochs", 3));
    args.addAll(List.of(options));
    ok(args.toArray());
    Files.delete(newest());
  }

  private Path newest() throws IOException {
    try (Stream<Path> files = Files.list(checkpoints)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("checkpoint-"))
          .max(Path::compareTo)
          .orElseThrow();
    }
  }

  @Test
  void theResultIsThatOfATrainingThatWasNeverInterrupted() throws IOException {
    Path weights = folder.resolve("weights");
    Path metrics = folder.resolve("metrics");
    Path save = folder.resolve("save");
    Path log = folder.resolve("log");
    ok("train", "--data", data, "--epochs", 3, "--save", weights, "--metrics", metrics);
    interrupt("--save", save, "--metrics", log, "--threads", 1);
    Files.delete(save);
    Files.delete(log);

    Run run = ok("train", "--resume", checkpoints, "--threads", 2);

    assertTrue(run.out().contains("\nresumed   from " + checkpoints), run.out());
    assertTrue(run.out().contains("after 2 epochs and 140 images\n"), run.out());
    assertFalse(run.out().contains("epoch 2/3"), run.out());
    assertEquals(-1, Files.mismatch(weights, save));
    assertEquals(figures(metrics), figures(log));
    assertEquals(4, figures(log).size());
    assertFalse(Files.exists(folder.resolve("log.part")));
  }

  @Test
  void aFinishedTrainingGivesItsResultsAgain() throws IOException {
    Path save = folder.resolve("save");
    ok("train", "--data", data, "--epochs", 2, "--checkpoint", checkpoints, "--save", save);
    Path again = folder.resolve("again");
    Path metrics = folder.resolve("metrics");
    ok("train", "--resume", checkpoints, "--save", again, "--metrics", metrics);
    assertEquals(-1, Files.mismatch(save, again));
    assertEquals(3, figures(metrics).size());
  }

  @Test
  void moreEpochsMayFollow() throws IOException {
    Path whole = folder.resolve("whole");
    Path longer = folder.resolve("longer");
    ok("train", "--data", data, "--epochs", 4, "--save", whole);
    interrupt();
    ok("train", "--resume", checkpoints, "--epochs", 4, "--save", longer);
    assertEquals(-1, Files.mismatch(whole, longer));
  }

  @Test
  void fewerEpochsThanBegunAreRefused() throws IOException {
    interrupt();
    fails(
        2,
        "--epochs must be at least the 3 begun",
        "train",
        "--resume",
        checkpoints,
        "--epochs",
        2);
  }

  @Test
  void whatTheWeightsDependOnMustStay() throws IOException {
    interrupt("--limit", 200);
    for (String option :
        List.of(
            "--seed=2",
            "--batch-size=5",
            "--learning-rate=0.1",
            "--model=complex",
            "--validation=3",
            "--split=stratified",
            "--limit=100")) {
      String name = option.substring(0, option.indexOf('='));
      fails(2, name + " is ", "train", "--resume", checkpoints, option);
    }
    ok("train", "--resume", checkpoints, "--limit", 200, "--seed", 1);
  }

  @Test
  void aListOfLayersStaysHoweverItIsWritten() throws IOException {
    interrupt("--model", "Conv 4, relu , pool, dense");

    fails(2, "--model is ", "train", "--resume", checkpoints, "--model", "conv 4, pool, dense");
    Run run = ok("train", "--resume", checkpoints, "--model", "conv 4,relu,pool,DENSE");
    assertTrue(run.out().contains("\nmodel     conv 4, relu, pool, dense, "), run.out());
    assertTrue(run.out().contains("\nresumed   from "), run.out());
  }

  /** Its learning rates depend on how many steps there are. */
  @Test
  void aRecipeHasAsManyEpochsAsItBeganWith() throws IOException {
    Path whole = folder.resolve("whole");
    ok(
        "train",
        "--data",
        data,
        "--recipe",
        "fast",
        "--epochs",
        2,
        "--batch-size",
        20,
        "--checkpoint",
        checkpoints,
        "--save",
        whole);
    fails(2, "--epochs is 3, but the training", "train", "--resume", checkpoints, "--epochs", 3);
    fails(2, "--recipe is ", "train", "--resume", checkpoints, "--recipe", "article-simple");
    Path again = folder.resolve("again");
    ok("train", "--resume", checkpoints, "--save", again);
    assertEquals(-1, Files.mismatch(whole, again));
  }

  @Test
  void otherImagesAreRefused() throws IOException {
    interrupt();
    Path other = TinyImages.write(folder.resolve("other"));
    TinyImages.write(other, "train", TinyImages.TRAIN, TinyImages.SIDE, new Random(2));
    fails(3, "on different images", "train", "--resume", checkpoints, "--data", other);
  }

  @Test
  void aDamagedCheckpointIsNamedAndTheOneBeforeUsed() throws IOException {
    Path whole = folder.resolve("whole");
    Path save = folder.resolve("save");
    ok("train", "--data", data, "--epochs", 3, "--save", whole);
    ok("train", "--data", data, "--checkpoint", checkpoints, "--epochs", 3, "--save", save);
    Path damaged = newest();
    byte[] bytes = Files.readAllBytes(damaged);
    bytes[bytes.length / 2] ^= 1;
    Files.write(damaged, bytes);
    Files.delete(save);

    Run run = ok("train", "--resume", checkpoints);

    assertEquals(1, run.errLines().size(), run.err());
    assertTrue(run.err().startsWith("warning: " + damaged + ": is damaged"), run.err());
    assertTrue(run.out().contains("after 2 epochs and 0 images"), run.out());
    assertEquals(-1, Files.mismatch(whole, save));
  }

  /**
   * A checkpoint with a true checksum that says anything: the training goes on, or one line says
   * why not.
   */
  @Test
  void whateverACheckpointSaysItIsUsedOrRefusedInOneLine() throws IOException {
    interrupt("--limit", 100, "--validation", 20);
    Safetensors good = Safetensors.read(newest());
    Path trial = folder.resolve("trial");
    Path save = folder.resolve("save");
    Path log = folder.resolve("log");
    int refused = 0;
    for (String key : good.metadata().keySet()) {
      for (String value :
          Arrays.asList(
              null,
              "",
              "x",
              "-1",
              "1e308",
              "2147483647",
              "99999999999999999999",
              "\0\n\u202e",
              "[".repeat(5_000),
              "x".repeat(1_000_000))) {
        Map<String, String> metadata = new LinkedHashMap<>(good.metadata());
        if (value == null) {
          metadata.remove(key);
        } else {
          metadata.put(key, value);
        }
        try (CheckpointFolder to = CheckpointFolder.open(trial)) {
          to.newest(warning -> {});
          to.save(new Safetensors(good.tensors(), metadata));
        }
        // Where it reads and writes is not what is tried.
        Run run =
            Run.of("train", "--resume", trial, "--save", save, "--metrics", log, "--data", data);
        String what = key + " = " + (value == null ? "none" : value.lines().findFirst());
        assertTrue(List.of(0, 2, 3, 4).contains(run.code()), what + ": " + run.err());
        assertEquals(run.code() == 0 ? 0 : 1, run.errLines().size(), what + ": " + run.err());
        if (key.equals("metrics")) {
          assertEquals(3, run.code(), what); // none of these is two lines of metrics
        }
        refused += run.code() == 0 ? 0 : 1;
      }
    }
    assertTrue(refused > good.metadata().size(), refused + " refused");
  }

  @Test
  void onlyDamagedCheckpointsAreBadData() throws IOException {
    interrupt("--validation", 0);
    try (Stream<Path> files = Files.list(checkpoints)) {
      for (Path file : files.filter(f -> !f.endsWith("lock")).toList()) {
        Files.write(file, new byte[10]);
      }
    }
    Run run = Run.of("train", "--resume", checkpoints);
    assertEquals(3, run.code(), run.err());
  }

  @Test
  void foldersThatCannotBeUsed() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    fails(4, "file: is not a folder", "train", "--data", data, "--checkpoint", file);
    fails(4, "no such folder", "train", "--resume", folder.resolve("missing"));
    fails(4, "has no checkpoint", "train", "--resume", folder);
    interrupt();
    fails(2, "has checkpoints of a training", "train", "--data", data, "--checkpoint", checkpoints);
    try (CheckpointFolder inUse = CheckpointFolder.open(checkpoints)) {
      assertFalse(inUse.isEmpty());
      fails(4, "in use by another training", "train", "--resume", checkpoints);
    }
  }

  @Test
  void oneCommandBeginsAndGoesOn() throws IOException {
    Path save = folder.resolve("save");
    Object[] command = {
      "--data",
      data,
      "--epochs",
      1,
      "--checkpoint",
      checkpoints,
      "--resume",
      checkpoints,
      "--save",
      save
    };
    assertFalse(ok(command).out().contains("resumed"));
    assertTrue(ok(command).out().contains("resumed"));
  }

  @Test
  void aTrainingThatDivergesLeavesACheckpointToGoOnFrom() throws IOException {
    Object[] diverging = {"--data", data, "--learning-rate", 1e30, "--checkpoint", checkpoints};
    fails(5, "the checkpoints from before it are in " + checkpoints, diverging);
    fails(5, "step 2 of epoch 1", "--resume", checkpoints);
  }

  @Test
  void theBestCheckpointCanBeEvaluated() throws IOException {
    Path metrics = folder.resolve("metrics");
    ok("--data", data, "--epochs", 2, "--checkpoint", checkpoints, "--metrics", metrics);
    Path best = checkpoints.resolve("best.safetensors");
    ok("evaluate", "--weights", best, "--data", data);
  }
}
