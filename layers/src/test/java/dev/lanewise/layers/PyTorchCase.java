// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.cases.LayerCases;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.io.Safetensors;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import dev.lanewise.layers.optim.Sgd;
import dev.lanewise.layers.train.TrainingStep;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A network, data, and what PyTorch computed with them: a file of {@code
 * src/test/python/pytorch_cases.py}, which says what is in it and where its bounds come from.
 *
 * @param file where it was read from
 * @param content tensors in PyTorch's layouts, and texts
 */
record PyTorchCase(Path file, Safetensors content) {
  private static final String WEIGHTS = "weights.";
  private static final String GRADIENTS = "gradients.";
  private static final String TRAINED = "trained.";
  private static final Pattern SPACE = Pattern.compile(" ");

  static PyTorchCase read(Path file) throws IOException {
    return new PyTorchCase(file, Safetensors.read(file));
  }

  /** One line for each layer, such as {@code dense 12 4}. */
  List<String> layers() {
    return content.metadata().get("layers").lines().toList();
  }

  Network network() {
    int[] dims = content.tensors().get("input").dims(); // [N, C, H, W]
    return new Network(
        new Shape(dims[2], dims[3], dims[1]),
        layers().stream().map(LayerCases::ofPyTorch).toList());
  }

  private static int number(String text) {
    return Integer.parseInt(text);
  }

  /**
   * How far a result may be from PyTorch's in double precision.
   *
   * @param result a key of {@link #errors}
   */
  double bound(String result) {
    return Double.parseDouble(content.metadata().get("bound." + result));
  }

  /** The largest magnitude in a result. */
  double largest(String result) {
    Tensor tensor = content.tensors().get(result);
    return distance(tensor, Tensor.zeros(tensor.dims()));
  }

  /** How far PyTorch's own result in single precision is from that in double precision. */
  double errorOfFloat32(String result) {
    return Double.parseDouble(content.metadata().get("float32." + result));
  }

  /** Trains as the file says; how far each result is from PyTorch's at most. */
  Map<String, Double> errors(WorkerTeam team) throws IOException {
    Network network = network();
    ModelFile.load(network.graph(), file, named(WEIGHTS));
    int[] labels = SPACE.splitAsStream(text("labels")).mapToInt(PyTorchCase::number).toArray();
    int batch = labels.length;
    float rate = Float.parseFloat(text("learningRate"));
    TrainingStep training =
        new TrainingStep(network, new Sgd(), new SoftmaxCrossEntropy(), batch, 1, team);
    channelsLast(content.tensors().get("input"), training.input());
    System.arraycopy(labels, 0, training.targets().labels(), 0, batch);

    Map<String, Double> errors = new LinkedHashMap<>();
    List<Double> losses = new ArrayList<>();
    Tensor expectedLosses = content.tensors().get("losses");
    for (int step = 0; step < expectedLosses.size(); step++) {
      if (step == 0) {
        errors.put("logits", distance(content.tensors().get("logits"), training.forward(batch)));
      }
      losses.add(training.gradients(batch, step) / batch);
      if (step == 0) {
        compare(GRADIENTS, gradients(network), errors);
      }
      training.update(rate);
    }
    double largest = 0;
    for (int i = 0; i < losses.size(); i++) {
      largest = Math.max(largest, Math.abs(losses.get(i) - expectedLosses.data[i]));
    }
    errors.put("losses", largest);
    compare(TRAINED, ModelFile.tensors(network.graph()), errors);
    return errors;
  }

  private String text(String key) {
    return content.metadata().get(key);
  }

  private Map<String, Tensor> named(String prefix) {
    Map<String, Tensor> named = new LinkedHashMap<>();
    content
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (name.startsWith(prefix)) {
                named.put(name.substring(prefix.length()), tensor);
              }
            });
    return named;
  }

  /** The gradients in PyTorch's layouts: as the weights of a network of the same layers. */
  private Map<String, Tensor> gradients(Network network) {
    Network twin = network();
    network
        .parameters()
        .forEach(
            (name, parameter) -> {
              Tensor from = parameter.grad();
              Tensor to = twin.parameters().get(name).value();
              System.arraycopy(from.data, from.offset, to.data, to.offset, to.size());
            });
    return ModelFile.tensors(twin.graph());
  }

  private void compare(String prefix, Map<String, Tensor> actual, Map<String, Double> errors) {
    Map<String, Tensor> expected = named(prefix);
    if (!expected.keySet().equals(actual.keySet())) {
      throw new AssertionError(expected.keySet() + " are not " + actual.keySet());
    }
    expected.forEach(
        (name, tensor) -> errors.put(prefix + name, distance(tensor, actual.get(name))));
  }

  /** The largest difference; infinite where one is not a number. */
  private static double distance(Tensor expected, Tensor actual) {
    double largest = 0;
    for (int i = 0; i < expected.size(); i++) {
      double difference =
          Math.abs((double) expected.data[expected.offset + i] - actual.data[actual.offset + i]);
      largest = Math.max(largest, Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference);
    }
    return largest;
  }

  /** [N, C, H, W] to [N, H, W, C]. */
  private static void channelsLast(Tensor from, Tensor to) {
    int[] dims = from.dims();
    int channels = dims[1];
    int pixels = dims[2] * dims[3];
    for (int i = 0; i < from.size(); i++) {
      int n = i / (channels * pixels);
      int c = i / pixels % channels;
      to.data[to.offset + (n * pixels + i % pixels) * channels + c] = from.data[from.offset + i];
    }
  }

  @Override
  public String toString() {
    String name = file.getFileName().toString().replace(".safetensors", "");
    return name + ": " + String.join("; ", layers());
  }
}
