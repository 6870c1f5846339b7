// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DivisionCommandTest {
  private static final String TIME = " [0-9][0-9,]*(\\.[0-9])? ";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return Commands.run(
        new DivisionCommand(), new PrintWriter(out, true), new PrintWriter(err, true), args);
  }

  private List<String> lines(String... more) {
    out.getBuffer().setLength(0);
    String[] options = {"--batch-size=8", "--warm-up=0", "--steps=2"};
    assertEquals(0, run(Stream.of(options, more).flatMap(Stream::of).toArray(String[]::new)));
    assertEquals("", err.toString());
    return out.toString().lines().toList();
  }

  @Test
  void printsALineForEachNumberOfThreadsAndItsLongestRegions() {
    List<String> lines = lines("--model=simple", "--threads=1,64");
    assertEquals("simple, training, batch 8; times in us", lines.getFirst());
    String columns = "\\| [0-9]+ \\| [0-9]+ \\| [0-9]+ \\|(" + TIME + "\\|){3} [0-9]+\\.[0-9] \\|";
    assertTrue(lines.get(4).matches("\\| 1 " + columns), lines.get(4));
    assertTrue(lines.get(5).matches("\\| 64 " + columns), lines.get(5));
    assertTrue(lines.get(4).endsWith(" 1.0 |"), "one thread: " + lines.get(4));
    String region = "\\| (1|64) \\|(" + TIME + "\\|){2} [0-9]+ \\| [^|]+ \\([A-Z][A-Za-z]+\\) \\|";
    List<String> regions = lines.subList(9, 19);
    assertTrue(regions.stream().allMatch(line -> line.matches(region)), regions.toString());
    assertTrue(out.toString().contains("| backward 4 dense ("), out.toString());
  }

  @Test
  void namesTheLayersOfASlice() {
    String printed = String.join("\n", lines("--model=simple", "--threads=2", "--mode=inference"));
    assertTrue(printed.startsWith("simple, inference, batch 8;"), printed);
    assertTrue(
        printed.contains("| forward 0 conv2d to forward 2 max_pool2d (SlicedRun) |"), printed);
    assertTrue(printed.contains("| Batches.copy (Batches) |"), printed);
  }

  @Test
  void takesEveryNetwork() {
    String all = Stream.of(Model.values()).map(Model::toString).collect(Collectors.joining(","));
    List<String> lines = lines("--threads=3", "--model=" + all);
    for (Model model : Model.values()) {
      assertTrue(lines.contains(model + ", training, batch 8; times in us"), lines.toString());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--threads=0, '--threads must be from 1 to 1024, but is 0'",
    "--threads=1025, '--threads must be from 1 to 1024, but is 1025'",
    "--batch-size=0, '--batch-size must be at least 1, but is 0'",
    "--steps=0, '--steps must be at least 1, but is 0'",
    "--warm-up=-1, --warm-up must be at least 0 and at most a day",
    "--warm-up=NaN, --warm-up must be at least 0 and at most a day",
    "--speed, Unknown option: '--speed'"
  })
  void reportsWrongUsageInOneLine(String option, String message) {
    assertEquals(2, run(option));
    assertEquals("Division: " + message.replace("\"", "'"), err.toString().strip());
    assertEquals("", out.toString());
  }
}
