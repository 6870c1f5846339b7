// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LayerSpeedCommandTest {
  private static final String RATE = " [1-9][0-9]* img/s";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String input, String... args) {
    return Commands.run(
        new LayerSpeedCommand(new ByteArrayInputStream(input.getBytes(UTF_8))),
        new PrintWriter(out, true),
        new PrintWriter(err, true),
        args);
  }

  @Test
  void measuresEveryLayerWithOneThreadAndWithSeveral() {
    for (int threads : new int[] {1, 3}) {
      out.getBuffer().setLength(0);
      assertEquals(0, run("0\n", "--turns", "--batch-size=2", "--threads=" + threads));
      assertEquals("", err.toString());
      List<String> lines = out.toString().lines().toList();
      assertEquals(MeasuredLayer.ALL.size() + 1, lines.size());
      for (int i = 0; i < MeasuredLayer.ALL.size(); i++) {
        String name = "lanewise layer " + MeasuredLayer.ALL.get(i).name();
        String line = name + " B=2 T=" + threads + " train" + RATE + "  forward" + RATE;
        assertTrue(lines.get(i).matches(line), lines.get(i));
      }
    }
  }

  @Test
  void measuresSomeLayers() {
    assertEquals(
        0, run("", "--layer=dense,conv2d-1", "--seconds=0.01", "--batch-size=1", "--threads=1"));
    assertEquals(2, out.toString().lines().count());
  }

  @Test
  void reportsBadInputInOneLine() {
    assertEquals(2, run("", "--layer=none"));
    assertTrue(err.toString().startsWith("LayerSpeed: --layer names none of relu, "));
    assertEquals(1, err.toString().lines().count());
    err.getBuffer().setLength(0);
    assertEquals(2, run("", "--batch-size=0"));
    assertEquals("LayerSpeed: --batch-size must be at least 1, but is 0", err.toString().strip());
  }
}
