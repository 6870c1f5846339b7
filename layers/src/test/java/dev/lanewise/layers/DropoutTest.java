// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.check.GradientCheck;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.graph.Trait;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Dropout}, {@link Dropout2d} and {@link StochasticDepth}. */
final class DropoutTest {
  private static final Shape IN = new Shape(25, 20, 201); // odd: the last draw is for one element

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1, 0.5, 0.9})
  void derivesAndKeepsItsPromises(double p) {
    for (int seed = 1; seed <= 3; seed++) {
      GradientCheck check = new GradientCheck().seed(seed);
      check.layer(new Dropout(p), new Shape(3, 5, 7));
      check.layer(new Dropout(p), Shape.flat(16));
    }
  }

  /** The definition of the mask: two elements for each number, the upper half first. */
  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.5, 0.75})
  void oracle(double p) {
    Alone alone = new Alone(new Dropout(p), Mode.TRAINING, 2, new Shape(3, 5, 7));
    alone.context.set(4, 10, 2);
    Site site = new Site(alone.node, 2, alone.context, Epilogue.NONE, false);
    float[] y = alone.forward();
    float[] dx = alone.backward();
    float scale = (float) (1 / (1 - p));
    for (int image = 0; image < 2; image++) {
      RandomStream random = new RandomStream(site.key()).split(4).split(10 + image);
      long bits = 0;
      for (int i = 0; i < 105; i++) {
        bits = i % 2 == 0 ? random.nextLong() : bits << 32;
        float m = (bits >>> 32) * 0x1p-32 >= p ? scale : 0;
        int at = image * 105 + i;
        assertEquals(m * alone.x.data[alone.x.offset + at], y[at], 0f, "y at " + at);
        assertEquals(m * alone.dy.data[alone.dy.offset + at], dx[at], 0f, "dx at " + at);
      }
    }
  }

  /** A channel of a flat input is an element. */
  @Test
  void aDropoutOfChannelsDrawsAsOneOfElements() {
    Alone elements = new Alone(new Dropout(0.4), Mode.TRAINING, 2, Shape.flat(33));
    Alone channels = new Alone(new Dropout2d(0.4), Mode.TRAINING, 2, Shape.flat(33));
    elements.context.set(4, 10, 2);
    channels.context.set(4, 10, 2);
    Tensors.assertSameBits(elements.forward(), channels.forward(), "y");
    Tensors.assertSameBits(elements.backward(), channels.backward(), "dx");
  }

  /** The definition of the mask, for images from the tenth on in the fifth step. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void stochasticDepthDropsImages(boolean together) {
    double p = 0.4;
    Layer layer = together ? StochasticDepth.perBatch(p) : new StochasticDepth(p);
    Alone alone = new Alone(layer, Mode.TRAINING, 20, new Shape(2, 1, 3));
    Site site = new Site(alone.node, 20, alone.context, Epilogue.NONE, false);
    int kept = 0;
    for (int step = 4; step < 8; step++) {
      alone.context.set(step, 10, 20);
      float[] y = alone.forward();
      float[] dx = alone.backward();
      RandomStream ofStep = new RandomStream(site.key()).split(step);
      for (int i = 0; i < y.length; i++) {
        RandomStream random = together ? new RandomStream(ofStep.key()) : ofStep.split(10 + i / 6);
        float m = (random.nextLong() >>> 32) * 0x1p-32 >= p ? (float) (1 / (1 - p)) : 0;
        assertEquals(m * alone.x.data[alone.x.offset + i], y[i], 0f, "y at " + i);
        assertEquals(m * alone.dy.data[alone.dy.offset + i], dx[i], 0f, "dx at " + i);
        kept += m > 0 ? 1 : 0;
      }
    }
    assertTrue(kept > 0 && kept < 4 * 20 * 6);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.5, 0.9})
  void dropsAsManyAsItShould(double p) {
    boolean[] kept = mask(p, 1, 0, 0);
    int n = kept.length;
    int dropped = 0;
    int both = 0; // neighbours
    for (int i = 0; i < n; i++) {
      dropped += kept[i] ? 0 : 1;
      both += kept[i] || kept[(i + 1) % n] ? 0 : 1;
    }
    assertEquals(p, dropped / (double) n, 5 * Math.sqrt(p * (1 - p) / n));
    assertEquals(p * p, both / (double) n, 10 * Math.sqrt(p * p / n));
  }

  @Test
  void stepsImagesAndSeedsDrawOtherMasks() {
    boolean[] mask = mask(0.5, 1, 0, 0);
    assertArrayEquals(mask, mask(0.5, 1, 0, 0));
    assertUnrelated(mask, mask(0.5, 1, 1, 0));
    assertUnrelated(mask, mask(0.5, 1, 0, 1));
    assertUnrelated(mask, mask(0.5, 2, 0, 0));
    assertUnrelated(mask(0.5, 1, 1, 0), mask(0.5, 1, 0, 1));
  }

  private static void assertUnrelated(boolean[] a, boolean[] b) {
    int same = 0;
    for (int i = 0; i < a.length; i++) {
      same += a[i] == b[i] ? 1 : 0;
    }
    assertEquals(0.5, same / (double) a.length, 5 * 0.5 / Math.sqrt(a.length));
  }

  private static boolean[] mask(double p, long seed, int step, int image) {
    Alone alone = new Alone(new Dropout(p), Mode.TRAINING, 1, IN);
    Context context = new Context(Mode.TRAINING, seed, new Workspace(WorkerTeam.single()));
    context.set(step, image, 1);
    Arrays.fill(alone.x.data, 1);
    new Dropout(p)
        .newPass(new Site(alone.node, 1, context, Epilogue.NONE, false))
        .forward(context, new Tensor[] {alone.x}, alone.y);
    float[] y = Tensors.values(alone.y);
    boolean[] kept = new boolean[y.length];
    for (int i = 0; i < y.length; i++) {
      assertTrue(y[i] == 0 || y[i] == (float) (1 / (1 - p)));
      kept[i] = y[i] != 0;
    }
    return kept;
  }

  /** Each by its name: what one keeps, the other one drops at times. */
  @Test
  void layersDrawOtherMasks() {
    Network network = new Network(Shape.flat(4000), new Dropout(0.5), new Dropout(0.5));
    Network.Pass pass = network.trainingPass(1, WorkerTeam.single(), 3);
    Arrays.fill(pass.input().data, 1);
    float[] y = Tensors.values(pass.forward(1));
    int kept = 0;
    for (float value : y) {
      assertTrue(value == 0 || value == 4);
      kept += value == 4 ? 1 : 0;
    }
    assertEquals(0.25, kept / 4000.0, 0.04);
  }

  @Test
  void anInferenceLeavesItOut() {
    assertTrue(alone(0.5, Mode.INFERENCE).node.traits(Mode.INFERENCE).contains(Trait.RESHAPE));
    assertFalse(alone(0.5, Mode.TRAINING).node.traits(Mode.TRAINING).contains(Trait.RESHAPE));
    assertTrue(alone(0, Mode.TRAINING).node.traits(Mode.TRAINING).contains(Trait.RESHAPE));
    Alone alone = alone(0.5, Mode.INFERENCE);
    Tensors.assertSameBits(Tensors.values(alone.x), alone.forward(), "y");
  }

  private static Alone alone(double p, Mode mode) {
    return new Alone(new Dropout(p), mode, 2, new Shape(2, 3, 4));
  }

  @Test
  void sameBits() {
    SameBits.assertSameBits(
        new Shape(9, 8, 1),
        new Dropout(0.1),
        new Conv2d(16, Window.same(3)),
        new Relu(),
        new Dropout(0.3),
        new Conv2d(8, Window.same(3)),
        new MaxPool2d(2),
        new Dropout(0.5),
        new Flatten(),
        new Dropout(0),
        new Dense(4),
        new Dropout(0.25));
  }

  @Test
  void descriptionMakesItAgain() {
    Dropout layer = new Dropout(0.3);
    assertEquals(layer.description(), Kinds.STANDARD.apply(layer.description()).description());
    assertEquals("dropout(p=0.3)", layer.toString());
    for (double p : new double[] {-0.1, 1, Double.NaN}) {
      assertThrows(IllegalArgumentException.class, () -> new Dropout(p));
      assertThrows(IllegalArgumentException.class, () -> new Dropout2d(p));
      assertThrows(IllegalArgumentException.class, () -> new StochasticDepth(p));
      assertThrows(IllegalArgumentException.class, () -> StochasticDepth.perBatch(p));
    }
  }
}
