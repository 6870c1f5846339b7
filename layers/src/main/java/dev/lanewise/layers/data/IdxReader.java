package dev.lanewise.layers.data;

import dev.lanewise.layers.Shape;
import java.io.BufferedInputStream;
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
 * <p>Nothing in a file is believed before it is checked: memory grows with the bytes that are
 * really there, never with what a header promises.
 */
public final class IdxReader {
  private static final int UNSIGNED_BYTE = 0x08;
  private static final int MAX_SIDE = 512;

  /** The longest array that every JVM can make. */
  private static final int MAX_BYTES = Integer.MAX_VALUE - 8;

  private static final int FIRST_CHUNK = 1 << 20;

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
    Images pixels = readImages(images);
    byte[] numbers = readLabels(labels);
    checkCounts(images, pixels, labels, numbers);
    return dataset(pixels, labels, numbers, classes);
  }

  /** Images before they have met their labels. */
  record Images(int count, Shape shape, byte[] pixels) {}

  static Images readImages(Path file) throws IOException {
    Idx idx = readIdx(file, "images", 3, 4);
    int[] dims = idx.dims;
    return new Images(
        dims[0], new Shape(dims[1], dims[2], dims.length == 4 ? dims[3] : 1), idx.values);
  }

  static byte[] readLabels(Path file) throws IOException {
    return readIdx(file, "labels", 1, 1).values;
  }

  static void checkCounts(Path images, Images pixels, Path labels, byte[] numbers)
      throws DataException {
    if (pixels.count != numbers.length) {
      throw new DataException(
          labels,
          "holds "
              + numbers.length
              + " labels, but "
              + images
              + " holds "
              + pixels.count
              + " images");
    }
  }

  static ImageDataset dataset(Images images, Path labels, byte[] numbers, int classes)
      throws DataException {
    try {
      return new ImageDataset(images.shape, classes, images.pixels, numbers);
    } catch (IllegalArgumentException e) {
      // Sizes have been checked: what is left is a label outside the classes.
      throw new DataException(labels, e.getMessage());
    }
  }

  private record Idx(int[] dims, byte[] values) {}

  private static Idx readIdx(Path file, String what, int minRank, int maxRank) throws IOException {
    try (InputStream in = open(file)) {
      int[] dims = readHeader(file, in, what, minRank, maxRank);
      int size = checkDims(file, dims);
      return new Idx(dims, readValues(file, in, size));
    } catch (ZipException e) {
      throw new DataException(file, "is damaged: " + e.getMessage());
    } catch (EOFException e) {
      throw new DataException(file, "is truncated: the gzip stream does not end");
    }
  }

  private static InputStream open(Path file) throws IOException {
    InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    try {
      in.mark(2);
      boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
      in.reset();
      return gzip ? new GunzipStream(in) : in;
    } catch (IOException e) {
      in.close();
      throw e;
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
          "is no IDX file: it begins with 0x%08x, expected 0x%08x"
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

  private static byte[] readValues(Path file, InputStream in, int size) throws IOException {
    byte[] values = new byte[Math.min(size, FIRST_CHUNK)];
    int count = 0;
    while (true) {
      count += in.readNBytes(values, count, values.length - count);
      if (count < values.length) {
        throw new DataException(
            file, "is truncated: it has " + count + " bytes after the header, expected " + size);
      }
      if (count == size) {
        break;
      }
      values = Arrays.copyOf(values, (int) Math.min(size, 2L * values.length));
    }
    if (in.read() >= 0) { // for gzip, the end also checks the checksum
      throw new DataException(
          file, "has bytes after its end, expected " + size + " after the header");
    }
    return values;
  }
}
