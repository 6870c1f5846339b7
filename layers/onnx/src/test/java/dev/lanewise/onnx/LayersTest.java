// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Kinds;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.check.GradientCheck;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.GraphBuilder;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The layers for operators that Lanewise has no layer for. */
final class LayersTest {
  private static final Shape SHAPE = Shape.of(2, 3, 4);

  private static void check(Layer layer, Shape... inputs) {
    new GradientCheck().layer(layer, inputs);
    Layer again = Onnx.KINDS.apply(layer.description());
    assertEquals(layer.description(), again.description());
    assertThrows(IllegalArgumentException.class, () -> Kinds.STANDARD.apply(layer.description()));
  }

  private static Pointwise pointwise(
      PointOp op, double a, double b, int[][] operands, List<Integer> constants, boolean trained) {
    return new Pointwise(op, a, b, SHAPE, new int[] {2, 3, 4}, operands, constants, trained);
  }

  @ParameterizedTest
  @EnumSource
  void functionsOfElements(PointOp op) {
    if (!op.hasBackward() || op == PointOp.WHERE || op == PointOp.POW) {
      return;
    }
    boolean positive = op == PointOp.LOG || op == PointOp.SQRT || op == PointOp.RECIPROCAL;
    if (positive || op == PointOp.DIV) {
      return; // not defined for the values of the check
    }
    int[][] full = new int[op.arity()][];
    Arrays.fill(full, new int[] {2, 3, 4});
    Shape[] inputs = new Shape[op.arity()];
    Arrays.fill(inputs, SHAPE);
    double a = op == PointOp.SELU ? 1.5 : op == PointOp.CLIP ? -0.5 : 0.25;
    check(pointwise(op, a, 0.5, full, List.of(), false), inputs);
  }

  /** Operands that are repeated along the first axes, the last one, and all. */
  @Test
  void repeatedOperands() {
    int[] full = {2, 3, 4};
    Shape[] pairs = {Shape.flat(4), Shape.of(2, 3, 1), Shape.flat(1), Shape.of(1, 3, 4)};
    int[][] sizes = {{1, 1, 4}, {2, 3, 1}, {1, 1, 1}, {1, 3, 4}};
    for (int i = 0; i < sizes.length; i++) {
      for (PointOp op : new PointOp[] {PointOp.MUL, PointOp.SUB}) {
        check(pointwise(op, 0, 0, new int[][] {full, sizes[i]}, List.of(), false), SHAPE, pairs[i]);
        check(pointwise(op, 0, 0, new int[][] {sizes[i], full}, List.of(), false), pairs[i], SHAPE);
      }
    }
  }

  @Test
  void constantOperands() {
    int[][] operands = {{2, 3, 4}, {1, 3, 1}};
    for (boolean trained : new boolean[] {false, true}) {
      check(pointwise(PointOp.ADD, 0, 0, operands, List.of(1), trained), SHAPE);
      check(pointwise(PointOp.MUL, 0, 0, operands, List.of(1), trained), SHAPE);
    }
  }

  @Test
  void selections() {
    int[][] turned = {{0, 1, 2, 3}, {0, 12}, {0, 4, 8}}; // [C, H, W] of [H, W, C]
    check(new Take(Shape.of(4, 2, 3), turned, 0), SHAPE);
    int[][] some = {{0, 12, -1}, {8, 0, 0, 4}, {2, 3, -1, 0}};
    check(new Take(Shape.of(3, 4, 4), some, 2.5), SHAPE);
  }

  @ParameterizedTest
  @EnumSource
  void reductions(ReduceOp op) {
    if (!op.hasBackward() || op == ReduceOp.LOG_SUM) {
      return;
    }
    int[][] rows = {{0, 12}};
    int[][] columns = {{0, 4, 8}};
    int[][] channels = {{0, 1, 2, 3}};
    check(new Reduce(op, Shape.flat(3), columns, new int[][] {rows[0], channels[0]}), SHAPE);
    check(new Reduce(op, Shape.of(1, 2, 3), new int[][] {rows[0], columns[0]}, channels), SHAPE);
  }

  @Test
  void sumsAlongAnAxis() {
    int[] index = {0, 1, 1, 2, 2, 0, 0, 0};
    check(new AxisMap(Shape.of(2, 4, 4), 3, 4, 2, index), SHAPE);
    check(new AxisMap(Shape.of(4, 3, 4), 2, 12, 1, new int[] {1, 0, 1, 1}), SHAPE);
  }

  @Test
  void localResponseNorm() {
    check(new LocalResponseNorm(3, 0.5, 0.75, 1), SHAPE);
    check(new LocalResponseNorm(2, 0.9, 0.6, 2), SHAPE);
  }

  @Test
  void products() {
    int[] both = {0, 1};
    check(new MatrixProduct(3, 4, 2, both, both), SHAPE, Shape.of(2, 4, 2));
    check(new MatrixProduct(3, 4, 2, both, new int[] {0, 0}), SHAPE, Shape.of(1, 4, 2));
  }

  @Test
  void shapesAndConstants() {
    check(new Reshape(Shape.of(1, 6, 4)), SHAPE);
    check(new Constants(Shape.of(1, 2, 3)), SHAPE);
  }

  /** Whoever trains through a layer without a derivative is told so. */
  @Test
  void noBackward() {
    int[][] full = {{2, 3, 4}};
    Network network =
        new Network(SHAPE, pointwise(PointOp.FLOOR, 0, 0, full, List.of(), false), new Scale());
    Network inFront =
        new Network(SHAPE, new Scale(), pointwise(PointOp.FLOOR, 0, 0, full, List.of(), false));
    Network.Pass behind = network.trainingPass(1, WorkerTeam.single());
    behind.forward(1);
    behind.backward(1);
    Network.Pass pass = inFront.trainingPass(1, WorkerTeam.single());
    pass.forward(1);
    UnsupportedOperationException e =
        assertThrows(UnsupportedOperationException.class, () -> pass.backward(1));
    assertTrue(e.getMessage().startsWith("onnx.pointwise(floor) has no backward"), e.getMessage());
  }

  /** A trained factor. */
  private static final class Scale implements Block {
    @Override
    public Node connect(GraphBuilder graph, Node... inputs) {
      int[][] operands = {{2, 3, 4}, {1, 1, 4}};
      return graph.add(pointwise(PointOp.MUL, 0, 0, operands, List.of(1), true), inputs);
    }
  }

  /** Model files may say anything of these layers. */
  @Test
  void badDescriptions() {
    Description take = new Take(SHAPE, new int[][] {range(2), range(3), range(4)}, 0).description();
    refuses(take.with("axis0", List.of(0, 1, 2)));
    refuses(take.with("axis3", List.of(0, -2)));
    refuses(take.with("fill", 1e99));
    refuses(take.with("shape", List.of(0, 1, 2)));
    refusesInput(take.with("axis0", List.of(0, 24)));
    refusesInput(take.with("axis0", List.of(0, -2)));
    Description reduce =
        new Reduce(ReduceOp.SUM, Shape.flat(2), new int[][] {{0, 12}}, new int[][] {range(12)})
            .description();
    refuses(reduce.with("op", "sums"));
    refuses(reduce.with("kept0", List.of(0)));
    refusesInput(reduce.with("reduced0", List.of(0, 1)));
    refusesInput(reduce.with("kept0", List.of(0, 13)));
    Description map = new AxisMap(Shape.of(2, 2, 4), 3, 4, 1, new int[] {0, 2}).description();
    refuses(map.with("index", List.of(0, 3)));
    refuses(map.with("index", List.of(0, -1)));
    refuses(map.with("taps", 0));
    refusesInput(map.with("inputs", 7));
    Description product =
        new MatrixProduct(3, 4, 2, new int[] {0, 1}, new int[] {0, 1}).description();
    refuses(product.with("left", List.of(0)));
    refuses(product.with("right", List.of(0, -1)));
    refuses(product.with("m", 0));
    Description add =
        pointwise(PointOp.ADD, 0, 0, new int[][] {{2, 3, 4}, {1, 1, 4}}, List.of(1), false)
            .description();
    refuses(add.with("op", "plus"));
    refuses(add.with("sizes", List.of(2, 3, 5)));
    refuses(add.with("operand1", List.of(1, 1, 3)));
    refuses(add.with("constant0", true));
    refuses(Description.of(Reshape.KIND));
  }

  private static int[] range(int end) {
    return IntStream.range(0, end).toArray();
  }

  private static void refuses(Description description) {
    assertThrows(IllegalArgumentException.class, () -> Onnx.KINDS.apply(description));
  }

  private static void refusesInput(Description description) {
    Layer layer;
    try {
      layer = Onnx.KINDS.apply(description);
    } catch (IllegalArgumentException e) {
      return;
    }
    assertThrows(IllegalArgumentException.class, () -> layer.outputShape(SHAPE));
  }
}
