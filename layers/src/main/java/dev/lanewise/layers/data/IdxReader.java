// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Reads images and labels in the IDX format (LeCun, Cortes and Burges, "The MNIST database"), plain
 * or gzipped.
 *
 * <p>Values are divided by {@linkplain IdxOptions#white white}: integers by 255, floating point by
 * 1, unless the options say otherwise. Unsigned bytes stay bytes in memory, in an {@link
 * ImageDataset}; others become floats, in a {@link FloatDataset}.
 */
public final class IdxReader {
  private static final int MAX_BYTE = 255;

  /** A larger label is a mistake: a network would need an output for each smaller one. */
  private static final int MAX_LABEL = (1 << 16) - 1;

  /** The columns of QMNIST's label files; the first is the digit. */
  private static final int QMNIST_COLUMNS = 8;

  private IdxReader() {}

  /**
   * Reads images as MNIST has them, and their labels.
   *
   * @param images an IDX file {@code [N, H, W]}, {@code [N, H, W, C]} or {@code [N, side * side]}
   * @param labels an IDX file of integers {@code [N]}
   * @param classes the number of classes, 1 or more
   * @return the images
   * @throws DataException if one of the files is not such a file, is truncated or damaged, if they
   *     do not belong together, or a label is not from 0 to {@code classes - 1}
   * @throws IOException if a file cannot be read
   */
  public static Dataset read(Path images, Path labels, int classes) throws IOException {
    return read(images, labels, classes, IdxOptions.DEFAULT);
  }

  /**
   * Reads images and their labels.
   *
   * @param images an IDX file {@code [N, H, W]}, {@code [N, H, W, C]} or, for a square or a shape
   *     among the options, {@code [N, H * W * C]}
   * @param labels an IDX file of integers of any size, {@code [N]}, {@code [N, 1]} or, as QMNIST
   *     has them, {@code [N, 8]}, of which the first column counts
   * @param classes the number of classes, 1 or more
   * @param options how the images are to be understood
   * @return the images
   * @throws DataException if one of the files is not such a file, is truncated or damaged, if they
   *     do not belong together, a label is not from 0 to {@code classes - 1}, or a value of an
   *     image is not finite
   * @throws IOException if a file cannot be read
   */
  public static Dataset read(Path images, Path labels, int classes, IdxOptions options)
      throws IOException {
    Labels numbers = readLabels(labels);
    return dataset(readImages(images, numbers, options), numbers, classes);
  }

  /** Images before they have met their labels: values of a type, {@code [count, H, W, C]}. */
  record Images(
      Path file, int count, Shape shape, IdxType type, byte[] values, IdxOptions options) {}

  /** Labels before they have met their images; from 0 to 65,535. */
  record Labels(Path file, int[] numbers) {
    void checkCount(Path images, int count) throws DataException {
      if (count != numbers.length) {
        throw new DataException(
            file,
            "holds " + numbers.length + " labels, but " + images + " holds " + count + " images");
      }
    }

    void requireBelow(int classes) throws DataException {
      for (int i = 0; i < numbers.length; i++) {
        if (numbers[i] >= classes) {
          throw new DataException(
              file,
              ("label " + i + " is " + numbers[i]) + (", but must be from 0 to " + (classes - 1)));
        }
      }
    }

    int max() {
      return Arrays.stream(numbers).max().orElse(0);
    }
  }

  /**
   * Reads images after their labels: so their number is known to be right before memory is taken.
   */
  static Images readImages(Path file, Labels labels, IdxOptions options) throws IOException {
    try (InputStream raw = Files.newInputStream(file)) {
      return readImages(file, raw, Files.size(file), labels, options);
    }
  }

  static Images readImages(
      Path file, InputStream raw, long fileSize, Labels labels, IdxOptions options)
      throws IOException {
    IdxFile idx =
        IdxFile.read(
            file,
            raw,
            fileSize,
            3,
            (type, dims) -> checkImages(file, dims.length),
            (type, dims) -> {
              shape(file, dims, options);
              if (labels != null) {
                labels.checkCount(file, dims[0]);
              }
            });
    Shape shape = shape(file, idx.dims(), options);
    if (options.transpose()) {
      transpose(idx.values(), idx.dims()[0], shape, idx.type().bytes);
      shape = new Shape(shape.width(), shape.height(), shape.channels());
    }
    return new Images(file, idx.dims()[0], shape, idx.type(), idx.values(), options);
  }

  private static void checkImages(Path file, int rank) throws DataException {
    if (rank == 1) {
      throw new DataException(
          file,
          "has 1 dimension, expected 3 for images: these are labels; are images and labels"
              + " swapped?");
    }
    if (rank < 1 || rank > 4) {
      throw new DataException(file, "has " + rank + " dimensions, expected 3 for images");
    }
  }

  /** The shape of one image. */
  private static Shape shape(Path file, int[] dims, IdxOptions options) throws DataException {
    long size = 1;
    for (int i = 1; i < dims.length; i++) {
      size *= dims[i];
    }
    Shape given = options.shape();
    if (given != null) {
      if (given.size() != size) {
        throw new DataException(
            file, "has images of " + size + " values, but the image shape given is " + given);
      }
      return given;
    }
    if (dims.length > 2) {
      return new Shape(dims[1], dims[2], dims.length == 4 ? dims[3] : 1);
    }
    int side = (int) Math.sqrt(size);
    if ((long) side * side != size) {
      throw new DataException(
          file,
          "has images of "
              + size
              + " values in a row, not a square: the image shape must be given, such as 32x32x3");
    }
    return new Shape(side, side, 1);
  }

  /** {@code [count, H, W, C]} becomes {@code [count, W, H, C]}, in its place. */
  private static void transpose(byte[] values, int count, Shape shape, int bytes) {
    int pixel = shape.channels() * bytes;
    byte[] image = new byte[shape.size() * bytes];
    for (int i = 0; i < count; i++) {
      int target = i * image.length;
      System.arraycopy(values, target, image, 0, image.length);
      for (int x = 0; x < shape.width(); x++) {
        for (int y = 0; y < shape.height(); y++) {
          System.arraycopy(image, (y * shape.width() + x) * pixel, values, target, pixel);
          target += pixel;
        }
      }
    }
  }

  static Labels readLabels(Path file) throws IOException {
    try (InputStream raw = Files.newInputStream(file)) {
      return readLabels(file, raw, Files.size(file));
    }
  }

  static Labels readLabels(Path file, InputStream raw, long fileSize) throws IOException {
    IdxFile idx =
        IdxFile.read(
            file,
            raw,
            fileSize,
            1,
            (type, dims) -> checkLabels(file, type, dims.length),
            (type, dims) -> checkColumns(file, dims));
    int count = idx.dims()[0];
    int columns = idx.dims().length == 2 ? idx.dims()[1] : 1;
    ByteBuffer values = ByteBuffer.wrap(idx.values());
    int[] numbers;
    try {
      numbers = new int[count];
    } catch (OutOfMemoryError e) {
      throw DataException.tooLarge(file);
    }
    for (int i = 0; i < count; i++) {
      numbers[i] = (int) idx.type().get(values, i * columns);
      if (numbers[i] < 0 || numbers[i] > MAX_LABEL) {
        throw new DataException(
            file, "label " + i + " is " + numbers[i] + ", but must be from 0 to " + MAX_LABEL);
      }
    }
    return new Labels(file, numbers);
  }

  private static void checkLabels(Path file, IdxType type, int rank) throws DataException {
    if (rank < 1 || rank > 2) {
      String swapped =
          rank == 3 || rank == 4 ? ": these are images; are images and labels swapped?" : "";
      throw new DataException(file, "has " + rank + " dimensions, expected 1 for labels" + swapped);
    }
    if (!type.integer) {
      throw new DataException(file, "has labels in floating point, expected integers");
    }
  }

  private static void checkColumns(Path file, int[] dims) throws DataException {
    if (dims.length == 2 && dims[1] != 1 && dims[1] != QMNIST_COLUMNS) {
      throw new DataException(
          file,
          "has dimensions "
              + Arrays.toString(dims)
              + ", expected a label for each image: [N], or QMNIST's [N, 8]");
    }
  }

  /** Brings images and labels together. */
  static Dataset dataset(Images images, Labels labels, int classes) throws DataException {
    try {
      return images.options.keepsBytes(images.type) && classes <= MAX_BYTE + 1
          ? new ImageDataset(images.shape, classes, images.values, bytes(labels, classes))
          : new FloatDataset(images.shape, classes, floats(images), labels.numbers);
    } catch (IllegalArgumentException e) {
      // Sizes have been checked: what is left is a label outside the classes.
      throw new DataException(labels.file, e.getMessage());
    } catch (OutOfMemoryError e) {
      throw DataException.tooLarge(images.file);
    }
  }

  private static byte[] bytes(Labels labels, int classes) {
    byte[] bytes = new byte[labels.numbers.length];
    for (int i = 0; i < bytes.length; i++) {
      if (labels.numbers[i] >= classes) {
        throw new IllegalArgumentException(
            "label " + i + " is " + labels.numbers[i] + ", but must be from 0 to " + (classes - 1));
      }
      bytes[i] = (byte) labels.numbers[i];
    }
    return bytes;
  }

  private static float[] floats(Images images) throws DataException {
    ByteBuffer values = ByteBuffer.wrap(images.values);
    double white = images.options.whiteOf(images.type);
    float[] floats = new float[images.values.length / images.type.bytes];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) (images.type.get(values, i) / white);
      if (!Float.isFinite(floats[i])) {
        throw new DataException(
            images.file,
            "has a value that is not finite, or is too large, in image " + i / images.shape.size());
      }
    }
    return floats;
  }
}
