// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.FloatDataset;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.models.Models;
import dev.lanewise.onnx.Onnx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A network that knows nothing, and images of noise. */
final class TestSources implements Sources {
  static final Shape SHAPE = Shape.of(28, 28, 1);
  private static final int IMAGES = 300;

  private final Start start;

  TestSources() {
    Network network = Models.simple(SHAPE, 10);
    network.initialize(1);
    start = new Start("simple", "of a test", network);
  }

  static FloatDataset noise(long seed) {
    RandomStream random = new RandomStream(seed);
    float[] values = new float[IMAGES * SHAPE.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble();
    }
    int[] labels = new int[IMAGES];
    for (int i = 0; i < IMAGES; i++) {
      labels[i] = random.nextInt(10);
    }
    return new FloatDataset(SHAPE, 10, values, labels);
  }

  @Override
  public Start start() {
    return start;
  }

  @Override
  public Start read(Path file, String name) throws IOException {
    try (Stream<Path> folder = Files.list(file.getParent())) {
      if (folder.count() > 1) { // an ONNX model may name any file beside it
        throw new DataException(file, "is not alone in its folder");
      }
    }
    boolean onnx = file.toString().endsWith(".onnx"); // the name tells what it is
    return new Start(name, "from " + name, onnx ? Onnx.read(file) : Network.load(file));
  }

  @Override
  public Images images(Consumer<String> tell) {
    return new Images(noise(1), noise(2), "noise");
  }

  @Override
  public Network build(String model, Shape input, int classes) {
    return Models.of(model, input, classes);
  }
}
