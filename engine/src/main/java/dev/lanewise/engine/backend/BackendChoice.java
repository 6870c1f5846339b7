// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.backend;

import dev.lanewise.engine.kernel.Kernels;
import dev.lanewise.engine.math.Fma;
import dev.lanewise.engine.reference.ReferenceKernels;
import dev.lanewise.engine.simd.SimdKernels;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/**
 * Chooses the back end, once: the Vector API where its module is present and its vectors are
 * instructions of this machine, plain Java otherwise or where the system property {@code
 * lanewise.backend} is {@code reference}. The choice and its reason are logged, as a warning where
 * plain Java was not asked for.
 */
public final class BackendChoice {
  private static final String MODULE = "jdk.incubator.vector";
  private static final String SLOWER = "many times slower, since ";

  /** Work spaces and the choice of algorithms know vectors of up to 512 bits. */
  private static final int MOST_LANES = 16;

  private static final Kernels KERNELS = choose();

  private BackendChoice() {}

  /**
   * The back end that every facade uses.
   *
   * @return the one chosen at start
   */
  public static Kernels kernels() {
    return KERNELS;
  }

  private static Kernels choose() {
    Machine machine =
        new Machine(
            ModuleLayer.boot().findModule(MODULE).isPresent(),
            () -> SimdKernels.create().tuning().lanes(),
            Fma::isInstruction,
            () ->
                VectorProbe.vectorsAreInstructions(SimdKernels::create, ReferenceKernels::create));
    Decision decision = decide(System.getProperty("lanewise.backend", ""), machine);
    Kernels chosen = decision.simd ? SimdKernels.create() : ReferenceKernels.create();
    System.getLogger("dev.lanewise.engine")
        .log(decision.level, "back end: {0}, {1}", chosen.description(), decision.reason);
    return chosen;
  }

  /**
   * What this JVM on this machine can do. All but the first is asked for only where it matters.
   *
   * @param module whether the module of the Vector API is present
   * @param lanes of its vectors
   * @param fma whether there is an instruction for a fused multiply-add
   * @param vectors whether the Vector API is compiled to vector instructions
   */
  record Machine(boolean module, IntSupplier lanes, BooleanSupplier fma, BooleanSupplier vectors) {}

  /**
   * Which back end, and why.
   *
   * @param simd the Vector API, or plain Java
   * @param level a warning where another back end would be better and nobody asked for this one
   * @param reason with the remedy, if there is one
   */
  record Decision(boolean simd, System.Logger.Level level, String reason) {}

  /**
   * Decides.
   *
   * @param wanted the system property, or empty
   * @param machine what there is to choose from
   */
  static Decision decide(String wanted, Machine machine) {
    if (wanted.equals("reference")) {
      return new Decision(false, System.Logger.Level.DEBUG, "as lanewise.backend asks for");
    }
    if (!wanted.isEmpty() && !wanted.equals("simd")) {
      throw new IllegalStateException(
          "lanewise.backend must be simd or reference, but is " + wanted);
    }
    if (!machine.module && wanted.equals("simd")) {
      throw new IllegalStateException("lanewise.backend=simd needs --add-modules " + MODULE);
    }
    if (!machine.module) {
      return plain("the Vector API is not there: run Java with --add-modules " + MODULE);
    }
    if (machine.lanes.getAsInt() > MOST_LANES) {
      return plain(
          "vectors of more than 512 bits are not supported: run Java with -XX:MaxVectorSize=64");
    }
    if (wanted.equals("simd")) {
      return new Decision(true, System.Logger.Level.DEBUG, "as lanewise.backend asks for");
    }
    if (!machine.fma.getAsBoolean()) {
      return plain(
          "this JVM does not use a fused multiply-add of the processor: run Java on a processor"
              + " that has it (x86: AVX2), in a virtual machine that shows it, and without"
              + " -XX:-UseFMA and -XX:UseAVX=0");
    }
    if (!machine.vectors.getAsBoolean()) {
      return plain(
          "this JVM makes no vector instructions of the Vector API: run a JDK with HotSpot's C2"
              + " compiler, without -Xint, -XX:TieredStopAtLevel and -XX:-EnableVectorSupport");
    }
    return new Decision(true, System.Logger.Level.DEBUG, "since its module is there");
  }

  private static Decision plain(String reason) {
    return new Decision(false, System.Logger.Level.WARNING, SLOWER + reason);
  }
}
