// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.Objects;

/**
 * The images of a task, in a file on its local disk that is mapped into memory: so there may be
 * more than the heap holds, and as many as there is memory for are read from memory. The file is
 * gone once this is closed.
 */
final class TaskImages implements AutoCloseable {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Shape shape;
  private final RowLayout layout;
  private final int classes;
  private final double meanWeight;
  private final Path file;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment rows; // as the layout says
  private final long rowBytes;
  private final int heldFrom;
  private final int held;
  private final int trainedFrom;
  private final int trained;
  private final Shares shares;

  /**
   * Writes the rows of a task to a file.
   *
   * @param rows those of {@link TrainingRows#forTasks}, in any order
   * @param folder where to make the file
   * @throws IOException if it cannot be written
   */
  TaskImages(
      Iterator<byte[]> rows, Shares shares, int task, Shape shape, TaskRows kind, Path folder)
      throws IOException {
    this.shape = shape;
    layout = kind.layout();
    classes = kind.classes();
    meanWeight = kind.meanWeight();
    this.shares = shares;
    int first = shares.firstShard(task);
    int end = shares.firstShard(task + 1);
    heldFrom = shares.firstHeld(first);
    held = shares.firstHeld(end) - heldFrom;
    trainedFrom = shares.firstTrained(first);
    trained = shares.firstTrained(end) - trainedFrom;
    rowBytes = layout.bytes();
    file = Files.createTempFile(folder, "lanewise-", ".images");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long size = rowBytes * (held + trained);
      this.rows = channel.map(FileChannel.MapMode.READ_WRITE, 0, size, arena);
      int count = 0;
      while (rows.hasNext()) {
        byte[] row = rows.next();
        int number = TrainingRows.number(row);
        int at =
            number < shares.held()
                ? number - heldFrom
                : held + number - shares.held() - trainedFrom;
        MemorySegment.copy(
            MemorySegment.ofArray(row), Integer.BYTES, this.rows, at * rowBytes, rowBytes);
        count++;
      }
      if (count != held + trained) {
        throw new IOException(
            "the task has " + count + " rows, expected " + (held + trained) + ": data has changed");
      }
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  /** All images that are trained on, of which only those of the task can be read. */
  Dataset trained() {
    return new Part(shares.trained(), trainedFrom, trained, held);
  }

  /** The images that a shard of the task validates with. */
  Dataset held(int shard) {
    int from = shares.firstHeld(shard);
    int count = shares.firstHeld(shard + 1) - from;
    return new Part(count, 0, count, from - heldFrom);
  }

  @Override
  public void close() {
    arena.close();
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      file.toFile().deleteOnExit();
    }
  }

  /**
   * Neighbouring images.
   *
   * @param size how many the data set has
   * @param from the first one that can be read
   * @param count how many can be read
   * @param row where that one lies
   */
  private final class Part implements Dataset {
    private final int size;
    private final int from;
    private final int count;
    private final int row;

    Part(int size, int from, int count, int row) {
      this.size = size;
      this.from = from;
      this.count = count;
      this.row = row;
    }

    @Override
    public int size() {
      return size;
    }

    @Override
    public Shape shape() {
      return shape;
    }

    @Override
    public int classes() {
      return layout.targets() == 0 ? classes : 0;
    }

    @Override
    public int targetSize() {
      return layout.targets();
    }

    @Override
    public boolean isWeighted() {
      return layout.weighted();
    }

    /** Where the bytes of an image lie. */
    private long place(int image) {
      return (row + Objects.checkIndex(image - from, count)) * rowBytes;
    }

    @Override
    public void copy(
        int[] indices, int from, int count, float[] x, int xOffset, int[] labels, int at) {
      for (int i = 0; i < count; i++) {
        long place = place(indices[from + i]);
        if (layout.targets() == 0) {
          labels[at + i] = rows.get(INT, place);
        }
        long values = place + layout.imageAt();
        MemorySegment.copy(rows, FLOAT, values, x, xOffset + i * shape.size(), shape.size());
      }
    }

    @Override
    public void copyTargets(int[] indices, int from, int count, float[] values, int at) {
      int size = layout.targets();
      for (int i = 0; i < count; i++) {
        MemorySegment.copy(rows, FLOAT, place(indices[from + i]), values, at + i * size, size);
      }
    }

    @Override
    public void copyWeights(int[] indices, int from, int count, float[] weights, int at) {
      for (int i = 0; i < count; i++) {
        float weight = rows.get(FLOAT, place(indices[from + i]) + layout.weightAt());
        weights[at + i] = (float) (weight / meanWeight);
      }
    }

    @Override
    public Dataset slice(int from, int to) {
      Objects.checkFromToIndex(from, to, size);
      return new Part(to - from, this.from - from, count, row);
    }

    @Override
    public String toString() {
      return size + " images " + shape;
    }
  }
}
