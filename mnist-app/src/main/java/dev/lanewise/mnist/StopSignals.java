package dev.lanewise.mnist;

import dev.lanewise.engine.launch.SuitableJava;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntConsumer;
import org.jline.utils.Signals;

/**
 * Answers SIGINT, SIGTERM and SIGHUP: the first one lets the program put its work in safety, a
 * second one ends it at once. (A shutdown hook could not: once hooks run, Java ignores signals.)
 */
final class StopSignals implements AutoCloseable {
  private static final Map<String, Integer> NUMBERS = Map.of("HUP", 1, "INT", 2, "TERM", 15);

  private final IntConsumer stop;
  private final Map<String, Object> former = new LinkedHashMap<>();
  private String first;
  private boolean forwarded;

  /**
   * Begins to listen.
   *
   * @param stop puts the work in safety, in a thread of its own; gets the exit code that belongs to
   *     the signal, with which the program ends at the latest when this returns
   */
  StopSignals(IntConsumer stop) {
    this.stop = stop;
    // One that was switched off, as by nohup, stays so: Java sees to that.
    NUMBERS.forEach((name, n) -> former.put(name, Signals.register(name, () -> heard(name, n))));
  }

  private void heard(String name, int number) {
    if (isFirst(name)) {
      try {
        stop.accept(128 + number);
      } finally {
        Runtime.getRuntime().exit(128 + number);
      }
    } else if (!isForwarded(name)) {
      Runtime.getRuntime().halt(128 + number);
    }
  }

  private synchronized boolean isFirst(String name) {
    if (first != null) {
      return false;
    }
    first = name;
    return true;
  }

  /** Ctrl-C reaches the JVM that started this one too; it then ends this one by SIGTERM. */
  private synchronized boolean isForwarded(String name) {
    boolean result =
        SuitableJava.restarted() && !forwarded && name.equals("TERM") && !first.equals("TERM");
    forwarded |= result;
    return result;
  }

  /** Lets signals do what they did before. */
  @Override
  public void close() {
    former.forEach(Signals::unregister);
  }
}
