// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.tensorboard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RecordFileTest {
  @TempDir Path folder;

  /** Undoes the mask, as TensorFlow's crc32c.h does. */
  private static int crc(byte[] bytes) {
    int rotated = RecordFile.checksum(bytes, 0, bytes.length) - 0xa282ead8;
    return rotated >>> 17 | rotated << 15;
  }

  /** The vectors of RFC 3720, appendix B.4, and the usual check value. */
  @Test
  void checksumsAreThoseThatArePublished() {
    byte[] ones = new byte[32];
    Arrays.fill(ones, (byte) 0xff);
    byte[] rising = new byte[32];
    byte[] falling = new byte[32];
    for (int i = 0; i < 32; i++) {
      rising[i] = (byte) i;
      falling[i] = (byte) (31 - i);
    }
    assertEquals(0x8a9136aa, crc(new byte[32]));
    assertEquals(0x62a8ab43, crc(ones));
    assertEquals(0x46dd794e, crc(rising));
    assertEquals(0x113fdb5c, crc(falling));
    assertEquals(0xe3069283, crc("123456789".getBytes(StandardCharsets.US_ASCII)));
  }

  /** Event files of TensorFlow begin with the same 12 bytes: their first record has 24. */
  @Test
  void aRecordIsFramedAsByTensorFlow() throws IOException {
    Path path = folder.resolve("file");
    byte[] content = new byte[24];
    try (RecordFile file = RecordFile.create(path)) {
      file.append(content);
      file.append(new byte[0]);
      file.force();
    }
    byte[] bytes = Files.readAllBytes(path);
    assertEquals(24 + 16 + 16, bytes.length);
    assertEquals("1800000000000000a37f4b22", HexFormat.of().formatHex(bytes, 0, 12));
    assertArrayEquals(content, Arrays.copyOfRange(bytes, 12, 36));
    assertEquals(
        RecordFile.checksum(content, 0, 24),
        Integer.reverseBytes(
            Integer.parseUnsignedInt(HexFormat.of().formatHex(bytes, 36, 40), 16)));
  }

  @Test
  void aFileThatIsThereStays() throws IOException {
    Path path = Files.writeString(folder.resolve("file"), "precious");

    assertThrows(FileAlreadyExistsException.class, () -> RecordFile.create(path));
    assertEquals("precious", Files.readString(path));
  }

  @Test
  void aClosedFileSaysWhichItIs() throws IOException {
    Path path = folder.resolve("file");
    RecordFile file = RecordFile.create(path);
    file.close();

    IOException e = assertThrows(IOException.class, () -> file.append(new byte[1]));
    assertEquals(path + ": cannot be written", e.getMessage());
  }
}
