// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFileTest {
  @TempDir Path folder;

  /** Conv 3 channels, ReLU, pool to [2, 3, 3], Flatten, ReLU, Dense 18 -> 4, ReLU, Dense 4 -> 2. */
  private static Network network() {
    return new Network(
        Shape.of(4, 6, 2),
        new Conv2d(3, Window.same(1, 2)),
        new Relu(),
        new MaxPool2d(2),
        new Flatten(),
        new Relu(),
        new Dense(4),
        new Relu(),
        new Dense(2));
  }

  private static Tensor value(Network network, String name) {
    return network.parameters().get(name).value();
  }

  private static void fill(Network network) {
    int next = 1;
    for (Parameter parameter : network.parameters().values()) {
      for (int i = 0; i < parameter.value().size(); i++) {
        parameter.value().data[parameter.value().offset + i] = next++;
      }
    }
  }

  private static float[] values(Network network) {
    float[] all = new float[0];
    for (Parameter parameter : network.parameters().values()) {
      Tensor value = parameter.value();
      int from = all.length;
      all = Arrays.copyOf(all, from + value.size());
      System.arraycopy(value.data, value.offset, all, from, value.size());
    }
    return all;
  }

  @Test
  void weightsOfADivergedTrainingAreNotSaved() throws IOException {
    Network network = network();
    fill(network);
    Path file = folder.resolve("m");
    ModelFile.save(network.graph(), Map.of(), file);
    byte[] before = Files.readAllBytes(file);
    value(network, "5.bias").data[2] = Float.NaN;
    DataException e =
        assertThrows(DataException.class, () -> ModelFile.save(network.graph(), Map.of(), file));
    assertTrue(e.getMessage().contains("'5.bias' has NaN at 2"), e.getMessage());
    assertArrayEquals(before, Files.readAllBytes(file));
  }

  @Test
  void layoutsInTheFileArePyTorchs() throws IOException {
    Network network = network();
    fill(network);
    Path file = folder.resolve("m");
    ModelFile.save(network.graph(), Map.of("model", "small"), file);
    Map<String, Tensor> tensors = Safetensors.read(file).tensors();
    assertEquals(
        List.of("0.weight", "0.bias", "5.weight", "5.bias", "7.weight", "7.bias"),
        List.copyOf(tensors.keySet()));

    Tensor conv = tensors.get("0.weight");
    Tensor ours = value(network, "0.weight"); // [KH=1, KW=2, C=2, OC=3]
    assertArrayEquals(new int[] {3, 2, 1, 2}, conv.dims());
    for (int oc = 0; oc < 3; oc++) {
      for (int c = 0; c < 2; c++) {
        for (int kx = 0; kx < 2; kx++) {
          assertEquals(ours.data[(kx * 2 + c) * 3 + oc], conv.data[(oc * 2 + c) * 2 + kx]);
        }
      }
    }

    Tensor dense = tensors.get("5.weight");
    ours = value(network, "5.weight"); // [out=4, in = (H=2, W=3, C=3)]
    assertArrayEquals(new int[] {4, 18}, dense.dims());
    for (int o = 0; o < 4; o++) {
      for (int y = 0; y < 2; y++) {
        for (int x = 0; x < 3; x++) {
          for (int c = 0; c < 3; c++) {
            assertEquals(
                ours.data[ours.offset + o * 18 + (y * 3 + x) * 3 + c],
                dense.data[o * 18 + (c * 2 + y) * 3 + x]);
          }
        }
      }
    }

    Tensor last = tensors.get("7.weight"); // no map before it: as it is
    ours = value(network, "7.weight");
    assertArrayEquals(new int[] {2, 4}, last.dims());
    for (int i = 0; i < 8; i++) {
      assertEquals(ours.data[ours.offset + i], last.data[i]);
    }
    assertArrayEquals(new int[] {4}, tensors.get("5.bias").dims());
    Map<String, String> metadata = ModelFile.readMetadata(file);
    assertEquals(Set.of("model", ModelFile.NETWORK), metadata.keySet());
    assertEquals("small", metadata.get("model"));
  }

  @Test
  void loadsWhatItSaved() throws IOException {
    Network network = network();
    fill(network);
    Path file = folder.resolve("m");
    ModelFile.save(network.graph(), Map.of(), file);
    Network other = network();
    ModelFile.load(other.graph(), file);
    assertArrayEquals(values(network), values(other));
  }

  /** A layer with parameters that happens to keep the number of features is no flattening. */
  @Test
  void aConvolutionToOnePixelIsNoFlattening() throws IOException {
    Network network = new Network(Shape.of(2, 2, 2), new Conv2d(8, Window.valid(2)), new Dense(2));
    fill(network);
    Path file = folder.resolve("m");
    ModelFile.save(network.graph(), Map.of(), file);
    Tensor weight = Safetensors.read(file).tensors().get("1.weight");
    assertArrayEquals(
        new float[] {73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88},
        Arrays.copyOfRange(weight.data, weight.offset, weight.offset + weight.size()));
  }

  @Test
  void weightsOfAnotherNetworkChangeNothing() throws IOException {
    assertMismatch("it has no tensor '5.weight' [4, 18]", "5.weight", null);
    assertMismatch("tensor '5.bias' has shape [5], expected [4]", "5.bias", Tensor.zeros(5));
    assertMismatch(
        "tensor '7.weight' has shape [4, 2], expected [2, 4]", "7.weight", Tensor.zeros(4, 2));
    assertMismatch(
        "it has a tensor '9.weight' [1], expected only 0.weight, 0.bias",
        "9.weight",
        Tensor.zeros(1));
    assertMismatch(
        "tensor '7.bias' has NaN at 1", "7.bias", new Tensor(new float[] {0, Float.NaN}, 0, 2));
  }

  @Test
  void tensorsOfAnotherNetworkChangeNothing() {
    Network network = network();
    fill(network);
    float[] before = values(network);
    Map<String, Tensor> none = Map.of();
    assertThrows(DataException.class, () -> ModelFile.load(network.graph(), folder, none));
    assertArrayEquals(before, values(network));
  }

  private void assertMismatch(String fault, String name, Tensor tensor) throws IOException {
    Path file = folder.resolve("m");
    ModelFile.save(network().graph(), Map.of(), file);
    Map<String, Tensor> tensors = new LinkedHashMap<>(Safetensors.read(file).tensors());
    if (tensor == null) {
      tensors.remove(name);
    } else {
      tensors.put(name, tensor);
    }
    try (FileChannel out = FileChannel.open(file, WRITE, TRUNCATE_EXISTING)) {
      new Safetensors(tensors, Map.of()).writeTo(out); // whatever the values
    }
    Network network = network();
    fill(network);
    float[] before = values(network);
    DataException e =
        assertThrows(DataException.class, () -> ModelFile.load(network.graph(), file));
    assertTrue(e.getMessage().contains(fault), e.getMessage());
    assertArrayEquals(before, values(network));
  }
}
