// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;

/**
 * Pictures in files, decoded whenever they are copied: only their names are in memory, so there may
 * be more of them than fit. Each value is handed out as {@code value / 255f}.
 *
 * <pre>{@code
 * PictureDataset flowers =
 *     PictureDataset.ofFolder(Path.of("flowers"), Shape.of(64, 64, 3), Framing.CROP);
 * ImageDataset inMemory = flowers.load(team); // where they fit
 * }</pre>
 *
 * <p>Where decoding takes longer than training on it, keep the images decoded: {@link #load} them,
 * or write them to a {@link MappedDataset}.
 *
 * <p>A file that cannot be read makes {@link #copy} throw an {@link UncheckedIOException} with the
 * {@link IOException} that names it; {@link #verify} finds such files in advance. Immutable, and
 * safe to be read by many threads at once.
 */
public final class PictureDataset implements Dataset {
  /** The longest array that every JVM can make. */
  private static final int MAX_BYTES = Integer.MAX_VALUE - 8;

  private static final int MOST_BYTE_CLASSES = 256;

  private final Shape shape;
  private final Framing framing;
  private final LabelledFiles pictures;
  private final int first;
  private final int size;

  private PictureDataset(
      Shape shape, Framing framing, LabelledFiles pictures, int first, int size) {
    framing.requireMakes(shape);
    this.shape = shape;
    this.framing = framing;
    this.pictures = pictures;
    this.first = first;
    this.size = size;
  }

  private PictureDataset(Shape shape, Framing framing, LabelledFiles pictures) {
    this(shape, framing, pictures, 0, pictures.files().size());
  }

  /**
   * Pictures of your own list.
   *
   * @param shape the shape of the images that they become: with 1 channel grey, with 3 coloured
   * @param framing how
   * @param classNames the names of the classes
   * @param files the files
   * @param labels the class of each
   * @throws IllegalArgumentException if there is not one label for each file, a label is not from 0
   *     to {@code classNames.size() - 1}, or no images of such a shape can be made
   */
  public PictureDataset(
      Shape shape, Framing framing, List<String> classNames, List<Path> files, int[] labels) {
    this(
        shape,
        framing,
        new LabelledFiles(
            List.copyOf(files), labels.clone(), classNames.size(), List.copyOf(classNames)));
    if (files.size() != labels.length) {
      throw new IllegalArgumentException(
          "there are " + files.size() + " files, but " + labels.length + " labels");
    }
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= classNames.size()) {
        throw new IllegalArgumentException(
            ("label " + i + " is " + labels[i])
                + (", but must be from 0 to " + (classNames.size() - 1)));
      }
    }
  }

  /**
   * Finds pictures in {@code folder/CLASS/NAME.png} (or {@code .jpg}, {@code .jpeg}, {@code .bmp},
   * {@code .gif}), as torchvision's {@code ImageFolder}: the classes are the folders, in
   * alphabetical order; pictures may lie in folders within them; hidden files and files of other
   * endings are left out. None is opened yet.
   *
   * @param folder the folder
   * @param shape the shape of the images that they become: with 1 channel grey, with 3 coloured
   * @param framing how
   * @return the pictures, class by class; see {@link Split#stratified}
   * @throws DataException if there are fewer than two classes, a class has no pictures, or there is
   *     a picture of a kind that is not read, such as WebP
   * @throws IOException if the folder is missing or a folder cannot be read
   * @throws IllegalArgumentException if no images of such a shape can be made
   */
  public static PictureDataset ofFolder(Path folder, Shape shape, Framing framing)
      throws IOException {
    return new PictureDataset(shape, framing, PictureSearch.find(folder, null));
  }

  /**
   * Finds pictures of classes that are known, such as those for a test: {@code train.classNames()}.
   * Not all of them need to be there.
   *
   * @param folder the folder
   * @param shape the shape of the images that they become: with 1 channel grey, with 3 coloured
   * @param framing how
   * @param classNames the classes
   * @return the pictures
   * @throws DataException as the other method, or if there is a folder of another class
   * @throws IOException if the folder is missing or a folder cannot be read
   * @throws IllegalArgumentException if no images of such a shape can be made
   */
  public static PictureDataset ofFolder(
      Path folder, Shape shape, Framing framing, List<String> classNames) throws IOException {
    return new PictureDataset(shape, framing, PictureSearch.find(folder, List.copyOf(classNames)));
  }

  /**
   * Reads which pictures there are, and their classes, from a table of text (CSV). The pictures are
   * looked for, but none is opened yet.
   *
   * @param table the table
   * @param shape the shape of the images that they become: with 1 channel grey, with 3 coloured
   * @param framing how
   * @return the pictures, in the order of the table
   * @throws DataException if the table is not such a table, a file is missing, or there are fewer
   *     than two classes; the message names the line
   * @throws IOException if the table cannot be read
   * @throws IllegalArgumentException if no images of such a shape can be made
   */
  public static PictureDataset ofTable(PictureTable table, Shape shape, Framing framing)
      throws IOException {
    return new PictureDataset(shape, framing, table.read());
  }

  /**
   * The same pictures as other images.
   *
   * @param shape the shape of the images: with 1 channel grey, with 3 coloured
   * @param framing how pictures become them
   * @return the images
   * @throws IllegalArgumentException if no images of such a shape can be made
   */
  public PictureDataset as(Shape shape, Framing framing) {
    return new PictureDataset(shape, framing, pictures, first, size);
  }

  /** Some of the pictures. */
  PictureDataset only(Subset chosen) {
    List<Path> files = new ArrayList<>(chosen.size());
    int[] labels = new int[chosen.size()];
    for (int i = 0; i < labels.length; i++) {
      files.add(file(chosen.number(i)));
      labels[i] = label(chosen.number(i));
    }
    return new PictureDataset(
        shape, framing, new LabelledFiles(files, labels, classes(), classNames()));
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
    return pictures.classes();
  }

  @Override
  public List<String> classNames() {
    return pictures.classNames();
  }

  @Override
  public boolean inMemory() {
    return false;
  }

  @Override
  public int label(int image) {
    return pictures.labels()[first + Objects.checkIndex(image, size)];
  }

  /**
   * The file of a picture.
   *
   * @param image its number
   * @return the path
   * @throws IndexOutOfBoundsException if {@code image} is not from 0 to {@code size() - 1}
   */
  public Path file(int image) {
    return pictures.files().get(first + Objects.checkIndex(image, size));
  }

  /**
   * Decodes an image.
   *
   * @param image its number
   * @return unsigned values {@code [H, W, C]}
   * @throws DataException if the file is not a whole picture, a huge one, or one of another size
   *     that the framing does not change
   * @throws IOException if the file cannot be read
   */
  public byte[] pixels(int image) throws IOException {
    Path file = file(image);
    PictureFile picture = PictureFile.open(file);
    String fault = framing.fault(picture.height(), picture.width(), shape);
    if (fault != null) {
      throw new DataException(file, fault);
    }
    try {
      return framing.image(picture.decode(), shape);
    } catch (OutOfMemoryError e) { // one array that did not fit; what there was is still there
      throw DataException.tooLarge(file);
    }
  }

  /**
   * Decodes images.
   *
   * @throws UncheckedIOException if a file cannot be read or is not what it should be; its cause
   *     names it
   */
  @Override
  public void copy(
      int[] indices, int from, int count, float[] x, int xOffset, int[] labels, int labelsOffset) {
    for (int i = 0; i < count; i++) {
      int image = indices[from + i];
      byte[] pixels;
      try {
        pixels = pixels(image);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      Pixels.toFloats(pixels, 0, x, xOffset + i * pixels.length, pixels.length);
      labels[labelsOffset + i] = label(image);
    }
  }

  @Override
  public PictureDataset slice(int from, int to) {
    Objects.checkFromToIndex(from, to, size);
    return new PictureDataset(shape, framing, pictures, first + from, to - from);
  }

  /**
   * Decodes all images, so that none can fail later.
   *
   * @param team the threads to use
   * @throws DataException if a file is not what it should be: the first one of those
   * @throws IOException if a file cannot be read
   */
  public void verify(WorkerTeam team) throws IOException {
    verify(team, done -> {});
  }

  /**
   * Decodes all images, so that none can fail later, and tells how far it is.
   *
   * @param team the threads to use
   * @param progress receives how many have been decoded, from any of the threads, in any order
   * @throws DataException if a file is not what it should be: the first one of those
   * @throws IOException if a file cannot be read
   */
  public void verify(WorkerTeam team, IntConsumer progress) throws IOException {
    decode(team, (image, pixels) -> {}, progress);
  }

  /**
   * Decodes all images into memory.
   *
   * @param team the threads to use
   * @return the images, a byte for each value
   * @throws DataException if a file is not what it should be, or the images do not fit into memory
   * @throws IOException if a file cannot be read
   * @throws IllegalArgumentException if there are more than 256 classes
   */
  public ImageDataset load(WorkerTeam team) throws IOException {
    return load(team, done -> {});
  }

  /**
   * Decodes all images into memory, and tells how far it is.
   *
   * @param team the threads to use
   * @param progress receives how many have been decoded, from any of the threads, in any order
   * @return the images, a byte for each value
   * @throws DataException as {@link #load(WorkerTeam)}
   * @throws IOException if a file cannot be read
   * @throws IllegalArgumentException if there are more than 256 classes
   */
  public ImageDataset load(WorkerTeam team, IntConsumer progress) throws IOException {
    if (classes() > MOST_BYTE_CLASSES) {
      throw new IllegalArgumentException(
          "images in memory have at most 256 classes, but there are " + classes());
    }
    long bytes = (long) size * shape.size();
    byte[] all;
    try {
      all = new byte[(int) Math.min(bytes, MAX_BYTES)];
    } catch (OutOfMemoryError e) {
      all = null;
    }
    if (all == null || all.length < bytes) {
      throw new DataException(
          file(0).toAbsolutePath().getParent(),
          "has %d pictures, which are %d MB as images %s: more than fits into memory; leave them on"
                  .formatted(size, bytes >> 20, shape)
              + " the disk");
    }
    byte[] target = all;
    decode(
        team,
        (image, pixels) ->
            System.arraycopy(pixels, 0, target, image * pixels.length, pixels.length),
        progress);
    byte[] labels = new byte[size];
    for (int i = 0; i < size; i++) {
      labels[i] = (byte) label(i);
    }
    return classNames().isEmpty()
        ? new ImageDataset(shape, classes(), all, labels)
        : new ImageDataset(shape, classNames(), all, labels);
  }

  /** Receives the pixels of an image, in any thread. */
  private interface Sink {
    void accept(int image, byte[] pixels);
  }

  /** Of several files that fail the first one is named, whatever the threads do. */
  private void decode(WorkerTeam team, Sink sink, IntConsumer progress) throws IOException {
    AtomicInteger done = new AtomicInteger();
    AtomicReference<Failure> failure = new AtomicReference<>(new Failure(size, null));
    team.run(
        size,
        (image, worker) -> {
          if (image < failure.get().image) {
            try {
              sink.accept(image, pixels(image));
              progress.accept(done.incrementAndGet());
            } catch (IOException e) {
              failure.accumulateAndGet(new Failure(image, e), (a, b) -> a.image < b.image ? a : b);
            }
          }
        });
    if (failure.get().cause != null) {
      throw failure.get().cause;
    }
  }

  private record Failure(int image, IOException cause) {}

  @Override
  public String toString() {
    return size + " pictures as images " + shape + " of " + classes() + " classes";
  }
}
