// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.file.FileKind;
import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;

/**
 * Labelled images of 8 bits per value in an IDX file that stays on the disk: the system keeps in
 * memory of it what there is room for, so it may be larger than the heap and the machine. {@link
 * #copy} hands each value out as {@code value / 255f}.
 *
 * <pre>{@code
 * IdxStore.write(pictures, images, labels, team); // once: decodes every picture
 * MappedDataset train = MappedDataset.open(images, labels, pictures.classNames());
 * }</pre>
 *
 * <p>Immutable, and safe to be read by many threads at once. The file must not be changed while it
 * is in use; it is let go when the data set is garbage.
 */
public final class MappedDataset implements Dataset {
  private static final int UNSIGNED_BYTES = 0x0800;

  private final Path file;
  private final MemorySegment pixels; // [N, H, W, C], unsigned
  private final Shape shape;
  private final int classes;
  private final List<String> classNames;
  private final int[] labels; // [N]
  private final int first;
  private final int size;

  /** Of each thread, since C2 makes vectors of loops over arrays alone. */
  private final ThreadLocal<byte[]> imageOfThread;

  private MappedDataset(
      Path file,
      MemorySegment pixels,
      Shape shape,
      int classes,
      List<String> classNames,
      int[] labels,
      int first,
      int size) {
    this.file = file;
    this.pixels = pixels;
    this.shape = shape;
    this.classes = classes;
    this.classNames = classNames;
    this.labels = labels;
    this.first = first;
    this.size = size;
    imageOfThread = ThreadLocal.withInitial(() -> new byte[shape.size()]);
  }

  /**
   * Opens images whose classes have no names.
   *
   * @param images an IDX file of unsigned bytes {@code [N, H, W]} or {@code [N, H, W, C]}, not
   *     zipped
   * @param labels an IDX file of integers {@code [N]}
   * @param classes the number of classes, 1 or more
   * @return the images
   * @throws DataException if one of the files is not such a file, is truncated, if they do not
   *     belong together, or a label is not from 0 to {@code classes - 1}
   * @throws IOException if a file cannot be read
   */
  public static MappedDataset open(Path images, Path labels, int classes) throws IOException {
    return open(images, labels, classes, List.of());
  }

  /**
   * Opens images whose classes have names.
   *
   * @param images an IDX file of unsigned bytes {@code [N, H, W]} or {@code [N, H, W, C]}, not
   *     zipped
   * @param labels an IDX file of integers {@code [N]}
   * @param classNames the names of the classes
   * @return the images
   * @throws DataException as the other method
   * @throws IOException if a file cannot be read
   */
  public static MappedDataset open(Path images, Path labels, List<String> classNames)
      throws IOException {
    return open(images, labels, classNames.size(), List.copyOf(classNames));
  }

  private static MappedDataset open(Path images, Path labels, int classes, List<String> classNames)
      throws IOException {
    IdxReader.Labels numbers = IdxReader.readLabels(labels);
    numbers.requireBelow(classes);
    try (FileChannel channel = FileChannel.open(images, StandardOpenOption.READ)) {
      int[] dims = dims(images, channel);
      numbers.checkCount(images, dims[0]);
      Shape shape = new Shape(dims[1], dims[2], dims.length == 4 ? dims[3] : 1);
      long header = 4 + 4L * dims.length;
      long bytes = (long) dims[0] * shape.size();
      if (channel.size() - header != bytes) {
        throw new DataException(
            images,
            (channel.size() - header < bytes ? "is truncated: it has " : "has ")
                + ((channel.size() - header) + " bytes after the header, expected " + bytes));
      }
      MemorySegment pixels =
          channel.map(FileChannel.MapMode.READ_ONLY, header, bytes, Arena.ofAuto());
      return new MappedDataset(
          images, pixels, shape, classes, classNames, numbers.numbers(), 0, dims[0]);
    }
  }

  private static int[] dims(Path file, FileChannel channel) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(FileKind.HEAD);
    while (head.hasRemaining() && channel.read(head) >= 0) {}
    head.flip();
    int magic = head.limit() < 4 ? -1 : head.getInt();
    int rank = magic - UNSIGNED_BYTES;
    if (rank != 3 && rank != 4 || head.remaining() < 4 * rank) {
      byte[] start = new byte[head.limit()];
      head.get(0, start);
      FileKind kind = FileKind.of(start);
      throw new DataException(
          file,
          (kind == null || kind == FileKind.IDX ? "is not" : "is " + kind.what + ", not")
              + " an IDX file of images in unsigned bytes, which alone stay on the disk");
    }
    int[] dims = new int[rank];
    long size = 1;
    for (int i = 0; i < rank; i++) {
      dims[i] = head.getInt();
      size = i == 0 ? 1 : size * Math.max(0, dims[i]);
      if (dims[i] < 1 || size > Integer.MAX_VALUE) {
        throw new DataException(
            file, "has dimensions that are not positive, or too large: " + dims[i]);
      }
    }
    return dims;
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
    return classes;
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public boolean inMemory() {
    return false;
  }

  @Override
  public int label(int image) {
    return labels[first + Objects.checkIndex(image, size)];
  }

  /**
   * Copies images and their labels.
   *
   * @throws UncheckedIOException if the file has been cut in the meantime
   */
  @Override
  public void copy(
      int[] indices, int from, int count, float[] x, int xOffset, int[] labels, int labelsOffset) {
    int imageSize = shape.size();
    byte[] bytes = imageOfThread.get();
    for (int i = 0; i < count; i++) {
      int image = first + Objects.checkIndex(indices[from + i], size);
      copy((long) image * imageSize, bytes);
      Pixels.toFloats(bytes, 0, x, xOffset + i * imageSize, imageSize);
      labels[labelsOffset + i] = this.labels[image];
    }
  }

  private void copy(long from, byte[] image) {
    try {
      MemorySegment.copy(pixels, ValueLayout.JAVA_BYTE, from, image, 0, image.length);
    } catch (InternalError e) { // what the JVM makes of a page that is gone
      throw new UncheckedIOException(
          new DataException(file, "has become shorter, or cannot be read any more"));
    }
  }

  @Override
  public MappedDataset slice(int from, int to) {
    Objects.checkFromToIndex(from, to, size);
    return new MappedDataset(
        file, pixels, shape, classes, classNames, labels, first + from, to - from);
  }

  @Override
  public String toString() {
    return size + " images " + shape + " of " + classes + " classes in " + file;
  }
}
