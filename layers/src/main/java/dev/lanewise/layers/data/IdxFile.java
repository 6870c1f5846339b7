// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.file.FileKind;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.ZipException;

/**
 * An IDX file as it is: two zero bytes, a type code, the rank, the dimensions as 32-bit big-endian
 * numbers, then the values in row-major order. It may be gzipped; its first bytes tell, not its
 * name.
 *
 * <p>Nothing in a file is believed before it is checked: the sizes that a header declares must be
 * those of the file or, if that is zipped, such as its length allows; and memory grows with the
 * bytes that are really there.
 *
 * @param type the type of the values
 * @param dims at least one, each at least 1
 * @param values as in the file
 */
record IdxFile(IdxType type, int[] dims, byte[] values) {
  /** The longest array that every JVM can make. */
  private static final int MAX_BYTES = Integer.MAX_VALUE - 8;

  /** Deflate cannot do better: 258 bytes from two bits (the zlib technical details). */
  private static final int MAX_RATIO = 1032;

  private static final int FIRST_CHUNK = 1 << 20;

  /** How much memory may be taken for what has been seen of the content of a zipped file. */
  private static final int GROWTH = 16;

  /** Says what is wrong with a header, before memory is taken for the values. */
  interface Check {
    void check(IdxType type, int[] dims) throws DataException;
  }

  /**
   * Reads a file.
   *
   * @param file for messages
   * @param raw its bytes; closed in any case
   * @param fileSize how many there are
   * @param rank the usual number of dimensions, for messages
   * @param header looks at type and rank before the sizes are believed
   * @param sizes looks at the dimensions once they are known to be possible
   */
  static IdxFile read(
      Path file, InputStream raw, long fileSize, int rank, Check header, Check sizes)
      throws IOException {
    try (InputStream in = GunzipStream.unzipped(raw)) {
      int magic = readMagic(file, in, rank);
      IdxType type = IdxType.of(magic >> 8);
      int[] dims = new int[magic & 0xFF];
      header.check(type, dims);
      readDims(file, in, dims);
      int size = checkDims(file, type, dims);
      sizes.check(type, dims);
      if (in instanceof GunzipStream) {
        checkZippedSize(file, size, fileSize);
      } else {
        checkSize(file, size, fileSize - 4 - 4L * dims.length);
      }
      return new IdxFile(type, dims, readValues(file, in, size));
    } catch (ZipException e) {
      throw new DataException(file, "is damaged: " + e.getMessage());
    } catch (EOFException e) {
      throw new DataException(file, "is truncated: the gzip stream does not end");
    } catch (OutOfMemoryError e) { // the one array that did not fit; what there was is still there
      throw DataException.tooLarge(file);
    }
  }

  /** The first four bytes, of an IDX file and with a type that exists. */
  private static int readMagic(Path file, InputStream in, int rank) throws IOException {
    byte[] head = in.readNBytes(4);
    if (head.length < 4) {
      throw new DataException(
          file, "is truncated: " + head.length + " bytes, too few for an IDX header");
    }
    int magic = ByteBuffer.wrap(head).getInt();
    if (magic >>> 16 != 0) {
      throw notIdx(file, in, head, rank);
    }
    if (IdxType.of(magic >> 8) == null) {
      throw new DataException(
          file,
          "has values of type 0x%02x, expected 0x08 (unsigned bytes) or another of IDX"
              .formatted(magic >> 8));
    }
    return magic;
  }

  private static DataException notIdx(Path file, InputStream in, byte[] first, int rank)
      throws IOException {
    byte[] head = Arrays.copyOf(first, FileKind.HEAD);
    int count = first.length + in.readNBytes(head, first.length, head.length - first.length);
    FileKind kind = FileKind.of(Arrays.copyOf(head, count));
    if (kind != null) {
      return new DataException(
          file, "is " + kind.what + ", expected an IDX file: " + IdxAdvice.of(kind));
    }
    return new DataException(
        file,
        "is not an IDX file: it begins with 0x%08x, expected 0x%08x"
            .formatted(ByteBuffer.wrap(first).getInt(), IdxType.UNSIGNED_BYTE.code << 8 | rank));
  }

  private static void readDims(Path file, InputStream in, int[] dims) throws IOException {
    byte[] raw = in.readNBytes(4 * dims.length);
    if (raw.length < 4 * dims.length) {
      throw new DataException(file, "is truncated: its IDX header does not end");
    }
    ByteBuffer.wrap(raw).asIntBuffer().get(dims);
  }

  /** The number of bytes of all values; fits into an array. */
  private static int checkDims(Path file, IdxType type, int[] dims) throws DataException {
    BigInteger size = BigInteger.valueOf(type.bytes);
    for (int dim : dims) {
      if (dim < 1) {
        throw new DataException(
            file,
            "has dimensions "
                + Arrays.toString(dims)
                + ", expected a positive count"
                + (dims.length > 1 ? " and positive sides" : ""));
      }
      size = size.multiply(BigInteger.valueOf(dim));
    }
    if (size.compareTo(BigInteger.valueOf(MAX_BYTES)) > 0) {
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
    return size.intValueExact();
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
