// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import dev.lanewise.engine.testing.Guards;
import dev.lanewise.engine.testing.Values;
import dev.lanewise.engine.testing.Windows;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/**
 * What holds of every convolution, whatever it computes: adjointness, linearity, translation, and
 * that images do not see each other. In integers where sums are compared, so to the last bit.
 */
final class ConvolutionLawsProperties {
  @Provide
  Arbitrary<WindowGrid> grids() {
    return Windows.grids(10, 4);
  }

  /** 3x3, stride 1, whole vectors of channels. */
  @Provide
  Arbitrary<WindowGrid> fastGrids() {
    return Windows.sizes(1, 14).map(size -> WindowGrid.of(Window.same(3), size[0], size[1]));
  }

  private static Convolution make(Conv2dShape shape, int batch, Convolution.Algorithm algorithm) {
    return new Convolution(
        shape, batch, algorithm, Epilogue.NONE, new Workspace(WorkerTeam.single()));
  }

  private static double inner(float[] a, int aOff, float[] b, int bOff, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += (double) a[aOff + i] * b[bOff + i];
    }
    return sum;
  }

  /** One image or batch, its weights and gradients, all without offsets. */
  private record Operands(Conv2dShape shape, int batch, float[] x, float[] weight, float[] dy) {
    static Operands draw(Conv2dShape shape, int batch, Values values, long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      float[] x = values.array(batch * shape.inputSize(), random);
      float[] weight = values.array(shape.weightSize(), random);
      return new Operands(
          shape, batch, x, weight, values.array(batch * shape.outputSize(), random));
    }

    Operands withX(float[] other) {
      return new Operands(shape, batch, other, weight, dy);
    }

    Operands withDy(float[] other) {
      return new Operands(shape, batch, x, weight, other);
    }

    float[] y(Convolution convolution) {
      float[] y = Guards.array(batch * shape.outputSize());
      convolution.forward(batch, Floats.of(x), Floats.of(weight), null, Floats.of(y));
      return y;
    }

    float[] dx(Convolution convolution) {
      float[] dx = Guards.array(batch * shape.inputSize());
      convolution.backwardData(batch, Floats.of(dy), Floats.of(weight), null, Floats.of(dx));
      return dx;
    }

    /** As many backward passes, each of which adds to what there is. */
    float[] dWeight(Convolution convolution, int times) {
      float[] dWeight = new float[shape.weightSize()];
      for (int i = 0; i < times; i++) {
        convolution.backwardWeights(batch, Floats.of(x), Floats.of(dy), Floats.of(dWeight), null);
      }
      return dWeight;
    }
  }

  /** {@code <conv(x), dy> = <x, dx> = <weight, dWeight>}. */
  @Property
  void bothBackwardPassesAreAdjoints(
      @ForAll("grids") WindowGrid grid,
      @ForAll @IntRange(min = 1, max = 9) int channels,
      @ForAll @IntRange(min = 1, max = 20) int outChannels,
      @ForAll long seed) {
    Conv2dShape shape = new Conv2dShape(grid, channels, outChannels);
    Operands o = Operands.draw(shape, 2, Values.INTEGERS, seed);
    Convolution direct = make(shape, 2, Convolution.Algorithm.DIRECT);
    double product = inner(o.y(direct), 0, o.dy, 0, o.dy.length);
    assertEquals(product, inner(o.x, 0, o.dx(direct), 0, o.x.length), shape::toString);
    float[] dWeight = o.dWeight(direct, 1);
    assertEquals(product, inner(o.weight, 0, dWeight, 0, dWeight.length), shape::toString);
  }

  /** Of Winograd's passes that of the weights is not exact, but near enough to be rounded. */
  @Property(tries = 60)
  void thoseOfTheFastestAlgorithmToo(@ForAll("fastGrids") WindowGrid grid, @ForAll long seed) {
    Conv2dShape shape = new Conv2dShape(grid, 16, 32);
    ConvolutionCase c = ConvolutionCase.exactForWinograd(shape, 2, false, seed);
    ConvolutionCase.Passes passes = c.run(make(shape, 2, Convolution.Algorithm.AUTO));
    double product = inner(passes.y(), 5, c.dy, 5, 2 * shape.outputSize());
    assertEquals(product, inner(c.x, 3, passes.dx(), 3, 2 * shape.inputSize()), shape::toString);
    float[] dWeight = passes.withWholeWeights().dWeight();
    double before = inner(c.weight, 1, c.dWeight, 1, shape.weightSize());
    double after = inner(c.weight, 1, dWeight, 1, shape.weightSize());
    assertEquals(product, after - before, shape::toString);
  }

  /** {@code conv(a * x1 + x2) = a * conv(x1) + conv(x2)}, and so the passes backward. */
  @Property
  void everyPassIsLinear(
      @ForAll("grids") WindowGrid grid,
      @ForAll @IntRange(min = 1, max = 20) int channels,
      @ForAll @IntRange(min = 1, max = 36) int outChannels,
      @ForAll @IntRange(min = -3, max = 3) int a,
      @ForAll long seed) {
    Conv2dShape shape = new Conv2dShape(grid, channels, outChannels);
    Operands first = Operands.draw(shape, 2, Values.INTEGERS, seed);
    Operands drawn = Operands.draw(shape, 2, Values.INTEGERS, ~seed);
    Operands second = new Operands(shape, 2, drawn.x, first.weight, drawn.dy);
    Operands both =
        first.withX(combined(a, first.x, second.x)).withDy(combined(a, first.dy, second.dy));
    Convolution direct = make(shape, 2, Convolution.Algorithm.DIRECT);
    Guards.assertSame(combined(a, first.y(direct), second.y(direct)), both.y(direct), "y");
    Guards.assertSame(combined(a, first.dx(direct), second.dx(direct)), both.dx(direct), "dx");
    // The gradient of the weights is linear in dy for the same x.
    float[] one = first.dWeight(direct, 1);
    float[] other = first.withDy(second.dy).dWeight(direct, 1);
    Guards.assertSame(combined(a, one, other), first.withDy(both.dy).dWeight(direct, 1), "dWeight");
  }

  private static float[] combined(int a, float[] x, float[] y) {
    float[] sum = new float[x.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = a * x[i] + y[i] + 0f; // not -0.0
    }
    return sum;
  }

  /** Moving what is in an image moves what comes out, to the last bit, away from the borders. */
  @Property
  void aMovedImageGivesAMovedResult(
      @ForAll @IntRange(max = 4) int down,
      @ForAll @IntRange(max = 4) int right,
      @ForAll @IntRange(min = 1, max = 20) int channels,
      @ForAll @IntRange(min = 1, max = 20) int outChannels,
      @ForAll long seed) {
    Conv2dShape shape =
        new Conv2dShape(WindowGrid.of(Window.same(3), 13, 12), channels, outChannels);
    assertMoves(shape, down, right, Convolution.Algorithm.DIRECT, seed);
  }

  /** By Winograd, whose tiles are 4x4, where whole tiles are moved. */
  @Property(tries = 60)
  void theFastestAlgorithmMovesWholeTiles(
      @ForAll @IntRange(max = 1) int down,
      @ForAll @IntRange(max = 1) int right,
      @ForAll long seed) {
    Conv2dShape shape = new Conv2dShape(WindowGrid.of(Window.same(3), 13, 12), 16, 32);
    assertMoves(shape, 4 * down, 4 * right, Convolution.Algorithm.AUTO, seed);
  }

  private static void assertMoves(
      Conv2dShape shape, int down, int right, Convolution.Algorithm algorithm, long seed) {
    Operands o = Operands.draw(shape, 1, Values.REALS, seed);
    Convolution convolution = make(shape, 1, algorithm);
    // A patch of 4x4 at (2, 2), zeros around it: neither 3x3 windows nor the tiles of Winograd
    // see any of it outside the first 8x8 pixels.
    float[] x = new float[o.x.length];
    float[] moved = new float[o.x.length];
    copyPatch(o.x, 2, 2, x, 2, 2, 4, shape.inChannels());
    copyPatch(o.x, 2, 2, moved, 2 + down, 2 + right, 4, shape.inChannels());
    float[] y = o.withX(x).y(convolution);
    float[] expected = new float[y.length];
    copyPatch(y, 0, 0, expected, down, right, 8, shape.outChannels());
    float[] actual = o.withX(moved).y(convolution);
    for (int i = 0; i < actual.length; i++) {
      actual[i] += 0f; // not -0.0
      expected[i] += 0f;
    }
    Guards.assertSame(expected, actual, "moved by " + down + ", " + right);
  }

  /** Copies a square of pixels from one image of 12 columns to another. */
  private static void copyPatch(
      float[] from, int row, int column, float[] to, int toRow, int toColumn, int side, int depth) {
    for (int i = 0; i < side; i++) {
      int source = ((row + i) * 12 + column) * depth;
      int target = ((toRow + i) * 12 + toColumn) * depth;
      System.arraycopy(from, source, to, target, side * depth);
    }
  }

  /** Images in another order give their results in that order. */
  @Property(tries = 100)
  void permutingABatchPermutesTheResults(
      @ForAll("grids") WindowGrid grid,
      @ForAll @IntRange(min = 1, max = 20) int channels,
      @ForAll @IntRange(min = 1, max = 36) int outChannels,
      @ForAll long seed) {
    Conv2dShape shape = new Conv2dShape(grid, channels, outChannels);
    assertPermutes(shape, Convolution.Algorithm.DIRECT, seed);
    Conv2dShape fast =
        new Conv2dShape(WindowGrid.of(Window.same(3), grid.inputH(), grid.inputW()), 16, 16);
    assertPermutes(fast, Convolution.Algorithm.AUTO, seed);
  }

  private static void assertPermutes(
      Conv2dShape shape, Convolution.Algorithm algorithm, long seed) {
    int[] order = {2, 0, 3, 1};
    Convolution convolution = make(shape, 4, algorithm);
    Operands o = Operands.draw(shape, 4, Values.REALS, seed);
    Operands permuted = o.withX(permuted(o.x, order)).withDy(permuted(o.dy, order));
    Guards.assertSame(permuted(o.y(convolution), order), permuted.y(convolution), "y");
    Guards.assertSame(permuted(o.dx(convolution), order), permuted.dx(convolution), "dx");
  }

  private static float[] permuted(float[] images, int[] order) {
    int size = images.length / order.length;
    float[] result = new float[images.length];
    for (int i = 0; i < order.length; i++) {
      System.arraycopy(images, order[i] * size, result, i * size, size);
    }
    return result;
  }

  /** Two backward passes without a reset between them double the gradient. */
  @Property
  void gradientsAddUp(
      @ForAll("grids") WindowGrid grid,
      @ForAll @IntRange(min = 1, max = 20) int channels,
      @ForAll @IntRange(min = 1, max = 36) int outChannels,
      @ForAll long seed) {
    Conv2dShape shape = new Conv2dShape(grid, channels, outChannels);
    Operands o = Operands.draw(shape, 2, Values.INTEGERS, seed);
    Convolution direct = make(shape, 2, Convolution.Algorithm.DIRECT);
    float[] once = o.dWeight(direct, 1);
    Guards.assertSame(combined(1, once, once), o.dWeight(direct, 2), "direct, twice");
    Conv2dShape fastShape = new Conv2dShape(WindowGrid.of(Window.same(3), 6, 7), 16, 16);
    Operands fast = Operands.draw(fastShape, 2, Values.REALS, seed);
    Convolution winograd = make(fastShape, 2, Convolution.Algorithm.AUTO);
    float[] half = fast.dWeight(winograd, 1); // doubling is exact
    Guards.assertSame(combined(1, half, half), fast.dWeight(winograd, 2), "Winograd, twice");
  }
}
