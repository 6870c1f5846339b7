package dev.lanewise.layers.data;

import static dev.lanewise.layers.data.IdxWriter.gzip;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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
}
