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
 * The content of a gzip file of one member (RFC 1952) that nothing may follow. The JDK's {@link
 * java.util.zip.GZIPInputStream} silently ignores whatever comes after the last member; here a file
 * is either whole and nothing else, or reading it fails: with a {@link ZipException} where bytes
 * are wrong, with an {@link EOFException} where they are missing. The end of the stream is reached
 * only if the checksum and the size in the trailer agree with what was read.
 *
 * <p>Checked besides: the fields of the header that a reader can check, namely the method, the
 * flags that RFC 1952 reserves, the lengths of the texts, and the header's own checksum where it
 * has one. Its other fields (time, file name, system) say nothing about the content and may be
 * anything.
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

  private final CRC32 crc = new CRC32(); // of the header first, then of the content
  private long size;
  private boolean ended;

  /**
   * Reads the header.
   *
   * @param in the file from its beginning; closed with this stream
   * @throws IOException if the header is truncated or no gzip header
   */
  GunzipStream(InputStream in) throws IOException {
    super(in, new Inflater(true), BUFFER);
    try {
      readHeader();
    } catch (Throwable e) {
      inf.end();
      throw e;
    }
    crc.reset();
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
    if (ended) {
      return -1;
    }
    int count = super.read(b, off, len);
    if (count < 0) {
      readTrailer();
      ended = true;
    } else {
      crc.update(b, off, count);
      size += count;
    }
    return count;
  }

  @Override
  public void close() throws IOException {
    try {
      super.close();
    } finally {
      inf.end();
    }
  }

  private void readHeader() throws IOException {
    if (headerByte() != 0x1f || headerByte() != 0x8b || headerByte() != DEFLATE) {
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
  }

  private int headerByte() throws IOException {
    int b = in.read();
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
    // The inflater has been given a whole buffer; what it did not use comes before the rest.
    int left = inf.getRemaining();
    byte[] trailer = new byte[9];
    int buffered = Math.min(left, trailer.length);
    System.arraycopy(buf, len - left, trailer, 0, buffered);
    int count = buffered + in.readNBytes(trailer, buffered, trailer.length - buffered);
    if (count < 8) {
      throw new EOFException("truncated gzip trailer");
    }
    if (little(trailer, 0) != (int) crc.getValue() || little(trailer, 4) != (int) size) {
      throw new ZipException("wrong gzip checksum");
    }
    if (count > 8) {
      throw new ZipException("bytes after the end of the gzip stream");
    }
  }

  private static int little(byte[] b, int at) {
    return (b[at] & 0xFF)
        | (b[at + 1] & 0xFF) << 8
        | (b[at + 2] & 0xFF) << 16
        | (b[at + 3] & 0xFF) << 24;
  }
}
