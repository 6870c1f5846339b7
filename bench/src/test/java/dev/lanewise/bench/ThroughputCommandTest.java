// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ThroughputCommandTest {
  private static final int IMAGES = 12;
  private static final int SIDE = 4;
  private static final String RATE = " [1-9][0-9]* img/s";
  private static final String LINE =
      "lanewise simple B=5 T=1 train" + RATE + "  infer" + RATE + "  forward" + RATE + "\\R";

  @TempDir private Path folder;
  private String input = "";
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void writeImages() throws IOException {
    for (String set : new String[] {"train", "t10k"}) {
      write(set + "-images-idx3-ubyte", 0x803, new int[] {IMAGES, SIDE, SIDE});
      write(set + "-labels-idx1-ubyte", 0x801, new int[] {IMAGES});
    }
  }

  private void write(String name, int magic, int[] dims) throws IOException {
    try (DataOutputStream stream =
        new DataOutputStream(Files.newOutputStream(folder.resolve(name)))) {
      stream.writeInt(magic);
      int size = 1;
      for (int dim : dims) {
        stream.writeInt(dim);
        size *= dim;
      }
      for (int i = 0; i < size; i++) {
        stream.writeByte(i % 3);
      }
    }
  }

  private int run(String... args) {
    InputStream in = new ByteArrayInputStream(input.getBytes(UTF_8));
    return Commands.run(
        new ThroughputCommand(in), new PrintWriter(out, true), new PrintWriter(err, true), args);
  }

  @Test
  void printsOneLine() {
    assertEquals(0, run(small("--seconds", "0.01", "--warm-up", "0.01")));
    assertEquals("", err.toString());
    assertTrue(out.toString().matches(LINE), out.toString());
  }

  /** The images of the data set have another shape. */
  @Test
  void resnet20TakesRandomImages() {
    input = "0\n";
    assertEquals(
        0, run("--turns", "--model=resnet20", "--batch-size=5", "--threads=1", "--data=" + folder));
    assertEquals("", err.toString());
    assertTrue(out.toString().matches(LINE.replace("simple", "resnet20") + "\\R"), out.toString());
  }

  private String[] small(String... more) {
    String[] options = {"--model=simple", "--batch-size=5", "--threads=1", "--data=" + folder};
    return Stream.of(options, more).flatMap(Stream::of).toArray(String[]::new);
  }

  @Test
  void measuresWhenItIsToldTo() {
    String[] args = small("--turns");
    input = "0\n0.001\n";
    assertEquals(0, run(args));
    assertTrue(out.toString().matches("(" + LINE + "\\R){2}"), out.toString());
    out.getBuffer().setLength(0);
    for (String line : new String[] {"soon", "NaN", "-1", "86401"}) {
      input = line + "\n";
      String range = "--turns expects seconds on standard input, at least 0 and at most a day";
      assertFails(2, "Throughput: " + range + ", but was given " + line, args);
    }
  }

  @Test
  void reportsBadInputInOneLine() throws IOException {
    assertFails(2, "Throughput: Missing required option: '--data=<folder>'");
    assertFails(2, "Throughput: Unknown option: '--speed'", "--data", "x", "--speed");
    assertFails(
        2,
        "Throughput: --batch-size is 13, but " + folder + " has only 12",
        "--batch-size",
        "13",
        "--data",
        folder.toString());
    assertFails(
        2,
        "Throughput: --batch-size must be at least 1, but is 0",
        "--batch-size",
        "0",
        "--data",
        folder.toString());
    Path missing = folder.resolve("missing");
    assertFails(
        4,
        "Throughput: " + missing + ": no such folder; expected one with IDX files",
        "--data",
        missing.toString());
    for (String set : new String[] {"train", "t10k"}) {
      write(set + "-images-idx3-ubyte", 0x803, new int[] {IMAGES, 3, 3});
    }
    assertEquals(2, run("--data", folder.toString()));
    write("train-labels-idx1-ubyte", 0x801, new int[] {IMAGES - 1});
    assertEquals(3, run("--data", folder.toString()));
  }

  @Test
  void saysItsVersion() {
    assertEquals(0, run("--version"));
    assertTrue(out.toString().startsWith("Lanewise bench "), out.toString());
  }

  private void assertFails(int exitCode, String line, String... args) {
    err.getBuffer().setLength(0);
    assertEquals(exitCode, run(args));
    assertEquals(line, err.toString().trim());
    assertEquals("", out.toString());
  }
}
