package dev.lanewise.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class WorkspaceTest {
  /** What two operations keep, what all share, parts of a batch, and what each worker owns. */
  @Test
  void noPartOverlapsAnother() {
    try (WorkerTeam team = new WorkerTeam(3)) {
      Workspace workspace = new Workspace(team);
      TreeMap<Integer, Integer> parts = new TreeMap<>();
      parts.put(workspace.keep(5), 5);
      assertTrue(workspace.memory().length >= 5 + parts.firstKey(), "no reserve follows");
      parts.put(workspace.keep(33), 33);
      workspace.reserve(40, 7);
      workspace.reserve(1, 70); // the larger of each
      parts.put(workspace.common(), 70);
      workspace.reserveParts(2, 50);
      workspace.reserveParts(1, 60);
      for (int part = 0; part < 2; part++) {
        parts.put(workspace.part(part), 60);
      }
      for (int worker = 0; worker < 3; worker++) {
        parts.put(workspace.own(worker), 40);
      }
      assertEquals(8, parts.size());
      int end = Spare.LEAD;
      for (var part : parts.entrySet()) {
        assertTrue(part.getKey() >= end, parts.toString());
        assertEquals(Spare.LEAD, part.getKey() % 32, "begins a cache line");
        end = part.getKey() + part.getValue();
      }
      assertTrue(end <= workspace.memory().length, end + " floats");
    }
  }

  @Test
  void memoryStaysWhereItIsWhileItSuffices() {
    Workspace workspace = new Workspace(WorkerTeam.single());
    workspace.reserve(100, 50);
    float[] memory = workspace.memory();
    workspace.reserve(100, 50);
    workspace.reserve(99, 49);
    assertSame(memory, workspace.memory());
    workspace.reserve(1000, 50);
    assertNotSame(memory, workspace.memory());
  }

  @Test
  void aBorrowerLetsTheLenderGrow() {
    Workspace borrower = Workspace.borrower();
    borrower.reserve(100, 0);
    assertEquals(0, borrower.memory().length, "none of its own");
    Workspace lender = new Workspace(WorkerTeam.single());
    borrower.borrow(lender);
    assertSame(lender.memory(), borrower.memory());
    assertTrue(borrower.own(0) + 100 <= lender.memory().length);
    borrower.reserve(300, 200);
    assertSame(lender.memory(), borrower.memory());
    assertTrue(borrower.own(0) + 300 <= lender.memory().length);
    borrower.reserveParts(2, 400);
    assertSame(lender.memory(), borrower.memory());
    assertEquals(lender.own(0), borrower.own(0));
    assertTrue(borrower.part(1) + 400 <= borrower.own(0));
    assertTrue(borrower.own(0) + 300 <= lender.memory().length);
  }
}
