// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.backend;

import dev.lanewise.engine.kernel.Kernels;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Whether the Vector API is of use in this JVM: it is where the compiler knows its methods and
 * makes vector instructions of them. Else each vector is an object, and plain loops are much
 * faster.
 *
 * <p>C2, HotSpot's compiler, knows them. That shows only once it has compiled a loop, after tens of
 * milliseconds; so a JVM that says it has C2 is believed. What says otherwise, or nothing, such as
 * another vendor's compiler, is measured: it may take up to two seconds.
 */
final class VectorProbe {
  private static final String C2 = "HotSpot 64-Bit Tiered Compilers";
  private static final long PATIENCE_NANOS = 2_000_000_000;

  private static final long WARM_UP_NANOS = 100_000_000;

  /** A product of about a microsecond, so that both are compiled soon. */
  private static final int M = 16;

  private static final int N = 32;
  private static final int K = 32;

  /** What a JVM says of its compilers. */
  enum Compiler {
    /** Knows the Vector API. */
    C2,
    /** Interpreter, or HotSpot's first compiler alone. */
    NONE_WITH_VECTORS,
    /** Must be measured. */
    UNKNOWN
  }

  private VectorProbe() {}

  /** By what this JVM says of itself, or else by a measurement. */
  static boolean vectorsAreInstructions(Supplier<Kernels> simd, Supplier<Kernels> plain) {
    return switch (compiler(System::getProperty, options())) {
      case C2 -> true;
      case NONE_WITH_VECTORS -> false;
      case UNKNOWN -> faster(simd.get(), plain.get(), PATIENCE_NANOS);
    };
  }

  /**
   * Reads what a JVM says of its compilers.
   *
   * @param property its system properties
   * @param options its command line, as far as it is known
   */
  static Compiler compiler(Function<String, String> property, String options) {
    String mode = property.apply("java.vm.info"); // such as "mixed mode, sharing"
    String compiler = property.apply("sun.management.compiler");
    String version = property.apply("java.vm.version");
    if (mode != null && (mode.contains("interpreted mode") || mode.contains("emulated-client"))) {
      return Compiler.NONE_WITH_VECTORS; // -Xint; -XX:TieredStopAtLevel=1, which is C1 alone
    }
    return C2.equals(compiler)
            && version != null
            && !version.contains("jvmci") // Graal in the place of C2
            && !options.contains("-XX:TieredStopAtLevel=")
            && !options.contains("-XX:-EnableVectorSupport")
        ? Compiler.C2
        : Compiler.UNKNOWN;
  }

  /** Where java.lang.management would have them, too, but takes longer than all the rest. */
  private static String options() {
    StringBuilder options = new StringBuilder();
    for (String variable : new String[] {"JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"}) {
      options.append(System.getenv(variable)).append(' ');
    }
    try (FileInputStream in = new FileInputStream("/proc/self/cmdline")) {
      options.append(new String(in.readAllBytes(), StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      // Not Linux: what is known has to do.
    }
    return options.toString();
  }

  /** Whether a product in vectors is, or becomes in a while, faster than a plain one. */
  static boolean faster(Kernels simd, Kernels plain, long patience) {
    float[] a = new float[M * K];
    float[] b = new float[K * N];
    float[] c = new float[M * N];
    long begin = System.nanoTime();
    long plainBest = Long.MAX_VALUE;
    do { // until it is compiled
      plainBest = Math.min(plainBest, nanos(plain, a, b, c));
    } while (System.nanoTime() - begin < WARM_UP_NANOS);
    long simdNanos;
    do {
      plainBest = Math.min(plainBest, nanos(plain, a, b, c));
      simdNanos = nanos(simd, a, b, c);
    } while (simdNanos >= plainBest && System.nanoTime() - begin < patience);
    return simdNanos < plainBest;
  }

  private static long nanos(Kernels kernels, float[] a, float[] b, float[] c) {
    long begin = System.nanoTime();
    kernels.matrix().gemm(M, N, K, a, 0, K, 1, b, 0, N, null, 0, 0, c, 0, N);
    return System.nanoTime() - begin;
  }
}
