// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Signals, sent to a JVM of their own. */
class StopSignalsTest {
  /** Answers the first signal by never coming to an end. */
  static final class Endless {
    public static void main(String[] args) throws InterruptedException {
      new StopSignals(
          code -> {
            System.out.println(code);
            while (true) {
              try {
                Thread.sleep(Long.MAX_VALUE);
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            }
          });
      System.out.println("ready");
      Thread.sleep(Long.MAX_VALUE);
    }
  }

  /** Answers by a failure of its own. */
  static final class Failing {
    public static void main(String[] args) throws InterruptedException {
      new StopSignals(
          code -> {
            throw new IllegalStateException("no reason");
          });
      System.out.println("ready");
      Thread.sleep(Long.MAX_VALUE);
    }
  }

  /** Is ended as any program, since nobody listens any more. */
  static final class Closed {
    public static void main(String[] args) throws InterruptedException {
      StopSignals signals =
          new StopSignals(
              code -> {
                System.out.println("heard");
                return true;
              });
      signals.close();
      System.out.println("ready");
      Thread.sleep(Long.MAX_VALUE);
    }
  }

  private static Process start(Class<?> program, String... options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static void assertEnds(int code, Process process) throws Exception {
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "goes on");
    assertEquals(code, process.exitValue());
  }

  @ParameterizedTest
  @CsvSource({"TERM, TERM, 143", "INT, INT, 130", "INT, TERM, 143", "TERM, INT, 130"})
  void theSecondSignalEndsAtOnce(String first, String second, int code) throws Exception {
    Kill.assumeHeard(first, second);
    Process process = start(Endless.class);
    try (BufferedReader out = process.inputReader()) {
      assertEquals("ready", out.readLine());
      Kill.send(first, process);
      assertEquals(first.equals("INT") ? "130" : "143", out.readLine());
      Thread.sleep(2 * StopSignals.TOGETHER_MILLIS);
      Kill.send(second, process);
      assertEnds(code, process);
    } finally {
      process.destroyForcibly();
    }
  }

  /** Ctrl-C reaches this JVM, and also the one that started it, which passes it on as SIGTERM. */
  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM"})
  void whatTheStartingJvmPassesOnIsNoSecondSignal(String first) throws Exception {
    Kill.assumeHeard(first);
    Process process =
        start(Endless.class, "-Ddev.lanewise.relaunched=" + ProcessHandle.current().pid());
    try (BufferedReader out = process.inputReader()) {
      assertEquals("ready", out.readLine());
      Kill.send(first, process);
      assertEquals(first.equals("INT") ? "130" : "143", out.readLine());
      Thread.sleep(2 * StopSignals.TOGETHER_MILLIS);
      Kill.send("TERM", process);
      assertTrue(!process.waitFor(1, TimeUnit.SECONDS), "has ended");
      Kill.send("TERM", process);
      assertEnds(143, process);
    } finally {
      process.destroyForcibly();
    }
  }

  /**
   * As {@code timeout} sends them, but of two kinds: of one kind the system itself may make one of
   * two. Tried again if the machine was so busy that they did not come together.
   */
  @Test
  void signalsThatComeTogetherAreOne() throws Exception {
    Kill.assumeHeard("INT");
    boolean together = false;
    for (int i = 0; i < 5 && !together; i++) {
      Process process = start(Endless.class);
      try (BufferedReader out = process.inputReader()) {
        assertEquals("ready", out.readLine());
        String both = "kill -INT %1$d; kill -TERM %1$d".formatted(process.pid());
        assertEquals(0, new ProcessBuilder("sh", "-c", both).start().waitFor());
        together = !process.waitFor(1, TimeUnit.SECONDS);
      } finally {
        process.destroyForcibly();
      }
    }
    assertTrue(together, "has ended");
  }

  @Test
  void whateverFailsItEnds() throws Exception {
    Process process = start(Failing.class);
    try (BufferedReader out = process.inputReader()) {
      assertEquals("ready", out.readLine());
      Kill.send("TERM", process);
      assertEnds(143, process);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void closedItDoesNothing() throws Exception {
    Kill.assumeHeard("INT");
    Process process = start(Closed.class);
    try (BufferedReader out = process.inputReader()) {
      assertEquals("ready", out.readLine());
      Kill.send("INT", process);
      assertEnds(130, process);
      assertEquals(null, out.readLine());
    } finally {
      process.destroyForcibly();
    }
  }
}
