// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.Backend;
import dev.lanewise.engine.simd.SimdKernels;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A build that silently tested plain Java only, or half of each vector, would prove little. */
final class BackendTest {
  /** What HotSpot wants before it uses 512 bits; the first processors without VNNI get 256. */
  private static final Set<String> AVX_512 =
      Set.of("avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni");

  @Test
  void theTestsRunWithTheVectorModule() {
    assertTrue(
        ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent(),
        "run the tests with --add-modules jdk.incubator.vector");
    assertTrue(SimdKernels.create().tuning().lanes() > 1, "vectors of one lane");
  }

  @Test
  void theVectorApiIsUsedUnlessPlainJavaIsAskedFor() {
    String wanted = System.getProperty("lanewise.backend", "");
    int lanes = Backend.lanes();
    if (wanted.equals("reference")) {
      assertEquals(1, lanes);
      assertEquals("plain Java", Backend.description());
    } else {
      assertEquals(SimdKernels.create().tuning().lanes(), lanes);
      assertEquals("Vector API, " + 32 * lanes + " bits", Backend.description());
    }
  }

  /** Fails where the processor could do more and nobody has asked for less. */
  @Test
  void vectorsAreAsWideAsTheProcessorHasThem() throws IOException {
    int bits = 32 * SimdKernels.create().tuning().lanes();
    int expected = Math.min(bitsOfTheProcessor(), bitsAskedFor());
    assertTrue(bits >= expected, "vectors of " + bits + " bits, expected " + expected);
  }

  private static int bitsOfTheProcessor() throws IOException {
    Path info = Path.of("/proc/cpuinfo");
    if (!System.getProperty("os.arch").equals("amd64") || !Files.exists(info)) {
      return 128; // SSE, NEON: there is no processor without
    }
    Set<String> flags;
    try (var lines = Files.lines(info)) {
      String first = lines.filter(line -> line.startsWith("flags")).findFirst().orElseThrow();
      flags = Set.copyOf(List.of(first.trim().split("\\s+")));
    }
    return flags.containsAll(AVX_512) ? 512 : flags.contains("avx2") ? 256 : 128;
  }

  /** By the options of this JVM, as the executions of this build give them. */
  private static int bitsAskedFor() {
    int bits = Integer.MAX_VALUE;
    for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (option.startsWith("-XX:UseAVX=")) {
        int level = number(option);
        bits = Math.min(bits, level >= 3 ? 512 : level == 2 ? 256 : 128);
      } else if (option.startsWith("-XX:MaxVectorSize=")) {
        bits = Math.min(bits, 8 * number(option));
      }
    }
    return bits;
  }

  private static int number(String option) {
    return Integer.parseInt(option.substring(option.indexOf('=') + 1));
  }
}
