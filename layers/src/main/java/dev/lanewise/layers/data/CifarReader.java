// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.file.FileKind;
import dev.lanewise.layers.graph.Shape;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.zip.ZipException;

/**
 * Reads images in the binary format of CIFAR-10 and CIFAR-100 (Krizhevsky, "Learning multiple
 * layers of features from tiny images", 2009): for each image its label, one byte, or a coarse and
 * a fine one, then 32x32 red values, as many green and as many blue ones. There is no header, so a
 * file of any number of images is read, but one that is cut between two images is not noticed.
 */
public final class CifarReader {
  private static final Shape SHAPE = new Shape(32, 32, 3);
  private static final int PLANE = SHAPE.height() * SHAPE.width();

  /** The longest array that every JVM can make. */
  private static final int MAX_BYTES = Integer.MAX_VALUE - 8;

  /** Far more than a hundred names need. */
  private static final int MAX_NAMES = 1 << 16;

  /** A label and some pixels, which may be any bytes, are taken for these too easily. */
  private static final Set<FileKind> WEAK =
      EnumSet.of(FileKind.IDX, FileKind.LITTLE_ENDIAN_IDX, FileKind.ONNX, FileKind.ICON);

  private CifarReader() {}

  /**
   * Reads files, one after another.
   *
   * @param labels which labels they have
   * @param files one or more files in the binary format, not zipped
   * @return the images; their classes are named if a file of names, such as {@code
   *     batches.meta.txt}, lies beside the first file
   * @throws DataException if a file is not of this format, is truncated, has a label that is not
   *     one, or the images do not fit into memory
   * @throws IOException if a file cannot be read
   */
  public static ImageDataset read(CifarLabels labels, List<Path> files) throws IOException {
    long images = 0;
    for (Path file : files) {
      images += count(file, labels);
    }
    Path first = files.getFirst();
    if (images * SHAPE.size() > MAX_BYTES) {
      throw DataException.tooLarge(first);
    }
    List<String> names = names(first, labels);
    byte[] pixels;
    byte[] numbers;
    try {
      pixels = new byte[(int) images * SHAPE.size()];
      numbers = new byte[(int) images];
    } catch (OutOfMemoryError e) { // the one array that did not fit; what there was is still there
      throw DataException.tooLarge(first);
    }
    int done = 0;
    for (Path file : files) {
      done = read(file, labels, pixels, numbers, done);
    }
    return names.isEmpty()
        ? new ImageDataset(SHAPE, labels.classes, pixels, numbers)
        : new ImageDataset(SHAPE, names, pixels, numbers);
  }

  /** The number of images of a file, by its length. */
  private static long count(Path file, CifarLabels labels) throws IOException {
    int each = labels.header() + SHAPE.size();
    long size = Files.size(file);
    if (size > 0 && size % each == 0) {
      return size / each;
    }
    FileKind kind = size == 0 ? null : kind(file);
    if (kind != null) {
      throw new DataException(
          file,
          "is %s, expected %s in its binary version: %s"
              .formatted(kind.what, labels.dataSet, CifarAdvice.of(file, kind)));
    }
    CifarLabels other = labels == CifarLabels.TEN ? CifarLabels.FINE : CifarLabels.TEN;
    if (size > 0 && size % (other.header() + SHAPE.size()) == 0) {
      throw new DataException(
          file,
          "has the length of a file of %s, expected a multiple of %d bytes, as %s has for an image"
              .formatted(other.dataSet, each, labels.dataSet));
    }
    throw new DataException(
        file,
        (size == 0 ? "is empty" : "is truncated: it has " + size + " bytes")
            + (", expected a multiple of " + each + ", the bytes of an image and its label"));
  }

  private static FileKind kind(Path file) throws IOException {
    try (InputStream in = GunzipStream.open(file)) {
      FileKind kind = FileKind.of(in.readNBytes(FileKind.HEAD));
      return kind == null || WEAK.contains(kind) ? null : kind;
    } catch (ZipException | EOFException e) {
      return null; // nothing that is known
    }
  }

  /** Reads the images of a file behind those that are there; returns how many there are then. */
  private static int read(Path file, CifarLabels labels, byte[] pixels, byte[] numbers, int first)
      throws IOException {
    int header = labels.header();
    byte[] image = new byte[header + SHAPE.size()];
    int count = first;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      int length;
      while ((length = in.readNBytes(image, 0, image.length)) > 0) {
        if (length < image.length || count == numbers.length) {
          throw new DataException(file, "has changed while it was read");
        }
        for (int i = 0; i < header; i++) {
          if ((image[i] & 0xFF) >= labels.range(i)) {
            throw new DataException(
                file,
                "label %d is %d, but must be from 0 to %d"
                    .formatted(count - first, image[i] & 0xFF, labels.range(i) - 1));
          }
        }
        numbers[count] = image[labels.taken()];
        interleave(image, header, pixels, count * SHAPE.size());
        count++;
      }
    }
    return count;
  }

  /** Planes {@code [3, H, W]} become pixels {@code [H, W, 3]}. */
  private static void interleave(byte[] planes, int from, byte[] pixels, int to) {
    for (int i = 0; i < PLANE; i++) {
      for (int c = 0; c < 3; c++) {
        pixels[to + 3 * i + c] = planes[from + c * PLANE + i];
      }
    }
  }

  /** The names of the classes; none if there is no such file. */
  private static List<String> names(Path beside, CifarLabels labels) throws IOException {
    Path file = beside.resolveSibling(labels.names);
    if (!Files.isRegularFile(file)) {
      return List.of();
    }
    byte[] text;
    try (InputStream in = Files.newInputStream(file)) {
      text = in.readNBytes(MAX_NAMES);
    }
    List<String> names =
        new String(text, StandardCharsets.UTF_8)
            .lines()
            .map(String::strip)
            .filter(name -> !name.isEmpty())
            .toList();
    if (names.size() != labels.classes) {
      throw new DataException(
          file, "has " + names.size() + " class names, expected " + labels.classes);
    }
    return names;
  }
}
