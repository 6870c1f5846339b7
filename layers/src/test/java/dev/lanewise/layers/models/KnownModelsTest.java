// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.io.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Networks by name against PyTorch's: the names and dimensions of their tensors, and what they make
 * of an image. {@code src/test/python/pytorch_models.py} says what is in the files.
 */
final class KnownModelsTest {
  private static final Path RECORDED = Path.of("src", "test", "resources", "pytorch-models");

  /** Ours may round differently from PyTorch's float32, which is one sample of its kind. */
  private static final double TIMES = 8;

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(RECORDED)) {
      return files.sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void weightsOfPyTorchLoadAndGiveItsLogits(Path file) throws IOException {
    Safetensors recorded = Safetensors.read(file);
    int[] dims = numbers(recorded.metadata().get("shape")); // [C, H, W]
    Shape shape = new Shape(dims[1], dims[2], dims[0]);
    Tensor logits = recorded.tensors().get("logits");
    Network network = Models.named(recorded.metadata().get("name"), shape, logits.size());
    Map<String, Tensor> state = state(recorded.metadata().get("state"));
    assertEquals(state.keySet(), network.state().keySet());
    ModelFile.load(network.graph(), file, state);

    Network.Pass pass = network.inferencePass(1, WorkerTeam.single());
    int pixels = shape.height() * shape.width();
    Tensor x = pass.input();
    for (int i = 0; i < shape.size(); i++) {
      x.data[x.offset + i % pixels * dims[0] + i / pixels] = (float) noise(i, 999);
    }
    Tensor y = pass.forward(1);
    double off = 0;
    for (int i = 0; i < logits.size(); i++) {
      off = Math.max(off, Math.abs(logits.data[i] - y.data[y.offset + i]));
    }
    double allowed = TIMES * Double.parseDouble(recorded.metadata().get("float32"));
    assertTrue(off <= allowed, "off by " + off + " > " + allowed);
  }

  @Test
  void everyFamilyIsCompared() throws IOException {
    Set<String> compared = new HashSet<>(Set.of("simple", "complex"));
    for (Path file : files()) {
      compared.add(Safetensors.read(file).metadata().get("name"));
    }
    for (String name : Models.names()) {
      String family = name.split("[0-9_]")[0];
      assertTrue(compared.stream().anyMatch(other -> other.startsWith(family)), name);
    }
  }

  private static Map<String, Tensor> state(String lines) {
    Map<String, Tensor> state = new LinkedHashMap<>();
    for (String line : lines.lines().toList()) {
      String name = line.split(" ")[0];
      int[] dims = numbers(line.substring(name.length()).strip());
      Tensor tensor = Tensor.zeros(dims);
      fill(name, dims, tensor, state.size());
      state.put(name, tensor);
    }
    return state;
  }

  private static int[] numbers(String text) {
    return Arrays.stream(text.split(" "))
        .filter(word -> !word.isEmpty())
        .mapToInt(Integer::parseInt)
        .toArray();
  }

  private static void fill(String name, int[] dims, Tensor tensor, int salt) {
    if (name.endsWith("num_batches_tracked")) {
      Arrays.fill(tensor.data, 1);
      return;
    }
    boolean factor = name.endsWith("running_var") || name.endsWith("weight");
    double scale =
        dims.length > 1 ? Math.sqrt(6.0 * dims[0] / tensor.size()) : factor ? 0.5 : 0.125;
    double middle = dims.length == 1 && factor ? 1 : 0;
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data[i] = (float) (middle + scale * noise(i, salt));
    }
  }

  /** From -1 to below 1. */
  private static double noise(long i, int salt) {
    long low = 0xFFFFFFFFL;
    long mixed = (i + salt * 1000003L) * 2654435761L & low;
    mixed = (mixed ^ mixed >> 15) * 2246822519L & low;
    return ((mixed ^ mixed >> 13) & 0xFFFFFF) / 0x1p23 - 1;
  }
}
