package dev.lanewise.mnist;

import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.io.CheckpointFolder;

/** How long a training has run, with the time before it was interrupted. */
final class RunTime {
  /** In the metadata of checkpoints. */
  static final String KEY = "seconds";

  private final long start = System.nanoTime();
  private final double earlier;

  /**
   * Starts the clock.
   *
   * @param from where the training goes on; or {@code null}
   * @throws DataException if it does not say how long it took
   */
  RunTime(CheckpointFolder.Entry from) throws DataException {
    String text = from == null ? "0" : from.content().metadata().getOrDefault(KEY, "");
    try {
      earlier = Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new DataException(from.file(), "has " + KEY + " '" + text + "', expected a number");
    }
  }

  double seconds() {
    return earlier + (System.nanoTime() - start) * 1e-9;
  }

  String text() {
    return Double.toString(seconds());
  }
}
