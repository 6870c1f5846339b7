// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.DatasetView;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Images of which it is said how many have been classified, while all of them are, over and over if
 * need be. Thread-safe, as far as the images are.
 */
final class Watched extends DatasetView {
  private final long all;
  private final AtomicLong seen;
  private final Pace pace;

  /**
   * Watches passes over the images, each of which takes every image once.
   *
   * @param data the images
   * @param pace says how far it is
   */
  Watched(Dataset data, Pace pace) {
    this(data, data.size(), new AtomicLong(), pace);
  }

  private Watched(Dataset data, long all, AtomicLong seen, Pace pace) {
    super(data);
    this.all = all;
    this.seen = seen;
    this.pace = pace;
  }

  @Override
  public void copy(
      int[] indices, int from, int count, float[] x, int xOffset, int[] labels, int labelsOffset) {
    data.copy(indices, from, count, x, xOffset, labels, labelsOffset);
    long before = seen.getAndAdd(count);
    long done = before + count;
    if (before == 0) {
      pace.restart();
    }
    if (done == all) {
      seen.set(0); // for the next pass
    } else {
      pace.tell(() -> "note: %d of %d images classified".formatted(done, all));
    }
  }

  @Override
  public Dataset slice(int from, int to) {
    return new Watched(data.slice(from, to), all, seen, pace);
  }
}
