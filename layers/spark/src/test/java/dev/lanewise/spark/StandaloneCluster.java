// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * The script docs/examples/spark-standalone trains on MNIST, and leaves nothing behind: minutes. It
 * takes the jars of Spark from the class path. A property, {@code lanewise.mnist}, says where the
 * IDX files are.
 */
final class StandaloneCluster {
  private static final Path ROOT = Path.of("../..");
  private static final Path DATA =
      Path.of(System.getProperty("lanewise.mnist", ROOT.resolve("../shared/data/mnist").toString()))
          .toAbsolutePath();

  /** A master, two workers, the driver, two executors; before them there are fewer at a time. */
  private static final int ALL = 6;

  private static Process start(int epochs) throws IOException {
    assertTrue(Files.isDirectory(DATA), "no MNIST in " + DATA + ": set -Dlanewise.mnist");
    Sessions.linkJars();
    String script = ROOT.resolve("docs/examples/spark-standalone").toString();
    // A build in the background ignores SIGINT, and what it starts would, too.
    ProcessBuilder builder =
        new ProcessBuilder("env", "--default-signal=INT", script, DATA.toString(), "" + epochs);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("SPARK_MASTER_PORT", "17077");
    return builder.redirectErrorStream(true).start();
  }

  @Test
  void trainsOnMnist() throws Exception {
    Process script = start(2);
    List<String> lines = script.inputReader().lines().toList();
    assertEquals(0, script.waitFor(), lines.toString());
    assertEquals(2, lines.size(), lines.toString());
    String accuracy = lines.getFirst().substring("test accuracy ".length());
    assertTrue(Double.parseDouble(accuracy) > 0.95, accuracy);
    assertTrue(lines.getLast().matches("SHA-256 [0-9a-f]{64}"), lines.getLast());
  }

  @Test
  void stopsAllThatItHasStarted() throws Exception {
    Process script = start(100);
    try {
      while (script.descendants().count() < ALL) {
        assertTrue(script.isAlive(), "the script has ended");
        Thread.sleep(100);
      }
      List<ProcessHandle> all = script.descendants().toList();
      new ProcessBuilder("kill", "-INT", "" + script.pid()).start().waitFor();
      assertTrue(script.waitFor(60, TimeUnit.SECONDS), "the script goes on");
      assertEquals(130, script.exitValue());
      for (ProcessHandle each : all) {
        each.onExit().get(10, TimeUnit.SECONDS);
      }
    } finally {
      script.destroy(); // it stops what it has started
    }
  }
}
