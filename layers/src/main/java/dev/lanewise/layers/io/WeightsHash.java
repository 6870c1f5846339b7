// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

import dev.lanewise.layers.graph.StoredTensor;
import dev.lanewise.layers.graph.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;

/** Tells whether two networks have the same weights, to the last bit. */
public final class WeightsHash {
  private static final int BUFFER = 1 << 16;

  private WeightsHash() {}

  /**
   * The SHA-256 of names and values.
   *
   * @param state the parameters and buffers of a network, {@code network.state()}, in its order
   * @return 64 hexadecimal digits
   */
  public static String of(Map<String, StoredTensor> state) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every Java has it
    }
    ByteBuffer bytes = ByteBuffer.allocate(BUFFER).order(ByteOrder.LITTLE_ENDIAN);
    for (Map.Entry<String, StoredTensor> entry : state.entrySet()) {
      digest.update(entry.getKey().getBytes(StandardCharsets.UTF_8));
      Tensor value = entry.getValue().value();
      for (int at = 0, floats; at < value.size(); at += floats) {
        floats = Math.min(value.size() - at, BUFFER / Float.BYTES);
        bytes.asFloatBuffer().put(value.data, value.offset + at, floats);
        digest.update(bytes.array(), 0, floats * Float.BYTES);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
