// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LayerCostCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return Commands.run(
        new LayerCostCommand(), new PrintWriter(out, true), new PrintWriter(err, true), args);
  }

  @Test
  void printsOneLine() {
    assertEquals(
        0,
        run("--batch-size=2", "--threads=1", "--rounds=2", "--seconds=0", "--warm-up=0"),
        err.toString());
    String time = " [0-9]+\\.[0-9] us";
    String ratio = " -?[0-9]+\\.[0-9]{2}";
    assertTrue(
        out.toString()
            .matches(
                "lanewise complex B=2 T=1 after=4 without"
                    + time
                    + "  with"
                    + time
                    + "  alone"
                    + time
                    + "  \\(with - without\\) / alone"
                    + ratio
                    + " \\("
                    + ratio.strip()
                    + " to"
                    + ratio
                    + "\\)\\R"),
        out.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "--after=-1, --after must be from 0 to 12",
    "--after=13, --after must be from 0 to 12",
    "--batch-size=0, '--batch-size must be at least 1, but is 0'",
    "--threads=0, --threads must be from 1 to 1024",
    "--rounds=0, '--rounds must be at least 1, but is 0'",
    "--seconds=NaN, --seconds must be from 0 to a day",
    "--warm-up=-1, --warm-up must be from 0 to a day"
  })
  void reportsWrongUsageInOneLine(String option, String message) {
    assertEquals(2, run(option));
    assertEquals("LayerCost: " + message, err.toString().strip());
    assertEquals("", out.toString());
  }
}
