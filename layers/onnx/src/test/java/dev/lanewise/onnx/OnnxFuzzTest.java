// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.DataException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Whatever the bytes, the import throws a {@link DataException} of one line, or makes a network
 * that predicts, is written as a model, and is the same when that is read. In an ordinary build the
 * inputs kept as resources are tried; {@code -Pfuzz} searches.
 */
class OnnxFuzzTest {
  private static final Path FILE = Path.of("fuzz", "model.onnx"); // nothing is beside it

  /** Values of all activations of an image: those of larger networks are not computed. */
  private static final long SOME = 1 << 16;

  @FuzzTest(maxDuration = "", maxExecutions = 10_000_000)
  void read(byte[] bytes) throws IOException {
    Network network;
    try {
      network = OnnxModel.of(FILE, bytes).network();
    } catch (DataException e) {
      assertEquals(1, e.getMessage().lines().count());
      return;
    } catch (IOException e) { // data in another file
      return;
    }
    long values = network.nodes().stream().mapToLong(node -> node.shape().size()).sum();
    long work =
        network.nodes().stream().mapToLong(node -> node.layer().multiplyAdds(node.in())).sum();
    if (values + network.inputShape().size() + work > SOME) {
      return;
    }
    network.inferencePass(1, WorkerTeam.single()).forward(1);
    byte[] model = ModelWriter.model(network, ModelWriter.OLDEST).toByteArray();
    Network again = OnnxModel.of(FILE, model).network();
    assertEquals(network.inputShape(), again.inputShape());
    assertEquals(network.outputShape(), again.outputShape());
  }
}
