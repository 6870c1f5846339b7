// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/**
 * The content of a gzip file (RFC 1952): one member or several, one after another, as {@code cat}
 * and bgzip make them. The JDK's {@link java.util.zip.GZIPInputStream} reads these, too, but takes
 * whatever is wrong after the first member for the end: a damaged second member would be missing in
 * silence. Here a file is either whole and nothing else, or reading it fails: with a {@link
 * ZipException} where bytes are wrong, with an {@link EOFException} where they are missing. A
 * member ends only if the checksum and the size in its trailer agree with what was read.
 *
 * <p>Checked besides: the fields of a header that a reader can check, namely the method, the flags
 * that RFC 1952 reserves, the lengths of the texts, and the header's own checksum where it has one.
 * Its other fields (time, file name, system) say nothing about the content and may be anything.
 *
 * <p>Inflates no further than it is read: what a bomb would become is never in memory.
 */
public final class GunzipStream extends InflaterInputStream {
  private static final int DEFLATE = 8;
  private static final int FHCRC = 2;
  private static final int FEXTRA = 4;
  private static final int FNAME = 8;
  private static final int FCOMMENT = 16;
  private static final int RESERVED = 0xE0;

  /** File systems allow names of 255 bytes; a comment of more than this is none. */
  private static final int MAX_TEXT = 1 << 16;

  private static final int BUFFER = 1 << 16;

  private final CRC32 crc = new CRC32(); // of a header first, then of the member's content
  private long size; // of the member's content so far
  private int left; // bytes at the end of the buffer that the inflater did not use
  private boolean ended;

  /**
   * Reads the first header.
   *
   * @param in the file from its beginning; closed with this stream
   * @throws IOException if the header is truncated or no gzip header
   */
  GunzipStream(InputStream in) throws IOException {
    super(in, new Inflater(true), BUFFER);
    try {
      if (headerByte() != 0x1f || headerByte() != 0x8b) {
        throw new ZipException("no gzip header");
      }
      readHeader();
    } catch (Throwable e) {
      inf.end();
      throw e;
    }
  }

  /**
   * Opens a file that may be gzipped: its first bytes tell, not its name.
   *
   * @param file any file
   * @return its content, unzipped if it was zipped
   * @throws IOException if the file cannot be read, or begins like a gzip file, but is none
   */
  public static InputStream open(Path file) throws IOException {
    InputStream in = Files.newInputStream(file);
    try {
      return unzipped(in);
    } catch (Throwable e) {
      in.close();
      throw e;
    }
  }

  /** The same for the bytes of a file. A {@link GunzipStream} if they are zipped. */
  static InputStream unzipped(InputStream raw) throws IOException {
    InputStream in = new BufferedInputStream(raw, BUFFER);
    in.mark(2);
    boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
    in.reset();
    return gzip ? new GunzipStream(in) : in;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] b, int off, int len) throws IOException {
    while (!ended) {
      int count = super.read(b, off, len);
      if (count >= 0) {
        crc.update(b, off, count);
        size += count;
        return count;
      }
      readTrailer();
      ended = !beginMember();
    }
    return -1;
  }

  @Override
  public void close() throws IOException {
    try {
      super.close();
    } finally {
      inf.end();
    }
  }

  /** Goes on to the next member; false where the file ends. */
  private boolean beginMember() throws IOException {
    int first = next();
    if (first < 0) {
      return false;
    }
    crc.reset();
    crc.update(first);
    if (first != 0x1f || headerByte() != 0x8b) {
      throw new ZipException("bytes after the end of the gzip stream");
    }
    readHeader();
    inf.reset();
    if (left > 0) {
      inf.setInput(buf, len - left, left);
      left = 0;
    }
    return true;
  }

  /** Reads what comes after the two bytes that say gzip. */
  private void readHeader() throws IOException {
    if (headerByte() != DEFLATE) {
      throw new ZipException("no gzip header");
    }
    int flags = headerByte();
    if ((flags & RESERVED) != 0) {
      throw new ZipException("reserved flags in the gzip header");
    }
    skipHeader(6); // time, compression level, system
    if ((flags & FEXTRA) != 0) {
      skipHeader(headerByte() | headerByte() << 8);
    }
    if ((flags & FNAME) != 0) {
      skipText();
    }
    if ((flags & FCOMMENT) != 0) {
      skipText();
    }
    if ((flags & FHCRC) != 0) {
      int expected = (int) crc.getValue() & 0xFFFF;
      if ((headerByte() | headerByte() << 8) != expected) {
        throw new ZipException("wrong checksum of the gzip header");
      }
    }
    crc.reset();
    size = 0;
  }

  /** The next byte outside deflated data. The inflater is given whole buffers, with some of it. */
  private int next() throws IOException {
    return left > 0 ? buf[len - left--] & 0xFF : in.read();
  }

  private int headerByte() throws IOException {
    int b = next();
    if (b < 0) {
      throw new EOFException("truncated gzip header");
    }
    crc.update(b);
    return b;
  }

  private void skipHeader(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      headerByte();
    }
  }

  private void skipText() throws IOException {
    for (int i = 0; headerByte() != 0; i++) {
      if (i == MAX_TEXT) {
        throw new ZipException("a text in the gzip header does not end");
      }
    }
  }

  private void readTrailer() throws IOException {
    left = inf.getRemaining();
    if (trailerNumber() != (int) crc.getValue() || trailerNumber() != (int) size) {
      throw new ZipException("wrong gzip checksum");
    }
  }

  /** Four bytes, the lowest first. */
  private int trailerNumber() throws IOException {
    int number = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int b = next();
      if (b < 0) {
        throw new EOFException("truncated gzip trailer");
      }
      number |= b << shift;
    }
    return number;
  }
}
