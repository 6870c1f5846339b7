package dev.lanewise.mnist;

import dev.lanewise.engine.launch.LaunchException;
import dev.lanewise.engine.launch.SuitableJava;
import java.util.OptionalInt;

/**
 * Starts {@link Main} on a Java that suits it. So that old Javas can load it and give a useful
 * answer, this one class is compiled for Java 8.
 */
public final class Launcher {
  private Launcher() {}

  /**
   * Runs the application; ends the JVM with its exit code.
   *
   * @param args the command line
   * @throws InterruptedException never; nobody interrupts the main thread
   */
  public static void main(String[] args) throws InterruptedException {
    try {
      // The option stands in the manifest, for -jar.
      OptionalInt exitCode =
          SuitableJava.restart(Launcher.class, args, "--enable-native-access=ALL-UNNAMED");
      if (exitCode.isPresent()) {
        System.exit(exitCode.getAsInt());
      }
    } catch (LaunchException e) {
      System.err.println("mnist-app: " + e.getMessage());
      System.exit(e.exitCode());
    }
    Main.main(args);
  }
}
