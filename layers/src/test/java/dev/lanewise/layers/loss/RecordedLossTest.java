// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What PyTorch's losses have computed in double precision, written by {@code
 * src/test/python/loss_cases.py}: values and gradients.
 */
final class RecordedLossTest {
  private static Safetensors recorded;

  @BeforeAll
  static void read() throws IOException {
    recorded =
        Safetensors.read(Path.of("src", "test", "resources", "losses", "losses.safetensors"));
  }

  private static void assertAgrees(String name, Loss loss, double factor) {
    String[] about = recorded.metadata().get(name).split(" ");
    Tensor y = recorded.tensors().get(about[1]);
    Tensor t = recorded.tensors().get(about[2]);
    Tensor expected = recorded.tensors().get(name + ".dy");
    int[] dims = y.dims();
    int batch = dims[0];
    Targets targets;
    if (t.dims().length == 1) {
      int[] labels = new int[batch];
      Arrays.setAll(labels, i -> (int) t.data[t.offset + i]);
      targets = Targets.of(labels);
    } else {
      targets = Targets.of(t);
    }
    Shape output = dims.length == 2 ? Shape.flat(dims[1]) : new Shape(dims[1], dims[2], dims[3]);
    Loss.Pass pass = loss.newPass(output, batch);
    Tensor dy = new Tensor(new float[y.size() + 9], 5, dims);
    Arrays.fill(dy.data, 9f);
    double mean = Double.parseDouble(about[0]) * factor;
    assertEquals(mean, pass.forward(batch, y, targets) / batch, 1e-6 * mean, name);
    assertEquals(mean, pass.forwardBackward(batch, y, targets, dy) / batch, 1e-6 * mean, name);
    double largest = 0;
    for (int i = 0; i < expected.size(); i++) {
      largest = Math.max(largest, Math.abs(factor * expected.data[expected.offset + i]));
    }
    for (int i = 0; i < expected.size(); i++) {
      double derivative = factor * expected.data[expected.offset + i];
      assertEquals(derivative, dy.data[dy.offset + i], 0x1p-21 * largest, name + "[" + i + "]");
    }
    assertEquals(9f, dy.data[4]);
    assertEquals(9f, dy.data[5 + y.size()]);
  }

  private static float[] weights(String name, int count) {
    Tensor all = recorded.tensors().get(name);
    return Arrays.copyOfRange(all.data, all.offset, all.offset + count);
  }

  @ParameterizedTest
  @CsvSource({
    "crossLabels", "crossSoft", "crossPixels",
    "weightedLabels", "weightedSoft", "weightedPixels",
    "crossLabelsSmoothed", "crossSoftSmoothed", "crossPixelsSmoothed",
    "weightedLabelsSmoothed", "weightedSoftSmoothed"
  })
  void crossEntropy(String name) {
    SoftmaxCrossEntropy loss = new SoftmaxCrossEntropy();
    if (name.startsWith("weighted")) {
      loss = loss.classWeights(weights("classWeights", name.contains("Pixels") ? 3 : 7));
    }
    assertAgrees(name, name.endsWith("Smoothed") ? loss.labelSmoothing(0.1) : loss, 1);
  }

  @ParameterizedTest
  @CsvSource({
    "binary",
    "binarySoft",
    "binaryLarge",
    "binaryWeighted",
    "binaryWeightedSoft",
    "binaryThree"
  })
  void binaryCrossEntropy(String name) {
    BinaryCrossEntropy loss = new BinaryCrossEntropy();
    if (name.contains("Weighted")) {
      loss = loss.positiveWeights(weights("positiveWeights", 7));
    }
    assertAgrees(name, name.equals("binaryThree") ? loss.positiveWeights(3) : loss, 1);
  }

  @Test
  void ofRegressions() {
    assertAgrees("squared", new MeanSquaredError(), 1);
    assertAgrees("absolute", new MeanAbsoluteError(), 1);
    assertAgrees("huber", new Huber(), 1);
    assertAgrees("huberHalf", new Huber(0.5), 1);
    assertAgrees("smoothTwo", new Huber(2), 2); // Huber(beta) is beta times smooth L1
  }
}
