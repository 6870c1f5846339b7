// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.Safetensors;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bad files and places: one line that names the file, and the exit code. */
class BadInputTest {
  @TempDir Path folder;
  private Path data;

  @BeforeEach
  void writeData() throws IOException {
    data = TinyImages.write(folder.resolve("data"));
  }

  @Test
  void wrongMagic() throws IOException {
    Path file = data.resolve("train-images-idx3-ubyte");
    byte[] bytes = Files.readAllBytes(file);
    bytes[0] = 1;
    Files.write(file, bytes);

    assertFails(3, file.toString(), "train", "--data", data);
  }

  @Test
  void truncatedImages() throws IOException {
    Path file = data.resolve("t10k-images-idx3-ubyte");
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));

    assertFails(3, file.toString(), "train", "--data", data);
  }

  @Test
  void imagesAndLabelsSwapped() throws IOException {
    Path images = data.resolve("train-images-idx3-ubyte");
    Path labels = data.resolve("train-labels-idx1-ubyte");
    Files.move(images, data.resolve("swap"));
    Files.move(labels, images);
    Files.move(data.resolve("swap"), labels);

    assertFails(3, "are images and labels swapped?", "train", "--data", data);
  }

  @Test
  void missingFolder() {
    Path missing = folder.resolve("missing");

    assertFails(4, missing.toString(), "train", "--data", missing);
  }

  @Test
  void dataThatIsNotThereMayBeMisspelt() throws IOException {
    assertFails(4, "MNIST: no such folder; did you mean --data mnist?", "train", "--data", "MNIST");
    assertFails(4, "did you mean --data procedural?", "train", "--data", "procedual");
    Path wrong = folder.resolve("Data");
    assertFails(4, "did you mean --data " + data + "?", "train", "--data", wrong);
    Files.createDirectory(folder.resolve("my digits"));
    Path like = folder.resolve("my-digits");
    assertFails(4, "did you mean --data '" + folder, "train", "--data", like);
    Path other = folder.resolve("other");
    assertFails(
        4,
        other + ": no such folder; expected a folder with IDX files, mnist or procedural",
        "train",
        "--data",
        other);
  }

  @Test
  void namesThatBeginWithAtAreNames() {
    assertFails(4, "@missing", "train", "--data", "@missing");
  }

  @Test
  void missingFile() throws IOException {
    Files.delete(data.resolve("t10k-labels-idx1-ubyte"));

    assertFails(4, "t10k-labels", "train", "--data", data);
  }

  @Test
  void imagesTooSmallForTheNetwork() throws IOException {
    TinyImages.write(data, "train", 100, 2, new Random(1));
    TinyImages.write(data, "t10k", 20, 2, new Random(1));

    Run run = assertFails(2, "--model complex", "train", "--model", "complex", "--data", data);
    assertTrue(run.err().contains("images of 2x2"), run.err());
  }

  @Test
  void asMuchValidationAsImages() {
    Run run = assertFails(2, "--validation", "train", "--data", data, "--validation", 300);
    assertTrue(run.err().contains("less than the 300 images"), run.err());

    assertFails(2, "the 20 images", "train", "--data", data, "--limit", 20, "--validation", 20);
  }

  @Test
  void outputsThatCannotBeWrittenAreFoundBeforeTheDataIsRead() throws IOException {
    Path missing = folder.resolve("missing");
    Path aFile = Files.createFile(folder.resolve("file"));
    for (String option : List.of("--save", "--metrics")) {
      for (Path output : List.of(missing.resolve("out"), aFile.resolve("out"), data)) {
        assertFails(4, output.toString(), "train", "--data", missing, option, output);
      }
    }
  }

  @Test
  void outputsDoNotReplaceLinks() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "old");
    for (Path target : List.of(file, folder.resolve("missing"))) {
      Path link = Files.createSymbolicLink(folder.resolve("to-" + target.getFileName()), target);
      assertFails(4, link + ": cannot be written", "train", "--data", data, "--save", link);
      assertTrue(Files.isSymbolicLink(link));
    }
  }

  @Test
  void resultsThatCannotBePrinted() {
    PrintWriter full =
        new PrintWriter(
            new Writer() {
              @Override
              public void write(char[] chars, int from, int count) throws IOException {
                throw new IOException("no space left");
              }

              @Override
              public void flush() {}

              @Override
              public void close() {}
            });
    StringWriter err = new StringWriter();

    assertEquals(4, Main.run(full, new PrintWriter(err, true), "--version"));
    assertEquals("mnist-app: standard output cannot be written", err.toString().strip());
  }

  @Test
  void failuresLeaveNothingBehind() throws IOException {
    Path outputs = Files.createDirectory(folder.resolve("outputs"));
    Path missing = folder.resolve("missing");

    assertFails(
        4,
        missing.toString(),
        "train",
        "--data",
        missing,
        "--save",
        outputs.resolve("w"),
        "--metrics",
        outputs.resolve("m"));

    try (Stream<Path> files = Files.list(outputs)) {
      assertEquals(List.of(), files.toList());
    }
  }

  @Test
  void weightsMissing() {
    Path missing = folder.resolve("w");

    assertFails(4, missing.toString(), "evaluate", "--weights", missing, "--data", data);
  }

  @Test
  void weightsThatAreAFolder() {
    assertFails(4, data + ": is a folder", "evaluate", "--weights", data, "--data", data);
  }

  @Test
  void dataThatIsAFile() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));

    assertFails(4, file + ": not a folder; expected one", "train", "--data", file);
  }

  @Test
  void weightsThatAreNoSafetensors() throws IOException {
    Path text = Files.writeString(folder.resolve("w"), "not a safetensors file");

    assertFails(3, text.toString(), "evaluate", "--weights", text, "--data", data);
  }

  @Test
  void weightsOfNeitherNetwork() throws IOException {
    Path other = folder.resolve("w");
    new Safetensors(Map.of("7.weight", Tensor.zeros(2, 3)), Map.of()).write(other);

    Run run = assertFails(3, other.toString(), "evaluate", "--weights", other, "--data", data);
    assertTrue(run.err().contains("'4.weight' (simple) or '11.weight' (complex)"), run.err());
  }

  @Test
  void weightsOfTheOtherNetwork() {
    Path simple = folder.resolve("w");
    assertEquals(0, Run.of("--data", data, "--epochs", 1, "--save", simple).code());

    assertFails(
        3,
        simple.toString(),
        "evaluate",
        "--weights",
        simple,
        "--data",
        data,
        "--model",
        "complex");
  }

  private static Run assertFails(int code, String named, Object... args) {
    Run run = Run.of(args);

    assertEquals(code, run.code(), run.err());
    assertEquals(1, run.errLines().size(), run.err());
    assertTrue(run.err().startsWith("mnist-app " + args[0] + ": "), run.err());
    assertTrue(run.err().contains(named), run.err());
    assertFalse(run.err().contains("Exception"), run.err());
    return run;
  }
}
