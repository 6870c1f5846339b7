// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.BatchNorm2d;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Predictor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class VisitorTest {
  private final TestSources sources = new TestSources();
  private final Visitor visitor = new Visitor(sources.start());
  private final Drawing drawing = new Drawing(image(), "a test");

  private static float[] image() {
    float[] image = new float[784];
    for (int i = 0; i < image.length; i++) {
      image[i] = i % 5 / 4f;
    }
    return image;
  }

  private static JsonNode head(byte[] bytes) throws IOException {
    int length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
    assertEquals(0, length % 4);
    return new ObjectMapper().readTree(new String(bytes, 4, length, StandardCharsets.UTF_8));
  }

  private static float number(byte[] bytes, int index) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return buffer.getFloat(4 + buffer.getInt(0) + 4 * index);
  }

  @Test
  void showsWhatThePredictorSays() throws IOException {
    byte[] bytes = visitor.show(drawing).bytes();
    float[] expected = new Predictor(sources.start().network()).probabilities(drawing.image());

    JsonNode head = head(bytes);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], head.get("probabilities").get(i).floatValue());
    }
    assertEquals(6, head.get("maps").size());
    // Pixel (1, 2) of the image, and of the map 3 of the convolution: channel by channel.
    int input = head.get("maps").get(0).get("at").asInt();
    assertEquals(drawing.image()[30], number(bytes, input + 30));
    JsonNode unit = visitorUnit("0", 1, 2, 3);
    int conv = head.get("maps").get(1).get("at").asInt();
    assertEquals(unit.get("value").floatValue(), number(bytes, conv + 3 * 784 + 30));
  }

  private JsonNode visitorUnit(String node, int y, int x, int c) {
    try {
      return visitor.explain(node, new Explainer.Place(y, x, c));
    } catch (Refusal e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aStepLowersTheLossAndCanBeTakenBack() throws Exception {
    String before = visitor.describe().get("hash").asText();
    visitor.show(drawing);
    JsonNode back = head(visitor.back(3).bytes());
    JsonNode step = visitor.step(0.01);

    assertEquals(back.get("loss").doubleValue(), step.get("lossBefore").doubleValue());
    assertTrue(step.get("lossAfter").doubleValue() < step.get("lossBefore").doubleValue());
    assertEquals(1, visitor.describe().get("steps").asInt());
    assertNotEquals(before, visitor.describe().get("hash").asText());
    JsonNode parameter = step.get("parameters").get(0);
    double gradient = back.get("parameters").get(0).get("gradient").doubleValue();
    assertEquals(0.01 * gradient, parameter.get("change").doubleValue(), 1e-5);

    visitor.reset();
    assertEquals(before, visitor.describe().get("hash").asText());
    assertEquals(0, visitor.describe().get("steps").asInt());
  }

  @Test
  void everyVisitorHasANetworkOfTheirOwn() throws Exception {
    Visitor other = new Visitor(sources.start());
    String before = other.describe().get("hash").asText();
    visitor.show(drawing);
    visitor.back(1);
    visitor.step(1);

    assertEquals(before, other.describe().get("hash").asText());
    assertNotSame(other.network(), visitor.network());
  }

  @Test
  void gradientsAreThoseOfTheDrawingThatIsShown() throws Exception {
    assertEquals(409, assertThrows(Refusal.class, () -> visitor.step(0.1)).status());
    visitor.show(drawing);
    visitor.back(1);
    visitor.explainBack("0", new Explainer.Place(0, 0, 0));
    visitor.explainParameter("0", "weight", 3);
    visitor.show(drawing);
    assertEquals(
        409,
        assertThrows(Refusal.class, () -> visitor.explainBack("0", new Explainer.Place(0, 0, 0)))
            .status());
    assertEquals(400, assertThrows(Refusal.class, () -> visitor.back(10)).status());
    visitor.back(1);
    for (double rate : new double[] {0, -1, Double.NaN, 1e9}) {
      assertEquals(400, assertThrows(Refusal.class, () -> visitor.step(rate)).status());
    }
  }

  @Test
  void lookingBackChangesNoRunningStatistics() throws Exception {
    Network network =
        new Network(
            TestSources.SHAPE,
            new Conv2d(2, Window.same(3)),
            new BatchNorm2d(),
            new Flatten(),
            new Dense(10));
    network.initialize(1);
    Visitor other = new Visitor(new Sources.Start("normal", "of a test", network));
    String before = other.describe().get("hash").asText();
    other.show(drawing);
    other.back(2);

    assertEquals(before, other.describe().get("hash").asText());
  }

  @Test
  void whoIsAwayForLongestIsForgotten() throws Refusal {
    Visitors few = new Visitors(sources.start(), 3 * visitor.bytes());
    String first = few.add();
    String second = few.add();
    few.add();
    few.get(first); // was here again
    few.add();

    assertEquals(3, few.count());
    few.get(first);
    assertEquals(404, assertThrows(Refusal.class, () -> few.get(second)).status());
  }
}
