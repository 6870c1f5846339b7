package dev.lanewise.bench;

/**
 * Measures how many images a second a whole network trains on and classifies. Any Java can load
 * this class: it is compiled for Java 8, and starts {@link ThroughputCommand} on one that suits it.
 */
public final class Throughput {
  private Throughput() {}

  /**
   * Runs the measurement; ends the JVM with its exit code.
   *
   * @param args see {@code --help}
   * @throws InterruptedException never; nobody interrupts the main thread
   */
  public static void main(String[] args) throws InterruptedException {
    Relaunch.ifNeeded(Throughput.class, args);
    System.exit(Commands.run(new ThroughputCommand(System.in), args));
  }
}
