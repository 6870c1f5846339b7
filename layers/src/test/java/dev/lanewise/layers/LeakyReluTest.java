// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.check.GradientCheck;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.io.IOException;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LeakyReluTest {
  @ParameterizedTest
  @ValueSource(doubles = {0.01, 0.2, 0, 1, 1.5, -0.25})
  void derivesAndKeepsItsPromises(double slope) {
    for (int seed = 1; seed <= 3; seed++) {
      GradientCheck check = new GradientCheck().seed(seed);
      check.layer(new LeakyRelu(slope), new Shape(3, 5, 7));
      check.layer(new LeakyRelu(slope), Shape.flat(1));
    }
  }

  @Test
  void valuesByHand() {
    Alone alone = new Alone(new LeakyRelu(0.5), Mode.TRAINING, 1, Shape.flat(6));
    Alone.set(alone.x, -4, -1, 0, 3, Float.POSITIVE_INFINITY, Float.NaN);
    Alone.set(alone.dy, 8, 6, 4, 2, 1, 1);
    assertArrayEquals(
        new float[] {-2, -0.5f, 0, 3, Float.POSITIVE_INFINITY, Float.NaN}, alone.forward());
    assertArrayEquals(new float[] {4, 3, 2, 2, 1, Float.NaN}, alone.backward());
  }

  /** Over several tasks: one rounding, so equal to the definition. */
  @ParameterizedTest
  @ValueSource(doubles = {0.01, 1.5, 0, -0.25})
  void oracle(double slope) {
    Alone alone = new Alone(new LeakyRelu(slope), Mode.TRAINING, 3, new Shape(31, 9, 19));
    float[] y = alone.forward();
    float[] dx = alone.backward();
    double[] x = Doubles.of(alone.x);
    double[] dy = Doubles.of(alone.dy);
    float a = (float) slope;
    for (int i = 0; i < x.length; i++) {
      assertEquals((float) (x[i] > 0 ? x[i] : a * x[i]), y[i], 0f, "y at " + i);
      assertEquals((float) (x[i] > 0 ? dy[i] : a * dy[i]), dx[i], 0f, "dx at " + i);
    }
  }

  @ParameterizedTest
  @CsvSource({"0.01, true", "0, true", "1.5, true", "-0.25, false"})
  void worksInPlaceUnlessTheSlopeIsNegative(double slope, boolean inPlace) {
    Node node = Node.alone(new LeakyRelu(slope), new RandomStream(1), Shape.flat(3));
    Set<Trait> traits = node.traits(Mode.TRAINING);
    assertEquals(inPlace, traits.contains(Trait.IN_PLACE));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.01, -0.25})
  void sameBits(double slope) {
    SameBits.assertSameBits(
        new Shape(9, 8, 1),
        new Conv2d(16, Window.same(3)),
        new LeakyRelu(slope),
        new Conv2d(8, Window.same(3)),
        new LeakyRelu(slope),
        new MaxPool2d(2),
        new Flatten(),
        new LeakyRelu(slope),
        new Dense(4),
        new LeakyRelu(slope));
  }

  @ParameterizedTest
  @CsvSource({
    "leaky-relu, 0.01",
    "leaky-relu-0, 0",
    "leaky-relu-steep, 1.5",
    "leaky-relu-negative, -0.25"
  })
  void pytorch(String name, double slope) throws IOException {
    RecordedCase.assertAgrees(name, new LeakyRelu(slope));
  }

  @Test
  void descriptionMakesItAgain() {
    for (Layer layer : new Layer[] {new LeakyRelu(), new LeakyRelu(0.2), new LeakyRelu(-1)}) {
      assertEquals(layer.description(), Kinds.STANDARD.apply(layer.description()).description());
    }
    assertEquals("leaky_relu", new LeakyRelu().toString());
    assertEquals("leaky_relu(slope=0.2)", new LeakyRelu(0.2).toString());
    assertThrows(IllegalArgumentException.class, () -> new LeakyRelu(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> new LeakyRelu(1e60));
  }
}
