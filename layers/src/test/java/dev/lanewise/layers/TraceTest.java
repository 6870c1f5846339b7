// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.data.Normalize;
import dev.lanewise.layers.data.Preparation;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Loss;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import dev.lanewise.layers.loss.Targets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TraceTest {
  private static final Shape INPUT = Shape.of(6, 6, 2);
  private static final int LABEL = 1;

  private final Network network =
      new Network(
          INPUT,
          new Conv2d(3, Window.same(3)),
          new Relu(),
          new Residual(new Sequential(new Conv2d(3, Window.same(3)), new Tanh())),
          new MaxPool2d(2),
          new Flatten(),
          new Dense(4));
  private final float[] image = image();
  private final Loss.Pass loss = new SoftmaxCrossEntropy().newPass(Shape.flat(4), 1);

  TraceTest() {
    network.initialize(3);
  }

  private static float[] image() {
    RandomStream random = new RandomStream(1);
    float[] image = new float[INPUT.size()];
    for (int i = 0; i < image.length; i++) {
      image[i] = (float) random.nextDouble();
    }
    return image;
  }

  private static float[] copy(Tensor tensor) {
    return Arrays.copyOfRange(tensor.data, tensor.offset, tensor.offset + tensor.size());
  }

  private List<float[]> parameterGradients() {
    List<float[]> all = new ArrayList<>();
    network.parameters().values().stream()
        .map(Parameter::grad)
        .map(TraceTest::copy)
        .forEach(all::add);
    return all;
  }

  private double backward(Trace trace, float[] x) {
    double result =
        loss.forwardBackward(1, trace.forward(x), Targets.of(LABEL), trace.outputGradient());
    trace.backward();
    return result;
  }

  @Test
  void hasTheBitsOfAPass() {
    Network.Pass pass = network.trainingPass(1, WorkerTeam.single());
    System.arraycopy(image, 0, pass.input().data, pass.input().offset, image.length);
    loss.forwardBackward(1, pass.forward(1), Targets.of(LABEL), pass.outputGradient());
    pass.zeroGrad();
    pass.backward(1);
    float[] logits = copy(pass.output());
    List<float[]> gradients = parameterGradients();

    Trace trace = Trace.training(network);
    backward(trace, image);
    backward(trace, image); // what was there before does not matter

    assertArrayEquals(logits, copy(trace.activation(network.graph().output())));
    assertArrayEquals(logits, copy(Trace.inference(network).forward(image)));
    List<float[]> traced = parameterGradients();
    for (int i = 0; i < traced.size(); i++) {
      assertArrayEquals(gradients.get(i), traced.get(i), network.parameters().keySet().toString());
    }
  }

  /** What no layer overwrites: each activation is still what the next layer was given. */
  @Test
  void keepsEveryActivationAndGradient() {
    Trace trace = Trace.training(network);
    backward(trace, image);
    List<Node> nodes = network.nodes();

    assertArrayEquals(image, copy(trace.activation(network.graph().input())));
    float[] x = copy(trace.activation(nodes.get(0)));
    float[] dx = copy(trace.gradient(nodes.get(0)));
    float[] y = copy(trace.activation(nodes.get(1)));
    float[] dy = copy(trace.gradient(nodes.get(1)));
    for (int i = 0; i < x.length; i++) {
      assertEquals(Math.max(x[i], 0), y[i]);
      assertEquals(y[i] > 0 ? dy[i] : 0, dx[i]);
    }
    for (Node node : nodes) {
      assertEquals(node.shape().size(), trace.activation(node).size(), node.name());
      assertEquals(node.shape().size(), trace.gradient(node).size(), node.name());
    }
  }

  @Test
  void theGradientOfTheImageIsThatOfTheLoss() {
    Trace trace = Trace.training(network);
    backward(trace, image);
    float[] gradient = copy(trace.gradient(network.graph().input()));
    float step = 1f / 256;
    for (int i = 0; i < image.length; i += 7) {
      float[] moved = image.clone();
      moved[i] += step;
      double up = backward(trace, moved);
      moved[i] -= 2 * step;
      double down = backward(trace, moved);
      assertEquals((up - down) / (2 * step), gradient[i], 2e-3, "pixel value " + i);
    }
  }

  @Test
  void preparesTheImageAsTheNetworkSays() {
    Network prepared = network.with(Preparation.NONE.normalize(new Normalize(0.5f, 0.25f)));
    Trace trace = Trace.inference(prepared);
    float[] logits = copy(trace.forward(image));

    assertArrayEquals(new Predictor(prepared).outputs(image), logits);
    float first = copy(trace.activation(prepared.graph().input()))[0];
    assertEquals((image[0] - 0.5f) / 0.25f, first, 1e-6f);
  }

  @Test
  void refusesWhatItIsNotFor() {
    Trace inference = Trace.inference(network);
    Node node = network.nodes().getFirst();
    assertThrows(IllegalStateException.class, inference::backward);
    assertThrows(IllegalStateException.class, () -> inference.gradient(node));
    assertThrows(IllegalArgumentException.class, () -> inference.forward(new float[3]));
    Node other = network.copy().nodes().getFirst();
    assertThrows(IllegalArgumentException.class, () -> inference.activation(other));
  }
}
