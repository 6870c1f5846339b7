// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class BatchPartsTest {
  /** Sums are cut there: another number would be other bits. */
  @Test
  void aBatchHasTwoParts() {
    assertEquals(2, BatchParts.COUNT);
  }

  @Test
  void partsFollowOneAnother() {
    for (int batch : new int[] {0, 1, 2, 5, 64, Integer.MAX_VALUE}) {
      assertEquals(0, BatchParts.first(0, batch));
      assertEquals(batch / 2, BatchParts.first(1, batch));
      assertEquals(batch, BatchParts.first(2, batch));
    }
  }

  @Test
  void partsOccupyATeamIfEveryThreadHasOne() {
    try (WorkerTeam team = new WorkerTeam(3)) {
      assertFalse(BatchParts.occupy(2, team));
      assertTrue(BatchParts.occupy(3, team));
      assertTrue(BatchParts.occupy(4, team));
    }
    assertFalse(BatchParts.occupy(0, WorkerTeam.single()));
    assertTrue(BatchParts.occupy(1, WorkerTeam.single()));
  }
}
