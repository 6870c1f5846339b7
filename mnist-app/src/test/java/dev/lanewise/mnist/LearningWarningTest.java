// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.layers.train.EpochReport;
import dev.lanewise.layers.train.TrainingListener;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LearningWarningTest {
  /** ln 10 = 2.3026. */
  @ParameterizedTest
  @CsvSource({
    "100, 2.30 2.30, 0",
    "100, 2.31, 1",
    "100, 2.31 21.0 2.31, 1",
    "100, 0.5 2.31, 1",
    "50, 2.31 2.30, 0", // the first steps may be as bad
    "50, 2.31 2.31, 1",
    "1, 9.20 2.31, 0",
    "1, 9.22, 1", // four times as bad is no beginning
    "1, 2.4 21.0, 1",
  })
  void warnsOnceOfALossAboveGuessing(int stepsPerEpoch, String losses, int warnings) {
    List<String> lines = new ArrayList<>();
    List<Integer> reported = new ArrayList<>();
    TrainingListener next =
        new TrainingListener() {
          @Override
          public void onStep(int images, double meanLoss) {
            reported.add(images);
          }

          @Override
          public void onEpoch(EpochReport report) {
            reported.add(-report.epoch());
          }
        };
    TrainingListener warning = next.then(new LearningWarning(10, stepsPerEpoch, lines::add));
    int epoch = 0;
    List<Integer> expected = new ArrayList<>();
    for (String loss : losses.split(" ")) {
      for (int step = 0; step < stepsPerEpoch; step++) {
        warning.onStep(step, 1);
        expected.add(step);
      }
      warning.onEpoch(new EpochReport(++epoch, Double.parseDouble(loss), null, 10, 1, 1));
      expected.add(-epoch);
    }
    assertEquals(warnings, lines.size(), lines.toString());
    assertEquals(expected, reported);
    if (warnings > 0) {
      assertEquals(
          "loss above that of guessing, 2.3026: try a lower --learning-rate", lines.getFirst());
    }
  }

  @Test
  void theRestOfAnEpochIsNotJudged() {
    List<String> lines = new ArrayList<>();
    LearningWarning warning = new LearningWarning(10, 2, lines::add);
    warning.onStep(20, 21);
    warning.onEpoch(new EpochReport(1, 21, null, 20, 1, 1));
    assertEquals(List.of(), lines);
    warning.onStep(10, 21);
    warning.onStep(20, 21);
    warning.onEpoch(new EpochReport(2, 21, null, 20, 1, 1));
    assertEquals(1, lines.size());
  }
}
