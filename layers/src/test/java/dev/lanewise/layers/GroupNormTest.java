// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.check.GradientCheck;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class GroupNormTest {
  static Stream<GroupNorm> layers() {
    return Stream.of(
        new GroupNorm(1),
        new GroupNorm(3).eps(0.5),
        GroupNorm.instance(),
        GroupNorm.instance().affine(true));
  }

  @ParameterizedTest
  @MethodSource("layers")
  void derivesAndKeepsItsPromises(GroupNorm layer) {
    for (int seed = 1; seed <= 2; seed++) {
      new GradientCheck().seed(seed).size(3, 200).layer(layer, new Shape(4, 5, 6));
    }
  }

  /** Groups 1, 3 and 5, 9: means 2 and 7, deviations 1 and 2. */
  @Test
  void valuesByHand() {
    GroupNorm norm = new GroupNorm(2).eps(3);
    Alone alone = new Alone(norm, Mode.TRAINING, 1, Shape.flat(4));
    Alone.set(alone.x, 1, 3, 5, 9);
    assertEquals(-0.5f, alone.forward()[0]);
    assertEquals(0.5f, alone.forward()[1]);
    assertEquals(2 / Math.sqrt(7), alone.forward()[3], 0x1p-24);
  }

  /** Where the mean is a thousand deviations away. */
  @Test
  void aLargeMeanDoesNotBlurTheVariance() {
    Alone alone = new Alone(new GroupNorm(1), Mode.TRAINING, 1, Shape.of(5, 2, 1));
    for (int i = 0; i < 10; i++) {
      alone.x.data[alone.x.offset + i] = 1000 + (i % 2 == 0 ? 1 : -1);
    }
    float[] y = alone.forward();
    for (int i = 0; i < 10; i++) {
      assertEquals((i % 2 == 0 ? 1 : -1) / Math.sqrt(1 + 1e-5), y[i], 0x1p-24);
    }
  }

  @Test
  void sameBits() {
    SameBits.assertSameBits(
        new Shape(9, 8, 2),
        new GroupNorm(2),
        new Conv2d(16, Window.same(3)),
        new GroupNorm(4),
        new Relu(),
        new Conv2d(8, Window.same(3)),
        GroupNorm.instance(),
        new MaxPool2d(2),
        new GroupNorm(1),
        new Flatten(),
        new Dense(4),
        new GroupNorm(2));
  }

  @ParameterizedTest
  @MethodSource("layers")
  void fusesReluAfter(GroupNorm layer) {
    for (Mode mode : Mode.values()) {
      Shape image = new Shape(2, 3, 6);
      Alone alone = new Alone(layer, mode, 3, image);
      Tensor y = Tensor.zeros(3, image);
      layer
          .newPass(new Site(alone.node, 3, alone.context, Epilogue.RELU, false))
          .forward(alone.context, new Tensor[] {alone.x}, y);
      float[] expected = alone.forward();
      for (int i = 0; i < expected.length; i++) {
        expected[i] = Math.max(expected[i], 0);
      }
      Tensors.assertSameBits(expected, Tensors.values(y), mode.toString());
    }
  }

  static Stream<Arguments> recorded() {
    return Stream.of(
        Arguments.of("group-norm", new Layer[] {new GroupNorm(3)}),
        Arguments.of("group-norm-eps", new Layer[] {new GroupNorm(2).eps(0.1)}),
        Arguments.of("group-norm-plain", new Layer[] {new GroupNorm(1).affine(false)}),
        Arguments.of("group-norm-flat", new Layer[] {new GroupNorm(2)}),
        Arguments.of("instance-norm", new Layer[] {GroupNorm.instance()}),
        Arguments.of(
            "instance-norm-affine", new Layer[] {GroupNorm.instance().affine(true).eps(0.1)}));
  }

  @ParameterizedTest
  @MethodSource("recorded")
  void pytorch(String name, Layer[] layers) throws IOException {
    RecordedCase.assertAgrees(name, layers);
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertRefused("positive number of groups, not 0", () -> new GroupNorm(0));
    assertRefused("eps must be positive", () -> new GroupNorm(1).eps(0));
    assertRefused("eps must be positive", () -> GroupNorm.instance().eps(Double.NaN));
    Shape image = new Shape(4, 4, 6);
    assertRefused(
        "groups divide, but there are 6 channels and 4 groups",
        () -> new GroupNorm(4).outputShape(image));
    assertRefused(
        "more than one value in a group, but the input is [1, 1, 5]",
        () -> GroupNorm.instance().outputShape(Shape.flat(5)));
    assertRefused(
        "layer 1: groups of channels are no longer together once the map [4, 4, 6] is flattened",
        () -> new Network(image, new Flatten(), new GroupNorm(2)));
    new Network(image, new Flatten(), new GroupNorm(1)); // one group is all of them
  }

  @Test
  void aGroupNormWithoutGroupsOnItsFileIsRefused() {
    assertRefused("groups is null", () -> Kinds.STANDARD.apply(Description.of("group_norm")));
  }

  private static void assertRefused(String part, Runnable call) {
    String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
    assertTrue(message.contains(part), "'" + message + "' does not contain '" + part + "'");
  }
}
