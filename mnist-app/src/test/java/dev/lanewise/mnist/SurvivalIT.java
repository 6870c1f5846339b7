// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Trainings whose process, disk or folder does not last, in JVMs of their own. */
class SurvivalIT {
  private static final String JAR = System.getProperty("mnist-app.jar");

  /** How many times to kill; {@code -Dlanewise.kills=500} for the long run. */
  private static final int KILLS = Integer.getInteger("lanewise.kills", 6);

  private static final int EPOCHS = 4;
  private static final long SECONDS = 600;

  @TempDir static Path data;
  @TempDir Path folder;

  @BeforeAll
  static void writeData() throws IOException {
    TinyImages.write(data);
  }

  private static List<String> java(Object... args) {
    List<String> command = new ArrayList<>();
    Collections.addAll(
        command,
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:-UsePerfData", // a file that is not to be part of any test
        "--add-modules=jdk.incubator.vector");
    command.addAll(Jvm.SHORT);
    Collections.addAll(command, "-jar", JAR, "train");
    for (Object arg : args) {
      command.add(arg.toString());
    }
    return command;
  }

  /** A training in this folder that begins or goes on, and saves after each step. */
  private static List<String> training(Path here, int threads) {
    Path checkpoints = here.resolve("checkpoints");
    return java(
        "--data",
        data,
        "--epochs",
        EPOCHS,
        "--threads",
        threads,
        "--checkpoint",
        checkpoints,
        "--resume",
        checkpoints,
        "--checkpoint-every",
        1,
        "--save",
        here.resolve("weights"),
        "--metrics",
        here.resolve("metrics"));
  }

  private static Process start(List<String> command, Path here) throws IOException {
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(here.resolve("out").toFile()))
        .redirectError(here.resolve("err").toFile())
        .start();
  }

  private static int end(Process process) throws InterruptedException {
    if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    return process.waitFor();
  }

  private static void assertSameResult(Path expected, Path actual, String what) throws IOException {
    assertEquals(-1, Files.mismatch(expected.resolve("weights"), actual.resolve("weights")), what);
    assertEquals(
        ResumeTest.figures(expected.resolve("metrics")),
        ResumeTest.figures(actual.resolve("metrics")),
        what);
  }

  private Path uninterrupted() throws Exception {
    Path here = Files.createDirectory(folder.resolve("uninterrupted"));
    assertEquals(0, end(start(training(here, 2), here)), Files.readString(here.resolve("err")));
    return here;
  }

  /**
   * Kills trainings by SIGKILL, each process at a random instant of the time that a whole one
   * takes, the start of the JVM included; then starts it again, with another number of threads,
   * until it is done.
   */
  @Test
  void killedAtAnyInstantItGoesOnAndTheResultIsTheSame() throws Exception {
    long begin = System.nanoTime();
    Path expected = uninterrupted();
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    Random random = new Random(Long.getLong("lanewise.kills.seed", 1));
    int kills = 0;
    int insideSave = 0;
    int beforeFirst = 0;
    int trainings = 0;
    int starts = 0;
    while (kills < KILLS) {
      Path here = Files.createDirectory(folder.resolve("training-" + trainings));
      boolean done = false;
      while (!done) {
        Process process = start(training(here, 1 + starts++ % 3), here);
        done = kills >= KILLS || process.waitFor(random.nextLong(millis), TimeUnit.MILLISECONDS);
        if (!done) {
          process.destroyForcibly();
        }
        int code = end(process);
        done |= code == 0; // it may have ended just before it was killed
        assertEquals(done ? 0 : 128 + 9, code, Files.readString(here.resolve("err")));
        if (!done) {
          kills++;
          insideSave += count(here, ".part");
          beforeFirst += count(here, ".safetensors") == 0 ? 1 : 0;
        }
      }
      trainings++;
      String what = "training " + trainings + ", after " + kills + " kills";
      assertSameResult(expected, here, what);
      assertEquals(0, count(here, ".part"), what);
      System.out.printf(
          Locale.ROOT,
          "%d kills in %d trainings, all resumed, all with the same bits: %d inside a save, %d"
              + " before the first checkpoint; a whole training took %d ms%n",
          kills,
          trainings,
          insideSave,
          beforeFirst,
          millis);
    }
  }

  /** How many files of the folder of checkpoints end so. */
  private static int count(Path here, String end) throws IOException {
    Path checkpoints = here.resolve("checkpoints");
    if (!Files.exists(checkpoints)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(checkpoints)) {
      return (int) files.filter(file -> file.getFileName().toString().endsWith(end)).count();
    }
  }

  @ParameterizedTest
  @CsvSource({"INT, 130", "TERM, 143", "HUP, 129"})
  void aSignalSavesACheckpointAndEndsTheTraining(String signal, int code) throws Exception {
    Kill.assumeHeard(signal);
    Path here = Files.createDirectory(folder.resolve("stopped"));
    Path checkpoints = here.resolve("checkpoints");
    List<String> endless =
        java(
            "--data",
            data,
            "--checkpoint",
            checkpoints,
            "--epochs",
            20_000,
            "--save",
            here.resolve("weights"),
            "--metrics",
            here.resolve("metrics"));
    Process process =
        new ProcessBuilder(endless).redirectError(here.resolve("err").toFile()).start();
    try (BufferedReader out = process.inputReader()) {
      while (!out.readLine().startsWith("epoch")) {}
      Kill.send(signal, process);
      while (out.readLine() != null) {} // or it could not go on printing
      assertEquals(code, end(process));
    } finally {
      process.destroyForcibly();
    }
    String err = Files.readString(here.resolve("err"));
    assertTrue(err.contains("to go on: train --resume " + checkpoints), err);
    int epochs = Integer.parseInt(err.split("stopped after ")[1].split(" ")[0]);
    assertFalse(Files.exists(here.resolve("weights")));
    Process resumed = start(java("--resume", checkpoints, "--epochs", epochs + 2), here);
    assertEquals(0, end(resumed), Files.readString(here.resolve("err")));
    Path whole = Files.createDirectory(folder.resolve("whole"));
    Process other =
        start(
            java(
                "--data",
                data,
                "--epochs",
                epochs + 2,
                "--save",
                whole.resolve("weights"),
                "--metrics",
                whole.resolve("metrics")),
            whole);
    assertEquals(0, end(other), Files.readString(whole.resolve("err")));
    assertSameResult(whole, here, signal);
  }

  @ParameterizedTest
  @CsvSource({"INT, 130", "TERM, 143"})
  void withoutCheckpointsASignalSavesTheWeightsAndTheReportSoFar(String signal, int code)
      throws Exception {
    Kill.assumeHeard(signal);
    Path here = Files.createDirectory(folder.resolve("stopped"));
    Path target = Files.writeString(here.resolve("w.safetensors"), "good");
    Path earlier = Files.writeString(here.resolve("w-stopped.safetensors"), "earlier");
    Path report = here.resolve("r.html");
    List<String> command = java("--data", data, "--epochs", 1_000_000, "--save", target);
    command.addAll(List.of("--report", report.toString()));
    Process process =
        new ProcessBuilder(command).redirectError(here.resolve("err").toFile()).start();
    try (BufferedReader out = process.inputReader()) {
      while (!out.readLine().startsWith("epoch")) {}
      Kill.send(signal, process);
      while (out.readLine() != null) {}
      assertEquals(code, end(process));
    } finally {
      process.destroyForcibly();
    }
    Path saved = here.resolve("w-stopped-2.safetensors");
    String err = Files.readString(here.resolve("err"));
    assertTrue(err.matches("(?s).*stopped after \\d+ epochs? and \\d+ images?; .*"), err);
    assertTrue(err.contains("; weights so far: " + saved), err);
    Path page = here.resolve("r-stopped.html");
    assertTrue(err.contains("; report so far: " + page), err);
    String html = Files.readString(page);
    Tags.requireWhole(html);
    assertTrue(html.contains(", stopped</h1>") && html.contains("stopped before its test"), html);
    assertFalse(Files.exists(report));
    assertEquals("good", Files.readString(target));
    assertEquals("earlier", Files.readString(earlier));
    List<String> evaluate = java("--data", data, "--weights", saved);
    evaluate.set(evaluate.indexOf("train"), "evaluate");
    assertEquals(0, end(start(evaluate, here)), Files.readString(here.resolve("err")));
  }

  @Test
  void aSignalSaysThatNothingIsSaved() throws Exception {
    Path here = Files.createDirectory(folder.resolve("nothing"));
    Process process =
        new ProcessBuilder(java("--data", data, "--epochs", 1_000_000))
            .redirectError(here.resolve("err").toFile())
            .start();
    try (BufferedReader out = process.inputReader()) {
      while (!out.readLine().startsWith("epoch")) {}
      Kill.send("TERM", process);
      while (out.readLine() != null) {}
      assertEquals(143, end(process));
    } finally {
      process.destroyForcibly();
    }
    String err = Files.readString(here.resolve("err"));
    assertTrue(err.contains("; nothing is saved without --save or --checkpoint"), err);
  }

  /** Files beyond the limit cannot be written: as on a full disk, in the middle of a file. */
  @Test
  void onAFullDiskItEndsAndTheFormerCheckpointIsWhole() throws Exception {
    Path here = Files.createDirectory(folder.resolve("full"));
    Path checkpoints = here.resolve("checkpoints");
    Object[] training = {"--data", data, "--epochs", 20, "--checkpoint", checkpoints};
    List<String> limited =
        new ArrayList<>(List.of("bash", "-c", "ulimit -f 14; exec \"$@\"", "bash")); // in kB
    // Checkpoints grow by the metrics of each epoch; at some time they are too large.
    limited.addAll(java(training));
    int code = end(start(limited, here));
    String err = Files.readString(here.resolve("err"));
    assertEquals(4, code, err);
    assertTrue(err.contains("mnist-app train: " + checkpoints), err);
    assertFalse(err.contains("\tat "), err);
    assertEquals(0, count(here, ".part"));
    assertEquals(3, count(here, ".safetensors"), "two and the best");

    Process resumed = start(java("--resume", checkpoints, "--save", here.resolve("a")), here);
    assertEquals(0, end(resumed), Files.readString(here.resolve("err")));
    assertFalse(Files.readString(here.resolve("err")).contains("warning:"));
    Process whole = start(java("--data", data, "--epochs", 20, "--save", here.resolve("b")), here);
    assertEquals(0, end(whole));
    assertEquals(-1, Files.mismatch(here.resolve("a"), here.resolve("b")));
  }

  /** Goes on with a training that saved after each epoch, for one or two more. */
  private static void assertGoesOn(Path checkpoints, Path here) throws Exception {
    int saved;
    try (Stream<Path> files = Files.list(checkpoints)) {
      saved =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.matches("checkpoint-\\d+\\.safetensors"))
              .mapToInt(name -> Integer.parseInt(name.replaceAll("\\D", "")))
              .max()
              .orElseThrow();
    }
    int code = end(start(java("--resume", checkpoints, "--epochs", saved + 2), here));
    assertEquals(0, code, Files.readString(here.resolve("err")));
  }

  @Test
  void ofTwoTrainingsInOneFolderTheSecondIsRefused() throws Exception {
    Path here = Files.createDirectory(folder.resolve("shared"));
    Path checkpoints = here.resolve("checkpoints");
    Process first =
        new ProcessBuilder(java("--data", data, "--checkpoint", checkpoints, "--epochs", 20_000))
            .start();
    try (BufferedReader out = first.inputReader()) {
      while (!out.readLine().startsWith("epoch")) {}
      assertEquals(4, end(start(java("--resume", checkpoints), here)));
      String err = Files.readString(here.resolve("err"));
      assertTrue(err.contains(checkpoints + ": is in use by another training"), err);
      assertTrue(out.readLine().startsWith("epoch"), "the first one goes on");
    } finally {
      first.destroyForcibly();
    }
    first.waitFor();
    assertGoesOn(checkpoints, here);
  }

  /** Without what lets root write everywhere. */
  private static List<String> withoutPrivileges(List<String> command) throws Exception {
    List<String> bare = new ArrayList<>(List.of("setpriv", "--bounding-set=-dac_override"));
    if (!System.getProperty("user.name").equals("root")) {
      return command;
    }
    bare.add("true");
    assumeTrue(new ProcessBuilder(bare).start().waitFor() == 0, "root that cannot be less");
    bare.removeLast();
    bare.addAll(command);
    return bare;
  }

  @Test
  void whereTheFolderBecomesReadOnlyItEnds() throws Exception {
    Path here = Files.createDirectory(folder.resolve("read-only"));
    Path checkpoints = here.resolve("checkpoints");
    List<String> training =
        withoutPrivileges(java("--data", data, "--checkpoint", checkpoints, "--epochs", 20_000));
    Process process =
        new ProcessBuilder(training).redirectError(here.resolve("err").toFile()).start();
    try (BufferedReader out = process.inputReader()) {
      while (!out.readLine().startsWith("epoch")) {}
      Files.setPosixFilePermissions(checkpoints, PosixFilePermissions.fromString("r-xr-xr-x"));
      while (out.readLine() != null) {}
      assertEquals(4, end(process));
    } finally {
      process.destroyForcibly();
    }
    String err = Files.readString(here.resolve("err"));
    assertTrue(err.contains("mnist-app train: " + checkpoints), err);
    // The new one, or the one that it makes superfluous: it depends on the moment.
    String line =
        "mnist-app train: \\Q"
            + checkpoints
            + "/\\E((best|checkpoint-\\d+)\\.safetensors: cannot be written"
            + "|checkpoint-\\d+\\.safetensors: cannot be deleted)";
    assertTrue(err.lines().anyMatch(l -> l.matches(line)), err);
    assertFalse(err.contains("\tat "), err);
    assertTrue(count(here, ".part") <= 1, "what it was just writing");

    List<String> other = java("--data", data, "--checkpoint", checkpoints.resolve("below"));
    assertEquals(4, end(start(withoutPrivileges(other), here)));
    Files.setPosixFilePermissions(checkpoints, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertGoesOn(checkpoints, here);
    assertFalse(Files.readString(here.resolve("err")).contains("warning:"));
    assertEquals(0, count(here, ".part"));
  }

  @Test
  void whereTheFolderIsRemovedItEnds() throws Exception {
    Path here = Files.createDirectory(folder.resolve("removed"));
    Path checkpoints = here.resolve("checkpoints");
    Process process =
        new ProcessBuilder(java("--data", data, "--checkpoint", checkpoints, "--epochs", 20_000))
            .redirectError(here.resolve("err").toFile())
            .start();
    try (BufferedReader out = process.inputReader()) {
      while (!out.readLine().startsWith("epoch")) {}
      Files.move(checkpoints, here.resolve("elsewhere"));
      while (out.readLine() != null) {}
      assertEquals(4, end(process));
    } finally {
      process.destroyForcibly();
    }
    String err = Files.readString(here.resolve("err"));
    assertTrue(err.contains(checkpoints + ": was removed"), err);
    assertFalse(Files.exists(checkpoints));
    assertGoesOn(here.resolve("elsewhere"), here);
  }
}
