package dev.lanewise.engine.backend;

import dev.lanewise.engine.kernel.Kernels;
import dev.lanewise.engine.reference.ReferenceKernels;
import dev.lanewise.engine.simd.SimdKernels;
import java.util.function.IntSupplier;

/**
 * Chooses the back end, once: the Vector API where its module is present, plain Java otherwise or
 * where the system property {@code lanewise.backend} is {@code reference}. The choice and its
 * reason are logged, as a warning where plain Java was not asked for.
 */
public final class BackendChoice {
  private static final String MODULE = "jdk.incubator.vector";

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
    String wanted = System.getProperty("lanewise.backend", "");
    boolean present = ModuleLayer.boot().findModule(MODULE).isPresent();
    Decision decision = decide(wanted, present, () -> SimdKernels.create().tuning().lanes());
    Kernels chosen = decision.simd ? SimdKernels.create() : ReferenceKernels.create();
    System.getLogger("dev.lanewise.engine")
        .log(decision.level, "back end: {0}, {1}", chosen.description(), decision.reason);
    return chosen;
  }

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
   * @param present whether the module of the Vector API is
   * @param lanes of its vectors; asked for only where it is present
   */
  static Decision decide(String wanted, boolean present, IntSupplier lanes) {
    if (wanted.equals("reference")) {
      return new Decision(false, System.Logger.Level.DEBUG, "as lanewise.backend asks for");
    }
    if (!wanted.isEmpty() && !wanted.equals("simd")) {
      throw new IllegalStateException(
          "lanewise.backend must be simd or reference, but is " + wanted);
    }
    if (!present && wanted.equals("simd")) {
      throw new IllegalStateException("lanewise.backend=simd needs --add-modules " + MODULE);
    }
    if (!present) {
      return new Decision(
          false,
          System.Logger.Level.WARNING,
          "many times slower, since the Vector API is not there: run Java with --add-modules "
              + MODULE);
    }
    if (lanes.getAsInt() > MOST_LANES) {
      return new Decision(
          false,
          System.Logger.Level.WARNING,
          "many times slower, since vectors of more than 512 bits are not supported: run Java with"
              + " -XX:MaxVectorSize=64");
    }
    return new Decision(true, System.Logger.Level.DEBUG, "since its module is there");
  }
}
