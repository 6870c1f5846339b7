// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.layers.graph.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A JSON object and floats that it refers to by their index: so feature maps need neither be
 * written as text nor read. As bytes: the length of the text as an int, the text padded by spaces
 * to a multiple of four bytes, the floats; little-endian, as browsers are.
 */
final class Message {
  private final ObjectNode head = JsonNodeFactory.instance.objectNode();
  private final List<float[]> parts = new ArrayList<>();
  private int floats;

  /** The JSON object. */
  ObjectNode head() {
    return head;
  }

  /** Adds a copy of a tensor; returns the index of its first float. */
  int add(Tensor tensor) {
    float[] copy = new float[tensor.size()];
    System.arraycopy(tensor.data, tensor.offset, copy, 0, copy.length);
    return add(copy);
  }

  /** Adds floats, which are not copied; returns the index of the first one. */
  int add(float... values) {
    int at = floats;
    parts.add(values);
    floats += values.length;
    return at;
  }

  byte[] bytes() {
    byte[] text = head.toString().getBytes(StandardCharsets.UTF_8);
    int padded = Math.ceilDiv(text.length, Float.BYTES) * Float.BYTES;
    ByteBuffer bytes =
        ByteBuffer.allocate(Integer.BYTES + padded + Float.BYTES * floats)
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(padded).put(text);
    for (int i = text.length; i < padded; i++) {
      bytes.put((byte) ' ');
    }
    for (float[] part : parts) {
      bytes.asFloatBuffer().put(part);
      bytes.position(bytes.position() + Float.BYTES * part.length);
    }
    return bytes.array();
  }
}
