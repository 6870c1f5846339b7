package dev.lanewise.bench;

/**
 * Measures the rate of fused multiply-adds that the machine can reach. Any Java can load this
 * class: it is compiled for Java 8, and starts {@link FmaPeakCommand} on one that suits it.
 */
public final class FmaPeak {
  private FmaPeak() {}

  /**
   * Runs the measurement; ends the JVM with its exit code.
   *
   * @param args see {@code --help}
   * @throws InterruptedException never; nobody interrupts the main thread
   */
  public static void main(String[] args) throws InterruptedException {
    Relaunch.ifNeeded(FmaPeak.class, args);
    System.exit(Commands.run(new FmaPeakCommand(), args));
  }
}
