package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What layers say of themselves: a network saves memory and work by it, and keeps the bits. */
final class LayersTest {
  private static final Shape IMAGE = new Shape(4, 4, 2);

  static Stream<Arguments> layers() {
    return Stream.of(
        Arguments.of(new Conv2d(2, 3, Window.same(3)), IMAGE, false, false),
        Arguments.of(new Dense(8, 3), Shape.flat(8), false, false),
        Arguments.of(new Flatten(), IMAGE, true, false),
        Arguments.of(new MaxPool2d(2), IMAGE, false, false),
        Arguments.of(new Relu(), IMAGE, true, true));
  }

  /** Where a rectifier stands behind them, it can overwrite the outputs of all but itself. */
  @ParameterizedTest
  @MethodSource("layers")
  void whatBackwardNeeds(Layer layer, Shape input, boolean inPlace, boolean readsOutput) {
    assertEquals(inPlace, layer.inPlace());
    assertEquals(readsOutput, layer.backwardReadsOutput());
  }

  @Test
  void whichRectifiersAreTakenOver() {
    Rectifying convolution = pass(new Conv2d(2, 3, Window.same(3)));
    assertTrue(convolution.rectifyOutput());
    assertTrue(convolution.rectifyGradient());
    assertFalse(convolution.rectifyInput());
    Rectifying pooling = pass(new MaxPool2d(2));
    assertTrue(pooling.rectifyInput());
    assertFalse(pooling.rectifyOutput());
    assertFalse(pooling.rectifyGradient());
  }

  private static Rectifying pass(Layer layer) {
    Workspace workspace = new Workspace(WorkerTeam.single());
    return assertInstanceOf(Rectifying.class, layer.newPass(IMAGE, 1, workspace));
  }

  /** Also those that have been trained. */
  @Test
  void biasesStartFromZero() {
    for (Layer layer : List.of(new Conv2d(2, 3, Window.same(3)), new Dense(8, 3))) {
      Parameter bias = layer.parameters().get(1);
      Arrays.fill(bias.value().data, 1);
      layer.initialize(new RandomStream(1));
      assertArrayEquals(new float[3], Tensors.values(bias.value()));
    }
  }

  @Test
  void aPoolOfPaddingAloneIsRefused() {
    MaxPool2d pool = new MaxPool2d(Window.valid(1).padding(1, 1, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> pool.outputShape(IMAGE));
  }
}
