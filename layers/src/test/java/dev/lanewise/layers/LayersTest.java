// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.cases.LayerCase;
import dev.lanewise.layers.cases.LayerCase.Said;
import dev.lanewise.layers.cases.LayerCases;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Initializer;
import dev.lanewise.layers.graph.Inputs;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What layers say of themselves: plans save memory and work by it, and model files keep it. */
final class LayersTest {
  private static final Shape IMAGE = new Shape(4, 4, 2);

  static Stream<Arguments> layers() {
    return LayerCases.ALL.stream()
        .flatMap(each -> each.said().stream().map(said -> Arguments.of(said, each)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("layers")
  void aDescriptionIsEnoughToMakeTheLayerAgain(Said said) {
    Layer layer = said.layer();
    Description description = layer.description();
    assertEquals(said.text(), layer.toString());
    assertEquals(said.text(), description.toString());
    Layer again = Kinds.STANDARD.apply(description);
    assertEquals(layer.getClass(), again.getClass());
    assertEquals(description, again.description());
    assertEquals(said.output(), again.outputShape(said.inputs()));
    Inputs in = Inputs.of(said.inputs());
    assertEquals(layer.parameters(in), again.parameters(in));
    assertEquals(layer.buffers(in), again.buffers(in));
    assertEquals(layer.multiplyAdds(in), again.multiplyAdds(in));
  }

  /** It draws; but who reads the description finds the usual one. */
  @Test
  void anInitializerWithoutANameIsNotDescribed() {
    Initializer half = (fanIn, fanOut, random) -> 0.5;
    Network network = new Network(Shape.flat(2), new Dense(3).initializer(half));
    network.initialize(1);
    assertEquals(0.5f, network.parameters().get("0.weight").value().data[5]);
    assertEquals("0: dense(features=3)", network.nodes().getFirst().toString());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("layers")
  void shapesAndTraits(Said said, LayerCase layerCase) {
    Inputs in = Inputs.of(said.inputs());
    assertTrue(said.layer().accepts(said.inputs().length));
    assertEquals(said.output(), said.layer().outputShape(said.inputs()));
    assertEquals(said.traits(), said.layer().traits(Mode.TRAINING, in));
    assertEquals(layerCase.inferenceTraits(said), said.layer().traits(Mode.INFERENCE, in));
  }

  /** Else a layer would be tested by nobody. */
  @Test
  void everyLayerHasACase() {
    Set<String> layers =
        new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("dev.lanewise.layers")
                .stream()
                .filter(c -> c.isAssignableTo(Layer.class) && !c.isInterface())
                .map(JavaClass::getName)
                .collect(Collectors.toSet());
    assertTrue(layers.contains(Relu.class.getName()));
    Set<String> cases =
        LayerCases.ALL.stream()
            .map(each -> each.said().getFirst().layer().getClass().getName())
            .collect(Collectors.toSet());
    assertEquals(layers, cases);
    assertEquals(layers.size(), LayerCases.ALL.size());
  }

  /** Also those that have been trained. */
  @Test
  void biasesStartFromZero() {
    Network network =
        new Network(
            IMAGE,
            new Conv2d(3, Window.same(3)).initializer(Initializer.ONES),
            new Flatten(),
            new Dense(3).initializer(Initializer.GLOROT_NORMAL));
    for (String name : List.of("0.bias", "2.bias")) {
      Parameter bias = network.parameters().get(name);
      Arrays.fill(bias.value().data, 1);
      network.initialize(1);
      assertArrayEquals(new float[3], Tensors.values(bias.value()));
    }
  }

  @Test
  void aPoolOfPaddingAloneIsRefused() {
    MaxPool2d pool = new MaxPool2d(Window.valid(1).padding(1, 1, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> pool.outputShape(IMAGE));
  }

  @Test
  void numbersMustBePositive() {
    assertRefused("positive number of channels, not 0", () -> new Conv2d(0, Window.same(3)));
    assertRefused("positive number of features, not -1", () -> new Dense(-1));
    assertRefused("at least one branch", () -> new Concat(List.of()));
  }

  @Test
  void groupsMustDivideTheChannels() {
    Conv2d conv = new Conv2d(6, Window.same(3));
    assertRefused("6 output channels needs a positive number of groups", () -> conv.groups(0));
    assertRefused("that divides them, not 4", () -> conv.groups(4));
    assertRefused(
        "3 groups must divide the channels of the input and of the output, but those are 2 and 6",
        () -> conv.groups(3).outputShape(IMAGE));
  }

  @Test
  void inputsThatDoNotFitEachOtherAreNamed() {
    Shape other = new Shape(4, 4, 3);
    Shape smaller = new Shape(4, 3, 2);
    assertRefused(
        "inputs of one shape, but they are [4, 4, 2] and [4, 4, 3]",
        () -> new Add().outputShape(IMAGE, IMAGE, other));
    assertRefused(
        "inputs of one height and width, but they are [4, 4, 2] and [4, 3, 2]",
        () -> new Concatenate().outputShape(IMAGE, other, smaller));
    for (Layer joins : List.of(new Add(), new Concatenate())) {
      assertTrue(joins.accepts(1) && joins.accepts(9) && !joins.accepts(0));
    }
    for (Layer single : List.of(new Relu(), new Dense(2), new Flatten())) {
      assertTrue(single.accepts(1) && !single.accepts(0) && !single.accepts(2));
    }
  }

  @Test
  void kindsAreFoundByName() {
    Kinds kinds = Kinds.STANDARD.with("acme.twice", description -> new Relu());
    assertEquals(Relu.class, kinds.apply(Description.of("acme.twice")).getClass());
    assertRefused(
        "unknown kind of layer 'acme.twice', expected one of add, ",
        () -> Kinds.STANDARD.apply(Description.of("acme.twice")));
  }

  private static void assertRefused(String part, Runnable call) {
    String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
    assertTrue(message.contains(part), "'" + message + "' does not contain '" + part + "'");
  }
}
