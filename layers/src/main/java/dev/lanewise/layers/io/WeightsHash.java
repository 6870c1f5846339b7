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
    for (Map.Entry<String, StoredTensor> entry : state.entrySet()) {
      digest.update(entry.getKey().getBytes(StandardCharsets.UTF_8));
      Tensor value = entry.getValue().value();
      ByteBuffer bytes =
          ByteBuffer.allocate(Float.BYTES * value.size()).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(value.data, value.offset, value.size());
      digest.update(bytes);
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
