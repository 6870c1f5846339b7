// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.BatchNorm2d;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Tanh;
import dev.lanewise.layers.Trace;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.mnist.page.Explainer.Place;
import org.junit.jupiter.api.Test;

/** The products of each number add up to it. */
final class ExplainerTest {
  private static final double TOLERANCE = 1e-5;

  private final Network network =
      new Network(
          Shape.of(9, 9, 2),
          new Conv2d(4, Window.same(3)),
          new Relu(),
          new Conv2d(4, Window.valid(3).stride(2).padding(1, 1, 1, 1)).groups(2),
          new Tanh(),
          new MaxPool2d(2),
          new Flatten(),
          new Dense(6),
          new Relu(),
          new Dense(3).bias(false));
  private final Trace trace;
  private final Explainer explainer;

  ExplainerTest() {
    network.initialize(7);
    RandomStream random = new RandomStream(2);
    for (Parameter parameter : network.parameters().values()) {
      for (int i = 0; i < parameter.value().size(); i++) {
        parameter.value().data[parameter.value().offset + i] += (float) random.nextGaussian() / 8;
      }
    }
    float[] image = new float[network.inputShape().size()];
    for (int i = 0; i < image.length; i++) {
      image[i] = (float) random.nextGaussian();
    }
    trace = Trace.training(network);
    trace.forward(image);
    Tensor dy = trace.outputGradient();
    for (int i = 0; i < dy.size(); i++) {
      dy.data[dy.offset + i] = (float) random.nextGaussian();
    }
    trace.backward();
    explainer = new Explainer(trace);
  }

  private static double sum(JsonNode json) {
    double sum = json.path("bias").asDouble(0);
    for (int i = 0; i < json.get("a").get("values").size(); i++) {
      double product =
          json.get("a").get("values").get(i).asDouble()
              * json.get("b").get("values").get(i).asDouble();
      sum += product;
    }
    return sum;
  }

  private interface Check {
    void accept(Place place) throws Refusal;
  }

  private static void everywhere(Shape shape, Check check) throws Refusal {
    for (int y = 0; y < shape.height(); y++) {
      for (int x = 0; x < shape.width(); x++) {
        for (int c = 0; c < shape.channels(); c++) {
          check.accept(new Place(y, x, c));
        }
      }
    }
  }

  @Test
  void theProductsOfAnOutputAddUpToIt() throws Refusal {
    for (Node node : network.nodes()) {
      String kind = node.layer().description().kind();
      everywhere(
          node.shape(),
          place -> {
            JsonNode json = explainer.output(node, place);
            Tensor y = trace.activation(node);
            float value = y.data[y.offset + place.in(node.shape())];
            assertEquals(value, json.get("value").floatValue());
            if (kind.equals("conv2d") || kind.equals("dense") || kind.equals("max_pool2d")) {
              assertEquals(value, sum(json), TOLERANCE, node + " " + place);
            } else {
              assertEquals("values", json.get("rule").asText());
              assertEquals("x", json.get("values").get(0).get("name").asText());
            }
          });
    }
  }

  @Test
  void theProductsOfAnInputGradientAddUpToIt() throws Refusal {
    for (Node node : network.nodes()) {
      Node from = node.inputs().getFirst();
      everywhere(
          from.shape(),
          place -> {
            JsonNode json = explainer.inputGradient(node, place);
            Tensor dx = trace.gradient(from);
            float value = dx.data[dx.offset + place.in(from.shape())];
            assertEquals(value, json.get("value").floatValue());
            if (json.get("rule").asText().equals("sum")) {
              assertEquals(value, sum(json), TOLERANCE, node + " " + place);
            } else {
              String kind = node.layer().description().kind();
              assertTrue(kind.equals("flatten") || kind.equals("tanh") && value == 0, kind);
            }
          });
    }
  }

  @Test
  void theProductsOfAParameterGradientAddUpToIt() throws Refusal {
    for (Node node : network.nodes()) {
      for (Parameter parameter : node.parameters()) {
        for (int i = 0; i < parameter.grad().size(); i++) {
          JsonNode json = explainer.parameterGradient(node, parameter.name(), i);
          float value = parameter.grad().data[parameter.grad().offset + i];
          assertEquals(value, json.get("value").floatValue());
          assertEquals(value, sum(json), TOLERANCE, node + " " + json.get("what"));
        }
      }
    }
  }

  @Test
  void saysWhereAPatchLies() throws Refusal {
    Node node = network.nodes().get(2); // stride 2, padding 1, two groups
    JsonNode json = explainer.output(node, new Place(1, 2, 3));

    assertEquals("y[1,2,3]", json.get("what").asText());
    assertEquals("1", json.get("origin").get("node").asText());
    assertEquals(1, json.get("origin").get("row").asInt());
    assertEquals(3, json.get("origin").get("column").asInt());
    assertEquals(2, json.get("origin").get("channel").asInt());
    assertEquals(0, json.get("outside").size());
    assertEquals(10, explainer.output(node, new Place(0, 0, 0)).get("outside").size());
  }

  @Test
  void whatItDoesNotKnowGetsTheNumbersAroundIt() throws Refusal {
    Network other =
        new Network(Shape.of(4, 4, 2), new BatchNorm2d(), AvgPool2d.global(), new Flatten());
    other.initialize(1);
    Trace forward = Trace.inference(other);
    forward.forward(new float[32]);
    JsonNode json = new Explainer(forward).output(other.nodes().getFirst(), new Place(3, 3, 1));

    assertEquals("values", json.get("rule").asText());
    assertTrue(json.get("values").toString().contains("running_mean"), json.toString());
    assertEquals(
        "[]",
        new Explainer(forward)
            .output(other.nodes().get(1), new Place(0, 0, 1))
            .get("values")
            .toString());
  }

  @Test
  void refusesWhatIsNotThere() {
    Node node = network.nodes().getFirst();
    for (Place place :
        new Place[] {
          new Place(-1, 0, 0), new Place(9, 0, 0), new Place(0, 9, 0), new Place(0, 0, 4)
        }) {
      assertEquals(400, assertThrows(Refusal.class, () -> explainer.output(node, place)).status());
    }
    assertThrows(Refusal.class, () -> explainer.inputGradient(node, new Place(0, 0, 2)));
    assertThrows(
        Refusal.class, () -> explainer.inputGradient(network.graph().input(), new Place(0, 0, 0)));
    assertThrows(Refusal.class, () -> explainer.parameterGradient(node, "weight", 72));
    assertThrows(Refusal.class, () -> explainer.parameterGradient(node, "scale", 0));
  }
}
