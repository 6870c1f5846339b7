package dev.lanewise.bench;

/**
 * Measures convolutions of many shapes. Any Java can load this class: it is compiled for Java 8,
 * and starts {@link ConvolutionShapesCommand} on one that suits it.
 */
public final class ConvolutionShapes {
  private ConvolutionShapes() {}

  /**
   * Runs the measurement; ends the JVM with its exit code.
   *
   * @param args see {@code --help}
   * @throws InterruptedException never; nobody interrupts the main thread
   */
  public static void main(String[] args) throws InterruptedException {
    Relaunch.ifNeeded(ConvolutionShapes.class, args);
    System.exit(Commands.run(new ConvolutionShapesCommand(), args));
  }
}
