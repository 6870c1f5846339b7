package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.train.EpochReport;
import dev.lanewise.layers.train.Evaluation;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private static final Evaluation VALIDATION = new Evaluation(0.25, new long[][] {{9, 1}, {0, 10}});

  @Test
  void withoutATerminalThereAreOnlyLines() {
    List<String> lines = new ArrayList<>();
    try (Progress progress = new Progress(lines::add, null, 10, 5_000, null)) {
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
  void onATerminalTheBarStaysBelowTheLinesAndGoesAtTheEnd() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    List<String> plain = new ArrayList<>();
    try (PrintStream terminal = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        Progress progress = new Progress(plain::add, terminal, 2, 1_000, null)) {
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
        Progress progress = new Progress(line -> {}, terminal, 30, 50_000, null)) {
      progress.onStep(1, 0.5);
      progress.onEpoch(new EpochReport(1, 0.5, null, 50_000, 1, 1));
    }

    String all = bytes.toString(StandardCharsets.UTF_8);
    assertTrue(all.matches("(?s).* 1/1500000 [^\\r\\n]* loss 0\\.5000  [0-9,]+ images/s.*"), all);
  }
}
