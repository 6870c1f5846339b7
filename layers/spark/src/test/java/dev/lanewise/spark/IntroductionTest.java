// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

final class IntroductionTest {
  private static final Introduction FIRST = new Introduction("10.0.0.1", 4711, "0.1.0", 3);

  @Test
  void allLearnWhatEachHasSaid() {
    Introduction second = new Introduction("10.0.0.2", 4712, "0.1.0", 0);
    assertEquals(
        List.of(FIRST, second), Introduction.of(new String[] {FIRST.line(), second.line()}));
    assertEquals(4712, second.address().getPort());
  }

  @Test
  void anotherVersionIsNamed() {
    Introduction other = new Introduction("10.0.0.2", 4712, "0.2.0", 0);
    String[] lines = {FIRST.line(), FIRST.line(), other.line()};
    String message =
        assertThrows(LanewiseSparkException.class, () -> Introduction.of(lines)).getMessage();
    assertEquals(
        "executors have different versions of Lanewise: 0.1.0 on 10.0.0.1 and 0.2.0 on 10.0.0.2",
        message);
  }
}
