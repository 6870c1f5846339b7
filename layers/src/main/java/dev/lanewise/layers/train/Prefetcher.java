// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Targets;

/**
 * Prepares the next two batches, image by image, in threads of its own, while one is trained on:
 * for images that have to be read and decoded. A batch holds the same bits as one that is copied
 * when it is needed, whatever the number of threads, since an image depends on seed, epoch and its
 * number alone.
 *
 * <p>An image that cannot be prepared makes {@link #await} throw, in the thread that waits for its
 * batch and not before; of several in a batch the first one counts.
 */
final class Prefetcher implements AutoCloseable {
  private static final int AHEAD = 2;

  /** A batch. */
  private static final class Slot {
    final Tensor x;
    final Targets targets;
    final int[] labels; // null if the targets are values
    final Tensor values; // null if they are labels
    final float[] weights; // null if there are none
    int missing; // images
    int failedAt; // of the images that could not be prepared, the first
    Throwable failure;

    Slot(Dataset data, int batchSize) {
      x = Tensor.zeros(batchSize, data.shape());
      boolean hasValues = data.targetSize() > 0;
      targets = hasValues ? new Targets(batchSize, data.targetSize()) : new Targets(batchSize);
      labels = hasValues ? null : targets.useLabels();
      values = hasValues ? targets.useValues() : null;
      weights = data.isWeighted() ? targets.useWeights(true) : null;
    }
  }

  private final Dataset data;
  private final int[] order;
  private final int from;
  private final int batchSize;
  private final Slot[] slots = new Slot[AHEAD];
  private final Thread[] threads;

  // Guarded by this.
  private int next; // the position in the order of the image to be prepared next
  private int taken; // batches
  private boolean closed;

  /**
   * Begins to prepare.
   *
   * @param copies for each thread what it copies with
   * @param order image numbers; not to be changed before this is closed
   * @param from the position of the first one
   * @param batchSize the size of all batches but the last
   */
  Prefetcher(Dataset data, ImageCopy[] copies, int[] order, int from, int batchSize) {
    this.data = data;
    this.order = order;
    this.from = from;
    this.batchSize = batchSize;
    next = from;
    for (int i = 0; i < AHEAD; i++) {
      slots[i] = new Slot(data, batchSize);
      slots[i].missing = size(i);
    }
    threads = new Thread[copies.length];
    try {
      for (int i = 0; i < copies.length; i++) {
        ImageCopy copy = copies[i];
        threads[i] =
            Thread.ofPlatform().daemon().name("lanewise-prefetch-" + i).start(() -> prepare(copy));
      }
    } catch (OutOfMemoryError e) { // no further native threads
      close();
      throw e;
    }
  }

  private int size(int batch) {
    return Math.clamp(order.length - from - (long) batch * batchSize, 0, batchSize);
  }

  private void prepare(ImageCopy copy) {
    for (int at = claim(); at >= 0; at = claim()) {
      Slot slot = slots[(at - from) / batchSize % AHEAD];
      Throwable failure = null;
      try {
        int i = (at - from) % batchSize;
        copy.copy(data, order, at, slot.x, slot.labels, slot.values, slot.weights, i);
      } catch (Throwable e) { // rethrown by await
        failure = e;
      }
      end(slot, at, failure);
    }
  }

  /** The position of an image to be prepared, once there is room for it; -1 if none is left. */
  private synchronized int claim() {
    while (!closed && next < order.length && (next - from) / batchSize >= taken + AHEAD) {
      try {
        wait();
      } catch (InterruptedException e) {
        return -1; // nobody has this thread but this class
      }
    }
    return closed || next >= order.length ? -1 : next++;
  }

  private synchronized void end(Slot slot, int at, Throwable failure) {
    if (failure != null && (slot.failure == null || at < slot.failedAt)) {
      slot.failure = failure;
      slot.failedAt = at;
    }
    slot.missing--;
    if (slot.missing == 0) {
      notifyAll();
    }
  }

  /**
   * Whether the next batch is the one that begins at a position.
   *
   * @param at the position
   * @param count how many images it has
   */
  synchronized boolean isNext(int at, int count) {
    return at == from + taken * batchSize && count == size(taken);
  }

  /** Waits for the next batch. */
  synchronized void await() {
    Slot slot = slots[taken % AHEAD];
    boolean interrupted = false;
    while (slot.missing > 0) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true; // the images are on their way: told to whoever asks next
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    switch (slot.failure) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new AssertionError(e); // Dataset declares no other
    }
  }

  /** The images of the batch that has been waited for, until {@link #release}. */
  synchronized Tensor x() {
    return slots[taken % AHEAD].x;
  }

  /** The targets of these images. */
  synchronized Targets targets() {
    return slots[taken % AHEAD].targets;
  }

  /** Hands the batch back, to become a later one. */
  synchronized void release() {
    slots[taken % AHEAD].missing = size(taken + AHEAD);
    taken++;
    notifyAll();
  }

  /** Stops, and waits until no thread prepares an image any more. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread != null && thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
