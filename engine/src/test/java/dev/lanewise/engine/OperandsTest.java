// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import static dev.lanewise.engine.testing.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.testing.Views;
import org.junit.jupiter.api.Test;

/** Views and their checks, to the element, and the numbers in their messages. */
final class OperandsTest {
  private static final int MAX = Integer.MAX_VALUE;
  private final float[] one = new float[11];
  private final float[] other = new float[11];

  @Test
  void viewsLieWithinTheirArray() {
    Floats view = new Floats(one, 3, 8);
    assertSame(one, view.data);
    assertEquals(3, view.offset);
    assertEquals(8, view.size());
    assertEquals(0, new Floats(one, 11, 0).size());
    assertEquals(11, Floats.of(one).size());
    assertRefused(
        "9 elements from offset 3 do not lie in an array of 11", () -> new Floats(one, 3, 9));
    assertRefused("offset -1", () -> new Floats(one, -1, 4));
    assertRefused("-1 elements", () -> new Floats(one, 3, -1));
    assertRefused("do not lie in", () -> new Floats(one, MAX, MAX));
  }

  @Test
  void sizes() {
    Operands.holds("a", new Floats(one, 3, 4), 4);
    Operands.holds("a", new Floats(one, 3, 4), 0);
    assertRefused(
        "a needs 5 elements, but has 4", () -> Operands.holds("a", new Floats(one, 3, 4), 5));
    Operands.holds("a", 7, 7);
    assertRefused("a needs 2147483648 elements", () -> Operands.holds("a", MAX, MAX + 1L));
  }

  @Test
  void overlap() {
    disjoint(one, 0, 9, other, 0, 9);
    disjoint(one, 2, 3, one, 5, 4); // side by side
    disjoint(one, 5, 4, one, 2, 3);
    disjoint(one, 3, 0, one, 2, 9); // nothing shares no element
    disjoint(one, 2, 9, one, 3, 0);
    assertRefused(
        "y (elements 2 to 5) overlaps x (elements 5 to 8) in the same array",
        () -> disjoint(one, 2, 4, one, 5, 4));
    assertRefused(
        "y (elements 5 to 8) overlaps x (elements 2 to 5)", () -> disjoint(one, 5, 4, one, 2, 4));
    assertRefused("overlaps", () -> disjoint(one, 3, 1, one, 2, 9));
  }

  /** Only the elements that an operation uses count. */
  private static void disjoint(float[] y, int yOff, int sizeY, float[] x, int xOff, int sizeX) {
    Operands.disjoint("y", Views.at(y, yOff), sizeY, "x", Views.at(x, xOff), sizeX);
  }

  @Test
  void sameOrDisjoint() {
    Operands.sameOrDisjoint("y", new Floats(one, 2, 4), "x", new Floats(one, 2, 4), 4);
    Operands.sameOrDisjoint("y", new Floats(one, 2, 4), "x", new Floats(one, 6, 4), 4);
    assertRefused(
        "overlaps",
        () -> Operands.sameOrDisjoint("y", new Floats(one, 2, 4), "x", new Floats(one, 3, 4), 4));
  }
}
