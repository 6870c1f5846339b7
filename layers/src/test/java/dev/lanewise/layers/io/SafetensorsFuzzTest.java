// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.graph.Tensor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Whatever the bytes, the safetensors reader throws a {@link DataException} of one line or returns
 * finite tensors that fill the file, and whose header, written anew, says the same. In an ordinary
 * build the inputs kept as resources are tried; {@code -Pfuzz} searches.
 */
class SafetensorsFuzzTest {
  private static final Path FILE = Path.of("fuzz");

  @FuzzTest(maxDuration = "", maxExecutions = 10_000_000)
  void read(byte[] bytes) throws IOException {
    Safetensors read;
    List<SafetensorsHeader> headers = new ArrayList<>();
    try {
      read =
          Safetensors.read(
              FILE,
              Channels.newChannel(new ByteArrayInputStream(bytes)),
              bytes.length,
              headers::add);
    } catch (DataException e) {
      assertEquals(1, e.getMessage().lines().count());
      return;
    }
    long length = Long.BYTES + (bytes[0] & 0xFF | (bytes[1] & 0xFF) << 8 | (bytes[2] & 0xFF) << 16);
    SafetensorsHeader header = headers.get(0);
    for (Map.Entry<String, Tensor> entry : read.tensors().entrySet()) {
      SafetensorsHeader.Type type = header.places().get(entry.getKey()).type();
      length += (long) entry.getValue().size() * type.bytes;
      Safetensors.checkFinite(FILE, "any", entry.getValue());
    }
    assertEquals(bytes.length, length);
    SafetensorsHeader again = SafetensorsHeader.parse(FILE, header.toJson(1));
    assertEquals(header.metadata(), again.metadata());
    assertEquals(List.copyOf(header.places().keySet()), List.copyOf(again.places().keySet()));
    for (Map.Entry<String, SafetensorsHeader.Place> entry : header.places().entrySet()) {
      SafetensorsHeader.Place place = again.places().get(entry.getKey());
      assertArrayEquals(entry.getValue().dims(), place.dims());
      assertEquals(entry.getValue().begin(), place.begin());
      assertEquals(entry.getValue().end(), place.end());
    }
  }
}
