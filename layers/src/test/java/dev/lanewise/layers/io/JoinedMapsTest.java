// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Add;
import dev.lanewise.layers.Concat;
import dev.lanewise.layers.Concatenate;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Multiply;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Residual;
import dev.lanewise.layers.Sequential;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.GraphBuilder;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Flattened maps that are joined. PyTorch's weights for such networks were seen to give other
 * outputs, until they were refused; from ONNX models they are put into the right order.
 */
class JoinedMapsTest {
  private static final Shape IMAGE = Shape.of(4, 4, 1);

  @TempDir Path folder;

  private static Network network(int channels, Block... after) {
    Network network =
        new Network(
            IMAGE, new Conv2d(channels, Window.same(3)), new Sequential(after), new Dense(3));
    network.initialize(1);
    return network;
  }

  /** A file as PyTorch writes it: without the layers. */
  private Path foreign(Network network) throws IOException {
    Path file = folder.resolve("foreign.safetensors");
    new Safetensors(ModelFile.tensors(network.graph()), Map.of()).write(file);
    return file;
  }

  private void accepted(Network network) throws IOException {
    ModelFile.load(network.graph(), foreign(network));
  }

  private void refused(String layer, Network network) throws IOException {
    Path file = foreign(network);
    Network other = network.copy();
    other.initialize(2);
    float[] before = other.parameters().get("0.weight").value().data.clone();
    DataException e = assertThrows(DataException.class, () -> ModelFile.load(other.graph(), file));
    assertEquals(
        file
            + ": has weights of another program, which would mean something else here: layer "
            + layer
            + " joins flattened maps, which PyTorch has channel by channel; take them by way of"
            + " ONNX, or join the maps before they are flattened",
        e.getMessage());
    assertArrayEquals(before, other.parameters().get("0.weight").value().data);

    ModelFile.save(network.graph(), Map.of(), file); // of its own, the file is good
    ModelFile.load(other.graph(), file);
    assertArrayEquals(
        network.parameters().get("0.weight").value().data,
        other.parameters().get("0.weight").value().data);
    Network.load(file);
  }

  /**
   * The input, flattened, as the first or the second input of a layer beside a number made of it.
   */
  private static Block withNumber(Layer layer, boolean numberFirst) {
    return (GraphBuilder graph, Node... inputs) -> {
      Node flat = graph.add("flat", new Flatten(), inputs[0]);
      Node number = graph.add("number", new Dense(1), flat);
      return numberFirst
          ? graph.add("join", layer, number, flat)
          : graph.add("join", layer, flat, number);
    };
  }

  @Test
  void sideBySide() throws IOException {
    Block two = new Concat(new Flatten(), new Sequential(new MaxPool2d(2), new Flatten()));
    refused("1.0.concat: concatenate", network(2, two));
    refused("1.0.concat: concatenate", network(2, new Concat(new Flatten(), new Flatten())));
    refused("1.0.join: concatenate", network(2, withNumber(new Concatenate(), false)));
    refused("1.0.join: concatenate", network(2, withNumber(new Concatenate(), true)));
  }

  @Test
  void elementByElement() throws IOException {
    refused("1.1.add: add", network(2, new Flatten(), new Residual(new Dense(32))));
    refused("1.0.join: multiply", network(2, withNumber(new Multiply(), true)));
  }

  @Test
  void whatPyTorchHasInTheSameOrderIsLoaded() throws IOException {
    Block both = new Concat(new Flatten(), new Sequential(new MaxPool2d(2), new Flatten()));
    accepted(network(1, both)); // of one channel
    accepted(network(2, new Flatten(), new Residual(new Relu())));
    accepted(network(2, withNumber(new Multiply(), false)));
    accepted(network(2, new Concat(new Relu(), new MaxPool2d(Window.same(3))), new Flatten()));
    accepted(network(2, new MaxPool2d(4), new Concat(new Flatten(), new Flatten()))); // of a pixel
    accepted(network(2, new Flatten(), new Dense(8), new Residual(new Dense(8))));
  }

  @Test
  void aSumOfOneMap() throws IOException {
    accepted(
        network(
            2,
            (graph, inputs) -> {
              Node flat = graph.add("flat", new Flatten(), inputs[0]);
              return graph.add("add", new Add(), flat, graph.add("relu", new Relu(), flat));
            }));
  }
}
