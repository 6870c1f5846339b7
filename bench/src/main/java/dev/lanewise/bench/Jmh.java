package dev.lanewise.bench;

import java.io.IOException;

/**
 * The main class of the jar: JMH, which runs the benchmarks of the kernels. Any Java can load this
 * class: it is compiled for Java 8, and starts JMH on one that suits the benchmarks.
 */
public final class Jmh {
  private Jmh() {}

  /**
   * Runs the benchmarks.
   *
   * @param args see {@code -h}
   * @throws InterruptedException never; nobody interrupts the main thread
   * @throws IOException if JMH cannot write its results
   */
  public static void main(String[] args) throws InterruptedException, IOException {
    Relaunch.ifNeeded(Jmh.class, args);
    org.openjdk.jmh.Main.main(args);
  }
}
