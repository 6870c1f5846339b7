package dev.lanewise.layers.data;

import dev.lanewise.layers.graph.Shape;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.ZipException;

/**
 * Reads images and labels in the IDX format (LeCun, Cortes and Burges, "The MNIST database"): two
 * zero bytes, a type code, the rank, the dimensions as 32-bit big-endian numbers, then the values
 * in row-major order. A file may be gzipped; its first bytes tell, not its name.
 *
 * <p>Nothing in a file is believed before it is checked: the sizes that a header declares must be
 * those of the file or, if that is zipped, such as its length allows; and memory grows with the
 * bytes that are really there.
 */
public final class IdxReader {
  private static final int UNSIGNED_BYTE = 0x08;
  private static final int MAX_SIDE = 512;

  /** The longest array that every JVM can make. */
  private static final int MAX_BYTES = Integer.MAX_VALUE - 8;

  /** Deflate cannot do better: 258 bytes from two bits (the zlib technical details). */
  private static final int MAX_RATIO = 1032;

  private static final int FIRST_CHUNK = 1 << 20;

  /** How much memory may be taken for what has been seen of the content of a zipped file. */
  private static final int GROWTH = 16;

  private IdxReader() {}

  /**
   * Reads images and their labels.
   *
   * @param images an IDX file of unsigned bytes {@code [N, H, W]} or {@code [N, H, W, C]}
   * @param labels an IDX file of unsigned bytes {@code [N]}
   * @param classes the number of classes, from 1 to 256
   * @return the images
   * @throws DataException if one of the files is not such a file, is truncated or damaged, if they
   *     do not belong together, or a label is not from 0 to {@code classes - 1}
   * @throws IOException if a file cannot be read
   */
  public static ImageDataset read(Path images, Path labels, int classes) throws IOException {
    Labels numbers = readLabels(labels);
    return dataset(readImages(images, numbers), numbers, classes);
  }

  /** Images before they have met their labels. */
  record Images(int count, Shape shape, byte[] pixels) {}

  /** Labels before they have met their images. */
  record Labels(Path file, byte[] numbers) {
    void checkCount(Path images, int count) throws DataException {
      if (count != numbers.length) {
        throw new DataException(
            file,
            "holds " + numbers.length + " labels, but " + images + " holds " + count + " images");
      }
    }

    int max() {
      int max = 0;
      for (byte number : numbers) {
        max = Math.max(max, number & 0xFF);
      }
      return max;
    }
  }

  /**
   * Reads images after their labels: so their number is known to be right before memory is taken.
   */
  static Images readImages(Path file, Labels labels) throws IOException {
    try (InputStream raw = Files.newInputStream(file)) {
      return readImages(file, raw, Files.size(file), labels);
    }
  }

  static Images readImages(Path file, InputStream raw, long fileSize, Labels labels)
      throws IOException {
    Idx idx = readIdx(file, raw, fileSize, "images", 3, 4, labels);
    int[] dims = idx.dims;
    return new Images(
        dims[0], new Shape(dims[1], dims[2], dims.length == 4 ? dims[3] : 1), idx.values);
  }

  static Labels readLabels(Path file) throws IOException {
    try (InputStream raw = Files.newInputStream(file)) {
      return readLabels(file, raw, Files.size(file));
    }
  }

  static Labels readLabels(Path file, InputStream raw, long fileSize) throws IOException {
    return new Labels(file, readIdx(file, raw, fileSize, "labels", 1, 1, null).values);
  }

  static ImageDataset dataset(Images images, Labels labels, int classes) throws DataException {
    try {
      return new ImageDataset(images.shape, classes, images.pixels, labels.numbers);
    } catch (IllegalArgumentException e) {
      // Sizes have been checked: what is left is a label outside the classes.
      throw new DataException(labels.file, e.getMessage());
    }
  }

  private record Idx(int[] dims, byte[] values) {}

  private static Idx readIdx(
      Path file,
      InputStream raw,
      long fileSize,
      String what,
      int minRank,
      int maxRank,
      Labels labels)
      throws IOException {
    try (InputStream in = GunzipStream.unzipped(raw)) {
      int[] dims = readHeader(file, in, what, minRank, maxRank);
      int size = checkDims(file, dims);
      if (in instanceof GunzipStream) {
        checkZippedSize(file, size, fileSize);
      } else {
        checkSize(file, size, fileSize - 4 - 4L * dims.length);
      }
      if (labels != null) {
        labels.checkCount(file, dims[0]);
      }
      return new Idx(dims, readValues(file, in, size));
    } catch (ZipException e) {
      throw new DataException(file, "is damaged: " + e.getMessage());
    } catch (EOFException e) {
      throw new DataException(file, "is truncated: the gzip stream does not end");
    } catch (OutOfMemoryError e) { // the one array that did not fit; what there was is still there
      throw new DataException(
          file,
          "holds more than fits into the memory of this Java ("
              + (Runtime.getRuntime().maxMemory() >> 20)
              + " MB, java -Xmx4g allows more)");
    }
  }

  private static int[] readHeader(Path file, InputStream in, String what, int minRank, int maxRank)
      throws IOException {
    byte[] magic = in.readNBytes(4);
    if (magic.length < 4) {
      throw new DataException(
          file, "is truncated: " + magic.length + " bytes, too few for an IDX header");
    }
    if (magic[0] != 0 || magic[1] != 0) {
      throw new DataException(
          file,
          "is not an IDX file: it begins with 0x%08x, expected 0x%08x"
              .formatted(ByteBuffer.wrap(magic).getInt(), UNSIGNED_BYTE << 8 | minRank));
    }
    if (magic[2] != UNSIGNED_BYTE) {
      throw new DataException(
          file, "has values of type 0x%02x, expected 0x08 (unsigned bytes)".formatted(magic[2]));
    }
    int rank = magic[3] & 0xFF;
    if (rank < minRank || rank > maxRank) {
      String swapped =
          what.equals("images") && rank == 1
              ? ": these are labels; are images and labels swapped?"
              : what.equals("labels") && (rank == 3 || rank == 4)
                  ? ": these are images; are images and labels swapped?"
                  : "";
      throw new DataException(
          file, "has " + rank + " dimensions, expected " + minRank + " for " + what + swapped);
    }
    byte[] raw = in.readNBytes(4 * rank);
    if (raw.length < 4 * rank) {
      throw new DataException(file, "is truncated: its IDX header does not end");
    }
    int[] dims = new int[rank];
    ByteBuffer.wrap(raw).asIntBuffer().get(dims);
    return dims;
  }

  /** The number of values; fits into an array. */
  private static int checkDims(Path file, int[] dims) throws DataException {
    long size = 1;
    for (int i = 0; i < dims.length; i++) {
      if (dims[i] < 1 || i > 0 && dims[i] > MAX_SIDE) {
        throw new DataException(
            file,
            "has dimensions "
                + Arrays.toString(dims)
                + ", expected a positive count"
                + (dims.length > 1 ? " and sides from 1 to " + MAX_SIDE : ""));
      }
      size *= dims[i]; // at most 2^31 * 2^27
    }
    if (size > MAX_BYTES) {
      throw new DataException(
          file,
          "has dimensions "
              + Arrays.toString(dims)
              + ": "
              + size
              + " bytes, but at most "
              + MAX_BYTES
              + " are possible");
    }
    return (int) size;
  }

  private static void checkSize(Path file, int size, long found) throws DataException {
    if (found < size) {
      throw new DataException(
          file, "is truncated: it has " + found + " bytes after the header, expected " + size);
    }
    if (found > size) {
      throw new DataException(
          file, "has bytes after its end, expected " + size + " after the header");
    }
  }

  private static void checkZippedSize(Path file, int size, long fileSize) throws DataException {
    if (size / MAX_RATIO > fileSize) {
      throw new DataException(
          file, "declares " + size + " bytes, more than " + fileSize + " zipped bytes can become");
    }
  }

  private static byte[] readValues(Path file, InputStream in, int size) throws IOException {
    byte[] values = new byte[Math.min(size, FIRST_CHUNK)];
    int count = 0;
    while (true) {
      count += in.readNBytes(values, count, values.length - count);
      if (count < values.length) {
        checkSize(file, size, count);
      }
      if (count == size) {
        break;
      }
      values = Arrays.copyOf(values, (int) Math.min(size, (long) GROWTH * values.length));
    }
    if (in.read() >= 0) { // for gzip, the end also checks the checksum
      checkSize(file, size, size + 1L);
    }
    return values;
  }
}
