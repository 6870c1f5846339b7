// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import dev.lanewise.engine.backend.BackendChoice;

/**
 * What computes in this JVM: the Vector API where its module is present and this machine has
 * instructions for it, plain Java otherwise. The system property {@code lanewise.backend} set to
 * {@code reference} asks for plain Java, to {@code simd} for the Vector API, also where it is slow;
 * results are the same. The choice is made once and logged, with its reason, by {@link
 * System.Logger} under the name {@code dev.lanewise.engine}: as a warning where plain Java was not
 * asked for.
 */
public final class Backend {
  private Backend() {}

  /**
   * Says which back end was chosen.
   *
   * @return a short description for people, such as {@code Vector API, 512 bits}
   * @throws ExceptionInInitializerError at the first call, with the cause, if the system property
   *     asks for what is not there
   */
  public static String description() {
    return BackendChoice.kernels().description();
  }

  /**
   * How many floats its vectors hold.
   *
   * @return the lanes; 1 for plain Java. Results never depend on it
   */
  public static int lanes() {
    return BackendChoice.kernels().tuning().lanes();
  }
}
