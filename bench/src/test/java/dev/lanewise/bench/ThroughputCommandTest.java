package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ThroughputCommandTest {
  private static final int IMAGES = 12;
  private static final int SIDE = 4;

  @TempDir private Path folder;
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
    return Commands.run(
        new ThroughputCommand(), new PrintWriter(out, true), new PrintWriter(err, true), args);
  }

  @Test
  void printsOneLine() {
    int exitCode =
        run(
            "--model",
            "simple",
            "--batch-size",
            "5",
            "--threads",
            "1",
            "--seconds",
            "0.01",
            "--data",
            folder.toString());
    assertEquals("", err.toString());
    assertEquals(0, exitCode);
    String rate = " [1-9][0-9]* img/s";
    assertTrue(
        out.toString()
            .matches(
                "lanewise simple B=5 T=1 train"
                    + rate
                    + "  infer"
                    + rate
                    + "  forward"
                    + rate
                    + "\\R"),
        out.toString());
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
