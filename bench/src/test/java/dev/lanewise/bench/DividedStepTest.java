// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

final class DividedStepTest {
  private static StepTrace.Step step(long nanos, StepTrace.Region... regions) {
    return new StepTrace.Step(nanos, List.of(regions));
  }

  private static StepTrace.Region region(String name, int tasks, long... nanos) {
    return new StepTrace.Region(tasks, nanos, name);
  }

  /** Of each share the median counts; what is outside, and a region of one task, is serial. */
  @Test
  void addsUpMedians() {
    DividedStep step =
        DividedStep.of(
            3,
            step(0, region("a", 6, 0, 0, 0), region("b", 1, 0, 0, 0), region("c", 2, 0, 0, 0)),
            List.of(
                step(100, region(null, 6, 10, 12, 900), region(null, 1, 7, 0, 0), last(20, 3)),
                step(190, region(null, 6, 30, 20, 50), region(null, 1, 8, 0, 0), last(30, 5)),
                step(400, region(null, 6, 11, 40, 13), region(null, 1, 9, 0, 0), last(40, 4))));
    assertEquals(
        List.of(
            new DividedStep.Region(6, 11 + 20 + 50, 50, "a"),
            new DividedStep.Region(1, 8, 8, "b"),
            new DividedStep.Region(2, 30 + 4, 30, "c")),
        step.regions());
    assertEquals(190 - 100 - 35, step.serial(), "of -845, 55 and 292");
    assertEquals(9, step.tasks());
    assertEquals(2, step.small());
    assertEquals(55 + 81 + 34, step.work());
    assertEquals(55 + 50 + 30, step.criticalPath());
    assertEquals(170.0 / 135, step.speedUp());
    assertEquals(List.of("a", "c"), step.longest(2).stream().map(r -> r.name()).toList());
  }

  private static StepTrace.Region last(long second, long third) {
    return region(null, 2, 0, second, third);
  }

  @Test
  void stepsMustBeAlike() {
    StepTrace.Step names = step(0, region("a", 2, 0, 0));
    List<StepTrace.Step> steps = List.of(step(9, region(null, 3, 1, 1)));
    assertThrows(IllegalStateException.class, () -> DividedStep.of(2, names, steps));
  }
}
