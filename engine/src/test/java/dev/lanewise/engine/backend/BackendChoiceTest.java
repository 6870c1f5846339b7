package dev.lanewise.engine.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;

/** What is chosen, and how loudly. */
final class BackendChoiceTest {
  private static final IntSupplier NOT_ASKED = () -> fail("the vectors are asked for");

  @Test
  void theVectorApiWhereItIsThere() {
    assertChoice(true, System.Logger.Level.DEBUG, "", "", true, () -> 16);
    assertChoice(true, System.Logger.Level.DEBUG, "", "simd", true, () -> 4);
  }

  @Test
  void plainJavaIfAskedFor() {
    assertChoice(false, System.Logger.Level.DEBUG, "asks", "reference", true, NOT_ASKED);
    assertChoice(false, System.Logger.Level.DEBUG, "asks", "reference", false, NOT_ASKED);
  }

  @Test
  void aFallBackIsAWarningWithARemedy() {
    System.Logger.Level warning = System.Logger.Level.WARNING;
    assertChoice(false, warning, "--add-modules jdk.incubator.vector", "", false, NOT_ASKED);
    assertChoice(false, warning, "-XX:MaxVectorSize=64", "", true, () -> 17);
    assertChoice(false, warning, "-XX:MaxVectorSize=64", "simd", true, () -> 32);
  }

  private static void assertChoice(
      boolean simd,
      System.Logger.Level level,
      String reason,
      String wanted,
      boolean present,
      IntSupplier lanes) {
    BackendChoice.Decision decision = BackendChoice.decide(wanted, present, lanes);
    assertEquals(simd, decision.simd());
    assertEquals(level, decision.level());
    assertTrue(decision.reason().contains(reason), decision.reason());
  }

  @Test
  void whatIsNotThereIsRefused() {
    assertRefused("lanewise.backend=simd needs --add-modules jdk.incubator.vector", "simd", false);
    assertRefused("lanewise.backend must be simd or reference, but is gpu", "gpu", true);
    assertRefused("lanewise.backend must be simd or reference, but is gpu", "gpu", false);
  }

  private static void assertRefused(String message, String wanted, boolean present) {
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class, () -> BackendChoice.decide(wanted, present, NOT_ASKED));
    assertEquals(message, e.getMessage());
  }
}
