// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.kernel.Kernels;
import dev.lanewise.engine.kernel.MatrixKernels;
import dev.lanewise.engine.reference.ReferenceKernels;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What JVMs say of themselves, and what is made of it. */
final class VectorProbeTest {
  private static final String TIERED = "HotSpot 64-Bit Tiered Compilers";

  @Test
  void hotspotWithC2IsBelieved() {
    assertCompiler(VectorProbe.Compiler.C2, "mixed mode, sharing", TIERED, "25.0.3+9-LTS", "");
    assertCompiler(VectorProbe.Compiler.C2, "compiled mode", TIERED, "25.0.3+9-LTS", "-Xcomp");
  }

  @Test
  void interpreterAndC1AreNotMeasured() {
    VectorProbe.Compiler none = VectorProbe.Compiler.NONE_WITH_VECTORS;
    assertCompiler(none, "interpreted mode, sharing", null, "25.0.3+9-LTS", "-Xint");
    assertCompiler(none, "mixed mode, emulated-client, sharing", TIERED, "25.0.3+9-LTS", "");
  }

  @Test
  void othersAreMeasured() {
    VectorProbe.Compiler unknown = VectorProbe.Compiler.UNKNOWN;
    assertCompiler(unknown, "mixed mode", TIERED, "25+37-jvmci-b01", "");
    assertCompiler(unknown, "JRE 25 Linux amd64-64-Bit Compressed", null, "openj9-0.55", "");
    assertCompiler(unknown, null, null, null, "");
    for (String option :
        new String[] {
          "-XX:TieredStopAtLevel=3", "-XX:-EnableVectorSupport", "java\0-XX:-EnableVectorSupport\0"
        }) {
      assertCompiler(unknown, "mixed mode, sharing", TIERED, "25.0.3+9-LTS", option);
    }
  }

  private static void assertCompiler(
      VectorProbe.Compiler expected, String mode, String compiler, String version, String options) {
    Map<String, String> properties = new HashMap<>();
    properties.put("java.vm.info", mode);
    properties.put("sun.management.compiler", compiler);
    properties.put("java.vm.version", version);
    assertEquals(expected, VectorProbe.compiler(properties::get, options));
  }

  @Test
  void theFasterOneIsFound() {
    Kernels plain = ReferenceKernels.create();
    Kernels slow = slower(plain);
    assertTrue(VectorProbe.faster(plain, slow, 60_000_000_000L));
    assertFalse(VectorProbe.faster(slow, plain, 20_000_000));
  }

  private static Kernels slower(Kernels kernels) {
    MatrixKernels matrix =
        (MatrixKernels)
            Proxy.newProxyInstance(
                MatrixKernels.class.getClassLoader(),
                new Class<?>[] {MatrixKernels.class},
                (proxy, method, args) -> {
                  Thread.sleep(5);
                  return method.invoke(kernels.matrix(), args);
                });
    return new Kernels(
        "slow",
        kernels.tuning(),
        matrix,
        kernels.taps(),
        kernels.groups(),
        kernels.pooling(),
        kernels.normalization(),
        kernels.elements(),
        kernels.winograd());
  }
}
