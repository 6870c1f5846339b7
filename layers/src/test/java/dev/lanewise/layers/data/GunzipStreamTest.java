// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static dev.lanewise.layers.data.IdxWriter.gzip;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.ZipException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stream by itself; what it makes of damaged files is in {@link IdxReaderTest}. */
final class GunzipStreamTest {
  private static final byte[] CONTENT = {0, 1, -1, 127, -128};

  @TempDir private Path folder;

  /** Knows whether it has been closed. */
  private static final class Raw extends ByteArrayInputStream {
    private boolean closed;

    Raw(byte[] bytes) {
      super(bytes);
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @Test
  void opensWhatIsZippedAndWhatIsNot() throws IOException {
    Path file = folder.resolve("file");
    for (byte[] bytes : new byte[][] {CONTENT, gzip(CONTENT)}) {
      Files.write(file, bytes);
      try (InputStream in = GunzipStream.open(file)) {
        assertArrayEquals(CONTENT, in.readAllBytes());
        assertEquals(-1, in.read(new byte[3], 0, 3), "the end stays the end");
      }
    }
    byte[] reserved = gzip(CONTENT);
    reserved[3] = (byte) 0x80;
    Files.write(file, reserved);
    assertThrows(ZipException.class, () -> GunzipStream.open(file));
  }

  @Test
  void singleBytesAreNotNegative() throws IOException {
    try (InputStream in = GunzipStream.unzipped(new ByteArrayInputStream(gzip(CONTENT)))) {
      for (byte b : CONTENT) {
        assertEquals(b & 0xFF, in.read());
      }
      assertEquals(-1, in.read());
    }
  }

  @Test
  void closesTheFile() throws IOException {
    Raw raw = new Raw(gzip(CONTENT));
    InputStream in = GunzipStream.unzipped(raw);
    assertFalse(raw.closed);
    in.close();
    assertTrue(raw.closed);
  }

  /** Its length has two bytes, the lower one first. */
  @Test
  void skipsALongExtraField() throws IOException {
    byte[] zipped = gzip(CONTENT);
    byte[] extra = new byte[0x0102];
    Arrays.fill(extra, (byte) 7);
    ByteArrayOutputStream longer = new ByteArrayOutputStream();
    longer.write(zipped, 0, 3);
    longer.write(4); // FEXTRA
    longer.write(zipped, 4, 6);
    longer.write(0x02);
    longer.write(0x01);
    longer.writeBytes(extra);
    longer.write(zipped, 10, zipped.length - 10);
    try (InputStream in = GunzipStream.unzipped(new ByteArrayInputStream(longer.toByteArray()))) {
      assertArrayEquals(CONTENT, in.readAllBytes());
    }
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  /** As {@code cat a.gz b.gz} and bgzip make them; the latter ends with an empty member. */
  @Test
  void readsSeveralMembers() throws IOException {
    byte[] large = new byte[300_000];
    new Random(1).nextBytes(large); // longer than any buffer, zipped too
    byte[] none = new byte[0];
    byte[] zipped = joined(gzip(CONTENT), gzip(none), gzip(large), gzip(CONTENT), gzip(none));
    try (InputStream in = GunzipStream.unzipped(new ByteArrayInputStream(zipped))) {
      assertArrayEquals(joined(CONTENT, large, CONTENT), in.readAllBytes());
      assertEquals(-1, in.read());
    }
  }

  /** The boundary of the inflater's buffer falls everywhere within a trailer and a header. */
  @Test
  void membersMayBeginAnywhereInTheBuffer() throws IOException {
    byte[] noise = new byte[1 << 16];
    new Random(2).nextBytes(noise);
    for (int length = noise.length - 80; length < noise.length; length++) {
      byte[] first = Arrays.copyOf(noise, length);
      byte[] zipped = joined(gzip(first), gzip(CONTENT));
      try (InputStream in = GunzipStream.unzipped(new ByteArrayInputStream(zipped))) {
        assertArrayEquals(joined(first, CONTENT), in.readAllBytes(), "length " + length);
      }
    }
  }

  @Test
  void aDamagedLaterMemberIsNotTheEnd() {
    byte[] second = gzip(CONTENT);
    for (int length = 1; length < second.length; length++) {
      byte[] cut = joined(gzip(CONTENT), Arrays.copyOf(second, length));
      assertThrows(EOFException.class, () -> readAll(cut), "length " + length);
    }
    for (int i : new int[] {0, 1, 2, second.length - 8, second.length - 1}) {
      byte[] damaged = second.clone();
      damaged[i] ^= 1;
      byte[] file = joined(gzip(CONTENT), damaged);
      assertThrows(ZipException.class, () -> readAll(file), "byte " + i);
    }
  }

  @Test
  void bytesThatAreNoMemberAreAnError() {
    for (String text :
        new String[] {"\0", "\0\0\0\0", "garbage after the end of the last member"}) {
      byte[] file = joined(gzip(CONTENT), gzip(CONTENT), text.getBytes(StandardCharsets.US_ASCII));
      ZipException e = assertThrows(ZipException.class, () -> readAll(file));
      assertEquals("bytes after the end of the gzip stream", e.getMessage());
    }
  }

  /** A million members of nothing; a recursion would not come back. */
  @Test
  void emptyMembersTakeNoMemory() throws IOException {
    byte[] empty = gzip(new byte[0]);
    byte[] many = new byte[1_000_000 * empty.length];
    for (int i = 0; i < many.length; i += empty.length) {
      System.arraycopy(empty, 0, many, i, empty.length);
    }
    assertEquals(0, readAll(many).length);
  }

  private static byte[] readAll(byte[] zipped) throws IOException {
    try (InputStream in = GunzipStream.unzipped(new ByteArrayInputStream(zipped))) {
      return in.readAllBytes();
    }
  }
}
