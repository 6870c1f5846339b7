// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;

/** What is chosen, and how loudly. */
final class BackendChoiceTest {
  private static final IntSupplier NOT_ASKED = () -> fail("the vectors are asked for");
  private static final BooleanSupplier YES = () -> true;
  private static final BooleanSupplier NO = () -> false;

  @Test
  void theVectorApiWhereItIsThere() {
    assertChoice(true, System.Logger.Level.DEBUG, "", "", machine(() -> 16));
    assertChoice(true, System.Logger.Level.DEBUG, "", "simd", machine(() -> 4));
  }

  @Test
  void plainJavaIfAskedFor() {
    for (boolean module : new boolean[] {false, true}) {
      BackendChoice.Machine machine = new BackendChoice.Machine(module, NOT_ASKED, NO, NO);
      assertChoice(false, System.Logger.Level.DEBUG, "asks", "reference", machine);
    }
  }

  @Test
  void aFallBackIsAWarningWithARemedy() {
    System.Logger.Level warning = System.Logger.Level.WARNING;
    assertChoice(false, warning, "--add-modules jdk.incubator.vector", "", without());
    assertChoice(false, warning, "-XX:MaxVectorSize=64", "", machine(() -> 17));
    assertChoice(false, warning, "-XX:MaxVectorSize=64", "simd", machine(() -> 32));
    BackendChoice.Machine noFma = new BackendChoice.Machine(true, () -> 8, NO, YES);
    assertChoice(false, warning, "without -XX:-UseFMA", "", noFma);
    BackendChoice.Machine noVectors = new BackendChoice.Machine(true, () -> 8, YES, NO);
    assertChoice(false, warning, "HotSpot's C2 compiler", "", noVectors);
  }

  /** Tests want it where it is slow, too. */
  @Test
  void theVectorApiIfAskedFor() {
    BackendChoice.Machine slow = new BackendChoice.Machine(true, () -> 8, NO, NO);
    assertChoice(true, System.Logger.Level.DEBUG, "asks", "simd", slow);
  }

  private static BackendChoice.Machine machine(IntSupplier lanes) {
    return new BackendChoice.Machine(true, lanes, YES, YES);
  }

  private static BackendChoice.Machine without() {
    return new BackendChoice.Machine(false, NOT_ASKED, NO, NO);
  }

  private static void assertChoice(
      boolean simd,
      System.Logger.Level level,
      String reason,
      String wanted,
      BackendChoice.Machine machine) {
    BackendChoice.Decision decision = BackendChoice.decide(wanted, machine);
    assertEquals(simd, decision.simd());
    assertEquals(level, decision.level());
    assertTrue(decision.reason().contains(reason), decision.reason());
  }

  @Test
  void whatIsNotThereIsRefused() {
    assertRefused(
        "lanewise.backend=simd needs --add-modules jdk.incubator.vector", "simd", without());
    for (BackendChoice.Machine machine : List.of(machine(NOT_ASKED), without())) {
      assertRefused("lanewise.backend must be simd or reference, but is gpu", "gpu", machine);
    }
  }

  private static void assertRefused(String message, String wanted, BackendChoice.Machine machine) {
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> BackendChoice.decide(wanted, machine));
    assertEquals(message, e.getMessage());
  }
}
