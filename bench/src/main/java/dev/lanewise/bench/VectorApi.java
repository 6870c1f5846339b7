// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

/** The module that the measurements need, which Java loads only if asked to. JMH asks by itself. */
final class VectorApi {
  private static final String MODULE = "jdk.incubator.vector";

  /** What to say where it is not there. */
  static final String MISSING =
      "the benchmarks need the Vector API: run them with java --add-modules " + MODULE;

  private VectorApi() {}

  static boolean isPresent() {
    return ModuleLayer.boot().findModule(MODULE).isPresent();
  }
}
