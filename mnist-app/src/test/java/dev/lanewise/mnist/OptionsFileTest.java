// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsFileTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {" ", "="})
  void optionsStandWhereTheFileIsNamed(String separator) throws IOException {
    Path file = file("# a comment", "", "--epochs 3", "  --model = conv 8, relu, dense 10 ", "-q");

    assertArrayEquals(
        new String[] {
          "train", "--seed", "5", "--epochs=3", "--model=conv 8, relu, dense 10", "-q", "--limit=9"
        },
        expand(("train|--seed|5|--options" + separator + file + "|--limit=9").replace(' ', '|')));
  }

  @Test
  void theCommandLineTakesPrecedence() throws IOException {
    Path file = file("--learning-rate 0.1", "--epochs 3", "--seed 7");

    assertArrayEquals(
        new String[] {"train", "--seed=7", "--lr", "0.2", "--epochs=1"},
        expand("train|--options|" + file + "|--lr|0.2|--epochs=1"));
  }

  @Test
  void commandsOfCommandsHaveThem() throws IOException {
    Path file = file("--data d", "--per-class 3");

    assertArrayEquals(
        new String[] {"data", "sheet", "--data=d", "--per-class", "5"},
        expand("data|sheet|--options|" + file + "|--per-class|5"));
  }

  private static String[] expand(String args) throws IOException {
    return OptionsFile.expand(Main.program(), args.split("\\|"));
  }

  private Path file(String... lines) throws IOException {
    return Files.write(folder.resolve("options"), List.of(lines));
  }

  @Test
  void aTrainingCanBeWrittenDown() throws IOException {
    Path data = TinyImages.write(folder.resolve("data"));
    Path file =
        file(
            "--data " + data,
            "--model conv 4, relu, pool 2, dense",
            "--epochs 2",
            "--validation 100",
            "--threads 1");

    Run run = Run.of("--options", file, "--epochs", 1);

    assertEquals(0, run.code(), run.err());
    assertTrue(
        run.out().contains("model     conv 4, relu, pool 2, dense, 1,490 parameters"), run.out());
    assertTrue(run.out().contains("\ntraining  1 epoch,"), run.out());

    Run quiet = Run.of("--options", file, "--epochs", 1, "--quiet");
    assertEquals("", quiet.err());
    assertTrue(quiet.out().matches("test      accuracy .*\\n"), quiet.out());
  }

  @Test
  void saysWhatIsWrong() throws IOException {
    assertFails(4, "missing: no such file or folder", folder.resolve("missing"));
    assertFails(4, folder + ": is a folder, expected a file of options", folder);
    assertFails(3, "has 'epochs 3' in line 2, expected an option", file("# c", "epochs 3"));
    assertFails(3, "has '--options other' in line 1", file("--options other"));
    Run two = Run.of("train", "--options", file("--epochs 1"), "--options", "other");
    assertEquals(2, two.code());
    assertTrue(two.err().contains("'--options' (<file>) should be specified only once"), two.err());
    assertFails(2, "unknown option '--epoch'; did you mean '--epochs'?", file("--epoch 3"));
    assertFails(2, "--epochs must be at least 1, but is 0", file("--epochs 0"));
    assertFails(
        2, "'--epochs' (<count>) should be specified only once", file("--epochs 1", "--epochs 2"));
    Path bytes = Files.write(folder.resolve("bytes"), new byte[] {(byte) 0xFF, (byte) 0xFE});
    assertFails(3, "is no file of options: it is not text in UTF-8", bytes);
    Run run = Run.of("train", "--options");
    assertEquals(2, run.code());
    assertTrue(run.err().contains("Missing required parameter for option '--options'"), run.err());
  }

  private static void assertFails(int code, String message, Path options) {
    Run run = Run.of("train", "--data", "missing", "--options", options);

    assertEquals(code, run.code(), run.err());
    assertEquals(1, run.errLines().size(), run.err());
    assertTrue(run.err().startsWith("mnist-app train: "), run.err());
    assertTrue(run.err().contains(message), run.err());
  }
}
