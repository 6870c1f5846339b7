// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Whatever the bytes, the gzip reader refuses them or gives what the JDK's own reader gives. In an
 * ordinary build the inputs kept as resources are tried; {@code -Pfuzz} searches.
 */
class GunzipFuzzTest {
  /** Enough to see what comes after the longest content of the inputs; a bomb is left there. */
  private static final int MOST = 1 << 16;

  @FuzzTest(maxDuration = "", maxExecutions = 10_000_000)
  void inflate(byte[] bytes) throws IOException {
    byte[] content;
    try (InputStream in = new GunzipStream(new ByteArrayInputStream(bytes))) {
      content = in.readNBytes(MOST);
    } catch (ZipException | EOFException e) {
      return;
    }
    try (InputStream jdk = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      assertArrayEquals(jdk.readNBytes(MOST), content);
    }
  }
}
