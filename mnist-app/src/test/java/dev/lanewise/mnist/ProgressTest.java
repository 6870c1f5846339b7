// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.train.EpochReport;
import dev.lanewise.layers.train.Evaluation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProgressTest {
  private static final Evaluation VALIDATION = new Evaluation(0.25, new long[][] {{9, 1}, {0, 10}});

  @Test
  void withoutATerminalThereAreOnlyLines() {
    List<String> lines = new ArrayList<>();
    try (Progress progress = new Progress(new Screen(lines::add, null), 10, 5_000, 10, null)) {
      progress.onStep(5_000, 0.5);
      progress.onEpoch(new EpochReport(1, 0.5, VALIDATION, 5_000, 2, 3));
      progress.onEpoch(new EpochReport(2, 0.5, null, 5_000, 4, 4));
    }

    assertEquals(
        List.of(
            "epoch  1/10  loss 0.5000  validation loss 0.2500, accuracy 95.00 %"
                + "  2,500 images/s  3.0 s",
            "epoch  2/10  loss 0.5000  1,250 images/s  4.0 s"),
        lines);
  }

  @Test
  void withoutATerminalALongEpochSaysHowFarItIs() {
    List<String> notes = new ArrayList<>();
    try (Progress progress =
        new Progress(new Screen(line -> {}, null), 3, 5_000, 10, null)
            .pace(new Pace(notes::add, 0))) {
      progress.resume(1, 1_000);
      progress.onStep(2_000, 0.5);
      progress.onEpoch(new EpochReport(2, 0.5, null, 5_000, 4, 4));
      progress.onStep(1_000, 0.25);
    }

    assertEquals(2, notes.size(), notes.toString());
    assertTrue(
        notes
            .get(0)
            .matches("note: epoch 2/3, 2,000 of 5,000 images, loss 0.5000, [0-9,]+ images/s"),
        notes.get(0));
    assertTrue(notes.get(1).startsWith("note: epoch 3/3, 1,000 of 5,000 images, loss 0.2500, "));
  }

  @Test
  void onATerminalTheBarSaysIt() {
    List<String> notes = new ArrayList<>();
    try (PrintStream terminal = new PrintStream(new ByteArrayOutputStream());
        Progress progress =
            new Progress(new Screen(line -> {}, terminal), 3, 5_000, 10, null)
                .pace(new Pace(notes::add, 0))) {
      progress.onStep(2_000, 0.5);
    }

    assertEquals(List.of(), notes);
  }

  @Test
  void notesComeInTheirPace() {
    List<String> notes = new ArrayList<>();
    try (Progress progress =
        new Progress(new Screen(line -> {}, null), 3, 5_000, 10, null)
            .pace(new Pace(notes::add, TimeUnit.DAYS.toNanos(1)))) {
      for (int images = 10; images <= 5_000; images += 10) {
        progress.onStep(images, 0.5);
      }
    }

    assertEquals(List.of(), notes, "in less than a day");
  }

  @Test
  void onATerminalTheBarStaysBelowTheLinesAndGoesAtTheEnd() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    List<String> plain = new ArrayList<>();
    try (PrintStream terminal = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        Progress progress = new Progress(new Screen(plain::add, terminal), 2, 1_000, 10, null)) {
      progress.onStep(1_000, 0.5);
      progress.onEpoch(new EpochReport(1, 0.5, VALIDATION, 1_000, 1, 1));
      progress.onStep(1_000, 0.25);
      progress.onEpoch(new EpochReport(2, 0.25, VALIDATION, 1_000, 1, 1));
    }

    assertEquals(List.of(), plain);
    String all = bytes.toString(StandardCharsets.UTF_8);
    assertTrue(all.contains(" 100% ["), all);
    assertTrue(all.contains("2000/2000"), all);
    assertEquals(2, all.split("\\n\r +[0-9]+% ", -1).length - 1, "not drawn again: " + all);
    List<String> visible = new ArrayList<>();
    for (String line : all.split("\\R?\\n", -1)) {
      visible.add(line.substring(line.lastIndexOf('\r') + 1).strip());
    }
    assertEquals(3, visible.size(), all);
    assertTrue(visible.get(0).startsWith("epoch 1/2  loss 0.5000"), all);
    assertTrue(visible.get(1).startsWith("epoch 2/2  loss 0.2500"), all);
    assertEquals("", visible.get(2), all);
  }

  @Test
  void theFiguresFitIn80Columns() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream terminal = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        Progress progress = new Progress(new Screen(line -> {}, terminal), 30, 50_000, 10, null)) {
      progress.onStep(1, 0.5);
      progress.onEpoch(new EpochReport(1, 0.5, null, 50_000, 1, 1));
    }

    String all = bytes.toString(StandardCharsets.UTF_8);
    assertTrue(all.matches("(?s).* 1/1500000 [^\\r\\n]* loss 0\\.5000  [0-9,]+ images/s.*"), all);
  }

  /** Whatever the figures: no line is wider than the terminal, and none lacks loss and accuracy. */
  @ParameterizedTest
  @ValueSource(ints = {60, 80, 100, 140})
  void noLineIsWrapped(int columns) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        Progress progress =
            new Progress(new Screen(out, ScreenTest.terminal(columns)), 30, 50_000, 10, null)) {
      double[] seconds = {0.1, 1.5, 90.25, 4000};
      for (int epoch = 1; epoch <= 8; epoch++) {
        double time = seconds[epoch % 4];
        progress.onStep(50_000, 0.5);
        progress.onEpoch(new EpochReport(epoch, 21.5, VALIDATION, 50_000, time, time));
      }
    }
    String all = bytes.toString(StandardCharsets.UTF_8);
    int lines = 0;
    for (String line : all.split("[\\r\\n]+")) {
      assertTrue(line.length() < columns, line);
      if (line.startsWith("epoch")) {
        assertTrue(
            line.matches("epoch  ?[1-9]/30  loss 21\\.5000  .*0\\.2500, .*95\\.00 %.*"), line);
        lines++;
      }
    }
    assertEquals(8, lines, all);
  }

  @Test
  void theLineOfAnEpochGetsShorterAndStaysSo() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        Progress progress =
            new Progress(new Screen(out, ScreenTest.terminal(90)), 2, 1_000, 10, null)) {
      progress.onEpoch(new EpochReport(1, 0.5, VALIDATION, 1_000, 1, 1));
      progress.onEpoch(new EpochReport(2, 0.5, VALIDATION, 1_000, 1e-5, 1));
      progress.onEpoch(new EpochReport(3, 0.5, VALIDATION, 1_000, 1, 1));
    }
    String all = bytes.toString(StandardCharsets.UTF_8);
    assertTrue(all.contains("validation loss 0.2500, accuracy 95.00 %  1,000 images/s  1.0 s"));
    assertTrue(all.contains("validation 0.2500, 95.00 %  100,000,000 images/s  1.0 s"), all);
    assertTrue(all.contains("validation 0.2500, 95.00 %  1,000 images/s  1.0 s"), all);
  }

  @Test
  void atSixtyColumnsTheSpeedGoes() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        Progress progress =
            new Progress(new Screen(out, ScreenTest.terminal(60)), 30, 1_000, 10, null)) {
      progress.onEpoch(new EpochReport(1, 0.5, VALIDATION, 1_000, 1, 1));
    }
    String all = bytes.toString(StandardCharsets.UTF_8);
    assertTrue(all.contains("epoch  1/30  loss 0.5000  validation 0.2500, 95.00 %  1.0 s\n"), all);
  }
}
