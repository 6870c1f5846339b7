// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.mnist.launch.LaunchException;
import dev.lanewise.mnist.launch.SuitableJava;
import java.util.OptionalInt;
import org.jline.utils.Signals;

/**
 * Starts {@link Main} on a Java that suits it. So that old Javas can load it and give a useful
 * answer, this one class is compiled for Java 8.
 */
public final class Launcher {
  /** As in StopSignals, which an old Java cannot load. */
  private static final long TOGETHER_MILLIS = 100;

  private Launcher() {}

  /**
   * Runs the application; ends the JVM with its exit code.
   *
   * @param args the command line
   * @throws InterruptedException never; nobody interrupts the main thread
   */
  public static void main(String[] args) throws InterruptedException {
    Runtime.getRuntime().addShutdownHook(new Thread(Launcher::listenAgain));
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

  /**
   * Lets a second signal end the program at once. Java ignores signals while it ends, which may be
   * long: until the JVM that it has started has saved a checkpoint. That one ends with this one.
   */
  private static void listenAgain() {
    long begin = System.nanoTime();
    String[] names = {"HUP", "INT", "TERM"};
    int[] numbers = {1, 2, 15};
    for (int i = 0; i < names.length; i++) {
      int code = 128 + numbers[i];
      Signals.register(
          names[i],
          () -> {
            if (System.nanoTime() - begin > TOGETHER_MILLIS * 1_000_000) {
              Runtime.getRuntime().halt(code);
            }
          });
    }
  }
}
