// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code train --tensorboard}; what is in the files, the module that writes them tests. */
class EventFilesTest {
  @TempDir static Path data;
  @TempDir Path folder;

  @BeforeAll
  static void writeData() throws IOException {
    TinyImages.write(data);
  }

  private static Run ok(Object... args) {
    Run run = Run.of(args);
    assertEquals(0, run.code(), run.err());
    return run;
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  /** Tags and texts stand in the file as they are. */
  private static String text(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.ISO_8859_1);
  }

  @Test
  void theWeightsAreTheSameAndTheFileHasAllKinds() throws IOException {
    Path plain = folder.resolve("plain");
    Path watched = folder.resolve("watched");
    Path runs = folder.resolve("runs/first");
    ok("train", "--data", data, "--epochs", 2, "--validation", 50, "--save", plain);
    Run run =
        ok(
            "train",
            "--data",
            data,
            "--epochs",
            2,
            "--validation",
            50,
            "--save",
            watched,
            "--tensorboard",
            runs);

    assertEquals(-1, Files.mismatch(plain, watched), "the event files have changed the weights");
    assertTrue(run.out().contains("\nevents    in " + runs + "\n"), run.out());
    assertEquals(1, files(runs).size());
    String events = text(files(runs).getFirst());
    for (String part :
        List.of(
            "brain.Event:2",
            "    mnist-app train --model simple --batch-size 10",
            "loss/steps",
            "accuracy/validation",
            "accuracy/test",
            "weights/0.weight",
            "gradients/4.bias",
            "images/train",
            "conv2d[0]")) {
      assertTrue(events.contains(part), part);
    }
  }

  @Test
  void aResumedTrainingGoesOnInTheSameFolderAndANewOneDoesNot() throws IOException {
    Path checkpoints = folder.resolve("checkpoints");
    Path runs = folder.resolve("runs");
    Object[] options = {"--checkpoint", checkpoints, "--tensorboard", runs, "--data", data};
    ok(Stream.concat(Stream.of("train", "--epochs", 1), Stream.of(options)).toArray());
    ok("train", "--resume", checkpoints, "--epochs", 2);

    assertEquals(2, files(runs).size());
    assertFalse(text(files(runs).get(1)).isEmpty());
    Run again = Run.of("train", "--data", data, "--tensorboard", runs);
    assertEquals(2, again.code());
    assertEquals("", again.out());
    assertTrue(
        again
            .err()
            .contains(
                "--tensorboard "
                    + runs
                    + " has event files of a training: a new one needs a folder of its own"),
        again.err());
    assertEquals(2, files(runs).size());
  }

  /** Otherwise a second try would be taken for another training in the same folder. */
  @Test
  void aTrainingThatDoesNotBeginLeavesNoFile() throws IOException {
    Path checkpoints = folder.resolve("checkpoints");
    Path runs = folder.resolve("runs");
    Path other = TinyImages.write(folder.resolve("other"));
    TinyImages.write(other, "train", TinyImages.TRAIN, TinyImages.SIDE, new Random(2));
    ok("train", "--data", data, "--epochs", 1, "--checkpoint", checkpoints);

    Run run = Run.of("train", "--resume", checkpoints, "--data", other, "--tensorboard", runs);

    assertEquals(3, run.code(), run.err());
    assertTrue(run.err().contains("on different images"), run.err());
    assertFalse(Files.exists(runs));
  }

  @Test
  void whereNothingCanBeWrittenIsSaidBeforeTheTraining() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    Run run = Run.of("train", "--data", data, "--tensorboard", file);
    assertEquals(4, run.code());
    assertEquals("", run.out());
    assertTrue(
        run.err().contains(file + ": cannot be written, since " + file + " is not a folder"),
        run.err());

    Path below = file.resolve("runs");
    Path checkpoints = folder.resolve("checkpoints");
    run = Run.of("train", "--data", data, "--tensorboard", below, "--checkpoint", checkpoints);
    assertEquals(4, run.code());
    assertTrue(
        run.err().contains(below + ": cannot be written, since " + file + " is not a folder"),
        run.err());
    assertFalse(Files.exists(checkpoints), "they would be taken for those of a training");

    Run same = Run.of("train", "--data", data, "--tensorboard", folder, "--checkpoint", folder);
    assertEquals(2, same.code());
    assertTrue(
        same.err().contains("--tensorboard and the checkpoints are in the same folder: " + folder),
        same.err());
  }
}
