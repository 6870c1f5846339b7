// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.BatchNorm2d;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.StoredTensor;
import dev.lanewise.layers.graph.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatchTest {
  @TempDir Path folder;

  /** Three convolutions of equal shapes, the second normalised; one that differs; a dense layer. */
  private static Network network(float first) {
    Window same = Window.same(3);
    Network network =
        new Network(
            Shape.of(3, 3, 2),
            new Conv2d(2, same),
            new Conv2d(2, same),
            new BatchNorm2d(),
            new Relu(),
            new Conv2d(2, same),
            new Conv2d(3, same),
            new Flatten(),
            new Dense(2));
    float next = first;
    for (StoredTensor stored : network.state().values()) {
      Tensor value = stored.value();
      for (int i = 0; i < value.size(); i++) {
        value.data[value.offset + i] = next++;
      }
    }
    return network;
  }

  private static List<float[]> values(Network network) {
    List<float[]> values = new ArrayList<>();
    for (StoredTensor stored : network.state().values()) {
      Tensor t = stored.value();
      values.add(Arrays.copyOfRange(t.data, t.offset, t.offset + t.size()));
    }
    return values;
  }

  private static void assertSame(Network expected, Network actual) {
    List<float[]> values = values(actual);
    for (float[] each : values(expected)) {
      assertArrayEquals(each, values.removeFirst());
    }
  }

  /** The tensors of a network under other names; with counters in the order of a file of Python. */
  private Path write(Network network, UnaryOperator<String> rename, boolean sorted)
      throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    Set<String> whole = new TreeSet<>();
    ModelFile.tensors(network.graph())
        .forEach(
            (name, tensor) -> {
              tensors.put(rename.apply(name), tensor);
              if (name.endsWith("num_batches_tracked")) {
                whole.add(rename.apply(name));
              }
            });
    Map<String, Tensor> ordered = tensors;
    if (sorted) {
      ordered = new LinkedHashMap<>();
      for (String name : whole) {
        ordered.put(name, tensors.get(name));
      }
      new TreeMap<>(tensors).forEach(ordered::putIfAbsent);
    }
    Path file = folder.resolve("w");
    new Safetensors(ordered, Map.of(), whole).write(file);
    return file;
  }

  @ParameterizedTest
  @CsvSource({"module.", "_orig_mod.", "model.", "module._orig_mod.", "model.module.model."})
  void prefixesOfWrappersAreTakenOff(String prefix) throws IOException {
    Network saved = network(1);
    Path file = write(saved, name -> prefix + name, true);
    for (Match match : Match.values()) {
      Network network = network(500);
      Loaded loaded = ModelFile.load(network.graph(), file, match);
      assertSame(saved, network);
      assertEquals(prefix, loaded.prefix());
      assertEquals(Map.of(), loaded.layers());
      assertEquals("took '" + prefix + "' off the names", loaded.toString());
    }
  }

  @Test
  void nothingIsDoneWhereEverythingGoes() throws IOException {
    Path file = write(network(1), name -> name, false);
    Loaded loaded = ModelFile.load(network(500).graph(), file);
    assertTrue(loaded.asIs());
    assertEquals("", loaded.toString());
  }

  /** What only some names have, what nobody knows, and too much of it. */
  @Test
  void otherPrefixesAreNotTakenOff() throws IOException {
    List<UnaryOperator<String>> others =
        List.of(
            name -> name.startsWith("0") ? name : "module." + name,
            name -> "net." + name,
            name -> "net.module." + name,
            name -> "module" + name,
            name -> "module.".repeat(9) + name);
    for (UnaryOperator<String> other : others) {
      Path file = write(network(1), other, true);
      Network network = network(500);
      DataException e =
          assertThrows(DataException.class, () -> ModelFile.load(network.graph(), file));
      assertTrue(e.getMessage().contains("the weights are of another network"), e.getMessage());
      assertSame(network(500), network);
    }
  }

  @Test
  void namesThatDoNotGoAreShown() throws IOException {
    Path file = write(network(1), name -> "net." + name, true);
    assertEquals(
        file
            + ": the weights are of another network: it has net.2.num_batches_tracked, net.0.bias,"
            + " net.0.weight, net.1.bias and 11 more, expected 0.weight, 0.bias, 1.weight, 1.bias"
            + " and 11 more; if the layers are the same, match them by shapes instead of names",
        assertThrows(DataException.class, () -> ModelFile.load(network(1).graph(), file))
            .getMessage());
  }

  /** As the library for Python sorts them: conv10 before conv2, bias before weight. */
  @Test
  void shapesMatchInTheOrderOfNumbers() throws IOException {
    Map<String, String> theirs =
        Map.of("0", "conv2", "1", "conv9", "2", "conv9_bn", "4", "conv10", "5", "end", "7", "fc");
    UnaryOperator<String> rename =
        name -> "module." + theirs.get(name.substring(0, 1)) + name.substring(1);
    Network saved = network(1);
    Path file = write(saved, rename, true);
    Network network = network(500);
    Loaded loaded = ModelFile.load(network.graph(), file, Match.SHAPES);
    assertSame(saved, network);
    assertEquals(theirs, loaded.layers());
    assertEquals(
        "took 'module.' off the names; matched by order and shape: 'conv2' as '0', 'conv9' as '1',"
            + " 'conv9_bn' as '2', 'conv10' as '4', 'end' as '5', 'fc' as '7'",
        loaded.toString());
  }

  /** A file that is not sorted has its layers in the order of the network. */
  @Test
  void shapesMatchInTheOrderOfTheFile() throws IOException {
    Map<String, String> theirs =
        Map.of("0", "stem", "1", "body", "2", "norm", "4", "a", "5", "b", "7", "head.dense");
    Network saved = network(1);
    Path file = write(saved, name -> theirs.get(name.substring(0, 1)) + name.substring(1), false);
    Network network = network(500);
    Loaded loaded = ModelFile.load(network.graph(), file, Match.SHAPES);
    assertSame(saved, network);
    assertEquals(theirs, loaded.layers());
    assertEquals(List.of("0", "1", "2", "4", "5", "7"), List.copyOf(loaded.layers().keySet()));
  }

  /** A layer keeps together, whatever the order: the bias goes where the weight goes. */
  @Test
  void shapesMatchWholeLayers() throws IOException {
    Network saved =
        new Network(Shape.of(1, 1, 2), new Dense(2), new Dense(3), new Dense(3), new Dense(2));
    saved.initialize(1);
    Map<String, String> theirs = Map.of("0", "z", "1", "y", "2", "x", "3", "w"); // backwards
    Path file = write(saved, name -> theirs.get(name.substring(0, 1)) + name.substring(1), true);
    Network network =
        new Network(Shape.of(1, 1, 2), new Dense(2), new Dense(3), new Dense(3), new Dense(2));
    assertEquals(theirs, ModelFile.load(network.graph(), file, Match.SHAPES).layers());
    assertSame(saved, network);
  }

  @Test
  void shapesThatDoNotGoChangeNothing() throws IOException {
    Network other =
        new Network(Shape.of(3, 3, 2), new Conv2d(2, Window.same(3)), new Flatten(), new Dense(2));
    Path file = write(other, name -> "x" + name, true);
    Network network = network(500);
    DataException e =
        assertThrows(
            DataException.class, () -> ModelFile.load(network.graph(), file, Match.SHAPES));
    assertTrue(
        e.getMessage()
            .endsWith(
                "no layer that is left in it has the shapes of layer '1':"
                    + " {bias=[2], weight=[2, 2, 3, 3]}"),
        e.getMessage());
    Path more = write(network(1), name -> "x" + name, true);
    e = assertThrows(DataException.class, () -> ModelFile.load(other.graph(), more, Match.SHAPES));
    assertTrue(e.getMessage().contains("no layer that is left"), e.getMessage());
    Network first = new Network(Shape.of(3, 3, 2), new Conv2d(2, Window.same(3)));
    Path two = write(other, name -> "x" + name, true);
    e = assertThrows(DataException.class, () -> ModelFile.load(first.graph(), two, Match.SHAPES));
    assertTrue(
        e.getMessage().endsWith("it has a layer 'x2' too many: {bias=[2], weight=[2, 18]}"),
        e.getMessage());
    assertSame(network(500), network);
  }

  /** A network of which one layer is called as a wrapper calls its own. */
  @Test
  void aPrefixOfTheNetworkItselfStays() throws IOException {
    Network network =
        new Network(
            Shape.of(1, 1, 2),
            (builder, input) ->
                builder.add("model", (inner, x) -> inner.add("last", new Dense(2), x), input));
    assertEquals(Set.of("model.last.weight", "model.last.bias"), network.state().keySet());
    network.initialize(1);
    Path plain = write(network, name -> name, true);
    assertEquals("", ModelFile.load(network.graph(), plain).prefix());
    Path wrapped = write(network, name -> "module." + name, true);
    assertEquals("module.", ModelFile.load(network.graph(), wrapped).prefix());
  }

  /** Files of PyTorch before 0.4.1, and those converted from elsewhere, count no batches. */
  @Test
  void aMissingCounterBeginsAtZero() throws IOException {
    Network saved = network(1);
    Path file = write(saved, name -> name, true);
    Map<String, Tensor> tensors = new LinkedHashMap<>(Safetensors.read(file).tensors());
    tensors.remove("2.num_batches_tracked");
    new Safetensors(tensors, Map.of()).write(file);
    Network network = network(500);
    assertTrue(ModelFile.load(network.graph(), file).asIs());
    assertEquals(0, network.buffers().get("2.num_batches_tracked").data[0]);
    saved.buffers().get("2.num_batches_tracked").data[0] = 0;
    assertSame(saved, network);
    assertTrue(ModelFile.load(network.graph(), file, Match.SHAPES).asIs());
  }

  /** The same network in halves: the counters stay as they are. */
  @Test
  void convertedTypesAreTold() throws IOException {
    Network saved = network(1);
    Map<String, Tensor> tensors = ModelFile.tensors(saved.graph());
    StringBuilder header = new StringBuilder("{");
    ByteBuffer data = ByteBuffer.allocate(1 << 12).order(ByteOrder.LITTLE_ENDIAN);
    tensors.forEach(
        (name, tensor) -> {
          boolean whole = name.endsWith("num_batches_tracked");
          int begin = data.position();
          for (int i = 0; i < tensor.size(); i++) {
            float value = tensor.data[tensor.offset + i];
            if (whole) {
              data.putLong((long) value);
            } else {
              data.putShort(Float.floatToFloat16(value));
            }
          }
          header
              .append(header.length() > 1 ? "," : "")
              .append(
                  "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                      .formatted(
                          name,
                          whole ? "I64" : "F16",
                          Arrays.toString(tensor.dims()),
                          begin,
                          data.position()));
        });
    byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(8 + json.length + data.position()).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(json.length).put(json).put(data.flip());
    Path path = Files.write(folder.resolve("w"), file.array());
    Network network = network(500);
    Loaded loaded = ModelFile.load(network.graph(), path);
    assertEquals("converted F16 to F32", loaded.toString());
    assertEquals(Collections.singleton("F16"), loaded.types());
    assertSame(saved, network);
  }
}
