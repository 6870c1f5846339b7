// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.BatchNorm2d;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Dropout;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.LeakyRelu;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Tensors;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * A {@code state_dict} with batch normalisation, as PyTorch wrote it: {@code
 * src/test/python/pytorch_state.py}, which also loads what {@link #aFileGoesBackAsItCame} leaves in
 * {@code target/pytorch-state.safetensors}.
 */
final class PyTorchStateTest {
  private static final Path FOLDER = Path.of("src", "test", "resources", "pytorch-state");
  private static final Path STATE = FOLDER.resolve("state.safetensors");

  private static Network network() {
    return new Network(
        Shape.of(6, 4, 1),
        new Conv2d(4, Window.same(3)).bias(false),
        new BatchNorm2d(),
        new LeakyRelu(0.1),
        new AvgPool2d(2),
        new Dropout(0.25),
        new Flatten(),
        new BatchNorm2d().cumulativeAverage(),
        new Dense(3));
  }

  @Test
  void theBuffersOfAFileAreLoaded() throws IOException {
    Network network = network();
    ModelFile.load(network.graph(), STATE);
    assertEquals(7, network.buffers().get("1.num_batches_tracked").data[0]);
    assertEquals(7, network.buffers().get("6.num_batches_tracked").data[0]);
    Map<String, Tensor> example = Safetensors.read(FOLDER.resolve("example.safetensors")).tensors();
    Network.Pass pass = network.inferencePass(5, WorkerTeam.single());
    example.get("x").copyTo(pass.input(), 5 * 24); // one channel: [N, C, H, W] is [N, H, W, C]
    assertArrayEquals(
        Tensors.values(example.get("y")), Tensors.values(pass.forward(5)), 4 * 0x1p-24f);
  }

  /** Names, types, shapes and values: all that load_state_dict asks for. */
  @Test
  void aFileGoesBackAsItCame() throws IOException {
    Network network = network();
    ModelFile.load(network.graph(), STATE);
    Path ours = Path.of("target", "pytorch-state.safetensors");
    network.save(ours);
    Map<String, String> theirs = new LinkedHashMap<>();
    Map<String, Tensor> expected = read(STATE, theirs);
    assertEquals("I64 []", theirs.get("1.num_batches_tracked"));
    Map<String, String> types = new LinkedHashMap<>();
    Map<String, Tensor> actual = read(ours, types);
    assertEquals(theirs, types);
    expected.forEach(
        (name, tensor) ->
            Tensors.assertSameBits(Tensors.values(tensor), Tensors.values(actual.get(name)), name));
  }

  private static Map<String, Tensor> read(Path file, Map<String, String> types) throws IOException {
    return Safetensors.read(
            file,
            header ->
                header
                    .places()
                    .forEach(
                        (name, place) ->
                            types.put(
                                name,
                                place.type() + " " + java.util.Arrays.toString(place.dims()))))
        .tensors();
  }
}
