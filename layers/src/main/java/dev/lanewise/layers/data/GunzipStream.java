package dev.lanewise.layers.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/**
 * The content of a gzip file of one member (RFC 1952) that nothing may follow. The JDK's {@link
 * java.util.zip.GZIPInputStream} silently ignores whatever comes after the last member; here a file
 * is either whole and nothing else, or reading it fails.
 */
final class GunzipStream extends InflaterInputStream {
  private static final int FHCRC = 2;
  private static final int FEXTRA = 4;
  private static final int FNAME = 8;
  private static final int FCOMMENT = 16;

  private final CRC32 crc = new CRC32();
  private long size;
  private boolean ended;

  /**
   * Reads the header.
   *
   * @param in the file from its beginning; closed with this stream
   * @throws IOException if the header is truncated or no gzip header
   */
  GunzipStream(InputStream in) throws IOException {
    super(in, new Inflater(true), 1 << 16);
    readHeader();
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
    byte[] header = in.readNBytes(10);
    if (header.length < 10) {
      throw new EOFException("truncated gzip header");
    }
    if (header[0] != 0x1f || (header[1] & 0xFF) != 0x8b || header[2] != 8) {
      throw new ZipException("no gzip header");
    }
    int flags = header[3];
    if ((flags & FEXTRA) != 0) {
      in.skipNBytes(headerByte() | headerByte() << 8);
    }
    if ((flags & FNAME) != 0) {
      skipText();
    }
    if ((flags & FCOMMENT) != 0) {
      skipText();
    }
    if ((flags & FHCRC) != 0) {
      in.skipNBytes(2);
    }
  }

  private int headerByte() throws IOException {
    int b = in.read();
    if (b < 0) {
      throw new EOFException("truncated gzip header");
    }
    return b;
  }

  private void skipText() throws IOException {
    while (headerByte() != 0) {
      // up to the zero that ends it
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
