// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.WeightsHash;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class WeightsHashTest {
  @Test
  void namesAndLittleEndianFloatsInTheirOrder() throws Exception {
    Network network = new Network(Shape.flat(1), new Dense(1));
    network.parameters().get("0.weight").value().data[0] = 1.5f;
    network.parameters().get("0.bias").value().data[0] = -2;
    ByteBuffer all = ByteBuffer.allocate(100).order(ByteOrder.LITTLE_ENDIAN);
    all.put("0.weight".getBytes(StandardCharsets.UTF_8)).putFloat(1.5f);
    all.put("0.bias".getBytes(StandardCharsets.UTF_8)).putFloat(-2).flip();
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    digest.update(all);

    String hash = WeightsHash.of(network.state());

    assertEquals(HexFormat.of().formatHex(digest.digest()), hash);
    assertEquals(hash, WeightsHash.of(network.copy().state()));
    Tensor bias = network.parameters().get("0.bias").value();
    bias.data[0] = Math.nextUp(bias.data[0]);
    assertNotEquals(hash, WeightsHash.of(network.state()));
  }
}
