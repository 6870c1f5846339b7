// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BarLineTest {
  private static final long ALL = 1_500_000;
  private static final Duration ELAPSED = Duration.ofSeconds(65);

  private static String line(int columns) {
    BarLine line = new BarLine();
    line.show(0.12345, 130_000, Optional.of(Duration.ofMillis(83_001)));
    return line.line(600_000, ALL, ELAPSED, columns);
  }

  @ParameterizedTest
  @CsvSource({
    "100, '  40% [========>            ]   600000/1500000  after 1:05  1:24 left"
        + "  loss 0.1235  130,000 images/s'",
    "77, '  40% [====>     ]   600000/1500000  1:24 left  loss 0.1235  130,000 images/s'",
    "57, '  40% [==========>              ]  1:24 left  loss 0.1235'",
    "45, '  40% [=====>       ]  1:24 left  loss 0.1235'",
    "30, '  40% [====>      ]  1:24 left'",
    "20, '  40% [====>       ]'",
    "8, '  40%'",
  })
  void asManyFiguresAsLeaveRoomForTheBar(int columns, String expected) {
    assertEquals(expected, line(columns));
    assertTrue(expected.length() == columns || columns < 10);
  }

  @Test
  void thereIsNoGuessOfTheTimeLeft() {
    BarLine line = new BarLine();
    assertEquals(
        "   0% [>                     ]        0/1500000  after 0:00",
        line.line(0, ALL, Duration.ofMillis(900), 59));
    line.show(2.5, 10, Optional.empty());
    assertEquals(
        "   0% [>             ]       10/1500000  after 0:01  loss 2.5000  10 images/s",
        line.line(10, ALL, Duration.ofMillis(1100), 77));
  }

  @Test
  void theEndIsFull() {
    BarLine line = new BarLine();
    assertEquals(" 100% [==========]  20/20  after 0:00", line.line(20, 20, Duration.ZERO, 37));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0:00",
    "59, 0:59",
    "61, 1:01",
    "3599, 59:59",
    "3600, 1:00:00",
    "360061, 100:01:01"
  })
  void clocks(long seconds, String expected) {
    assertEquals(expected, BarLine.clock(seconds));
  }
}
