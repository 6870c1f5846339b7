// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.Convolution;
import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class WorkspaceTest {
  /** What two operations keep, what all share, parts of a batch, and what each worker owns. */
  @Test
  void noPartOverlapsAnother() {
    try (WorkerTeam team = new WorkerTeam(3)) {
      Workspace workspace = new Workspace(team);
      TreeMap<Integer, Integer> parts = new TreeMap<>();
      parts.put(workspace.persistent(5), 5);
      assertTrue(workspace.memory().length >= 5 + parts.firstKey(), "no reserve follows");
      parts.put(workspace.persistent(33), 33);
      workspace.reserve(40, 7);
      workspace.reserve(1, 70); // the larger of each
      parts.put(workspace.shared(), 70);
      workspace.reserveParts(2, 50);
      workspace.reserveParts(1, 60);
      for (int part = 0; part < 2; part++) {
        parts.put(workspace.part(part), 60);
      }
      for (int worker = 0; worker < 3; worker++) {
        parts.put(workspace.perWorker(worker), 40);
      }
      assertEquals(8, parts.size());
      int end = Padding.LEAD;
      for (var part : parts.entrySet()) {
        assertTrue(part.getKey() >= end, parts.toString());
        assertEquals(Padding.LEAD, part.getKey() % 32, "begins a cache line");
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
  void whatIsKeptStaysWhenTheMemoryGrows() {
    Workspace workspace = new Workspace(WorkerTeam.single());
    int first = workspace.persistent(40);
    workspace.memory()[first + 39] = 3;
    int second = workspace.persistent(1000);
    workspace.memory()[second + 999] = 4;
    workspace.reserve(5000, 50);
    assertEquals(3, workspace.memory()[first + 39]);
    assertEquals(4, workspace.memory()[second + 999]);
  }

  /**
   * Many threads need tiles each, 0.6 Mi floats here, and a block of transformed weights, 0.1 Mi,
   * but not a part of the weight gradient, which would be 2.3 Mi.
   */
  @Test
  void aThreadMoreNeedsNoGradientMore() {
    Conv2dShape shape = new Conv2dShape(WindowGrid.of(Window.same(3), 2, 2), 256, 256);
    int[] floats = new int[2];
    for (int i = 0; i < 2; i++) {
      try (WorkerTeam team = new WorkerTeam(4 + i)) {
        Workspace workspace = new Workspace(team);
        Convolution convolution =
            new Convolution(shape, 1, Convolution.Algorithm.AUTO, Epilogue.NONE, workspace);
        float[] x = new float[shape.inputSize()];
        convolution.backwardWeights(
            1, Floats.of(x), Floats.of(x), Floats.of(new float[shape.weightSize()]), null);
        floats[i] = workspace.memory().length;
      }
    }
    assertTrue(floats[1] - floats[0] < 760_000, floats[0] + " and " + floats[1] + " floats");
  }

  @Test
  void aBorrowerLetsTheLenderGrow() {
    Workspace borrower = Workspace.borrower();
    borrower.reserve(100, 0);
    assertEquals(0, borrower.memory().length, "none of its own");
    Workspace lender = new Workspace(WorkerTeam.single());
    borrower.borrow(lender);
    assertSame(lender.memory(), borrower.memory());
    assertTrue(borrower.perWorker(0) + 100 <= lender.memory().length);
    borrower.reserve(300, 200);
    assertSame(lender.memory(), borrower.memory());
    assertTrue(borrower.perWorker(0) + 300 <= lender.memory().length);
    borrower.reserveParts(2, 400);
    assertSame(lender.memory(), borrower.memory());
    assertEquals(lender.perWorker(0), borrower.perWorker(0));
    assertTrue(borrower.part(1) + 400 <= borrower.perWorker(0));
    assertTrue(borrower.perWorker(0) + 300 <= lender.memory().length);
  }
}
