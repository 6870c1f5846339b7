package dev.lanewise.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.simd.SimdKernels;
import org.junit.jupiter.api.Test;

/** A build that silently tested plain Java only would prove little. */
final class BackendTest {
  @Test
  void theTestsRunWithTheVectorModule() {
    assertTrue(
        ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent(),
        "run the tests with --add-modules jdk.incubator.vector");
    assertTrue(SimdKernels.create().lanes() > 1, "vectors of one lane");
  }

  @Test
  void theVectorApiIsUsedUnlessPlainJavaIsAskedFor() {
    String wanted = System.getProperty("lanewise.backend", "");
    int lanes = Backend.kernels().lanes();
    if (wanted.equals("reference")) {
      assertEquals(1, lanes);
      assertEquals("plain Java", Backend.kernels().description());
    } else {
      assertEquals(SimdKernels.create().lanes(), lanes);
      assertEquals("Vector API, " + 32 * lanes + " bits", Backend.kernels().description());
    }
  }
}
