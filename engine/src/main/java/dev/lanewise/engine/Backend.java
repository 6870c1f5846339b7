package dev.lanewise.engine;

import dev.lanewise.engine.reference.ReferenceKernels;
import dev.lanewise.engine.simd.SimdKernels;

/**
 * Chooses the back end, once: the Vector API where its module is present, plain Java otherwise. The
 * system property {@code lanewise.backend} set to {@code reference} asks for plain Java; results
 * are the same.
 */
public final class Backend {
  private static final Kernels KERNELS = choose();

  private Backend() {}

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
    boolean present = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    switch (wanted) {
      case "":
        return present ? simd() : new ReferenceKernels();
      case "reference":
        return new ReferenceKernels();
      case "simd":
        if (!present) {
          throw new IllegalStateException(
              "lanewise.backend=simd needs --add-modules jdk.incubator.vector");
        }
        return simd();
      default:
        throw new IllegalStateException(
            "lanewise.backend must be simd or reference, but is " + wanted);
    }
  }

  /** Work spaces and the choice of algorithms know vectors of up to 16 lanes: 512 bits. */
  private static Kernels simd() {
    Kernels simd = SimdKernels.create();
    return simd.lanes() <= 16 ? simd : new ReferenceKernels();
  }
}
