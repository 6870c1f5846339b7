// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.mnist.launch.SuitableJava;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jline.utils.Signals;

/**
 * Answers SIGINT, SIGTERM and SIGHUP: the first one lets the program put its work in safety, a
 * second one ends it at once. (A shutdown hook could not: once hooks run, Java ignores signals.)
 *
 * <p>What comes together is one signal: {@code timeout} sends each twice, to the program and to its
 * group. And where another JVM has started this one, one SIGTERM is what that one passes on.
 */
final class StopSignals implements AutoCloseable {
  private static final Map<String, Integer> NUMBERS = Map.of("HUP", 1, "INT", 2, "TERM", 15);

  /** Signals that come within this time are one. Nobody presses Ctrl-C twice so fast. */
  static final long TOGETHER_MILLIS = 100;

  private final IntPredicate stop;
  private final Map<String, Object> former = new LinkedHashMap<>();
  private long firstNanos;
  private boolean heardOne;
  private boolean forwarded;

  /**
   * Begins to listen.
   *
   * @param stop puts the work in safety, in a thread of its own; gets the exit code that belongs to
   *     the signal, with which the program then ends, unless the answer is that it ends by itself:
   *     {@code false}
   */
  StopSignals(IntPredicate stop) {
    this.stop = stop;
    // One that was switched off, as by nohup, stays so: Java sees to that.
    NUMBERS.forEach((name, n) -> former.put(name, Signals.register(name, () -> heard(name, n))));
  }

  private void heard(String name, int number) {
    if (isFirst()) {
      boolean end = true;
      try {
        end = stop.test(128 + number);
      } finally {
        if (end) {
          Runtime.getRuntime().exit(128 + number);
        }
      }
    } else if (!isOneWithTheFirst(name)) {
      Runtime.getRuntime().halt(128 + number);
    }
  }

  private synchronized boolean isFirst() {
    if (heardOne) {
      return false;
    }
    heardOne = true;
    firstNanos = System.nanoTime();
    return true;
  }

  private synchronized boolean isOneWithTheFirst(String name) {
    if (System.nanoTime() - firstNanos < TOGETHER_MILLIS * 1_000_000) {
      return true;
    }
    // A signal to the JVM that started this one, or to both, as by Ctrl-C, comes from there too.
    boolean result = SuitableJava.startedBy().isPresent() && !forwarded && name.equals("TERM");
    forwarded |= result;
    return result;
  }

  /** Lets signals do what they did before. */
  @Override
  public void close() {
    former.forEach(Signals::unregister);
  }
}
