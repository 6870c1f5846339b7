// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import static dev.lanewise.engine.testing.Refusals.assertRefused;
import static dev.lanewise.engine.testing.Views.at;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import dev.lanewise.engine.testing.Bound;
import dev.lanewise.engine.testing.Guards;
import dev.lanewise.engine.testing.Values;
import dev.lanewise.engine.testing.Windows;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

final class Im2colProperties {
  private static final int X = 2;
  private static final int COLUMNS = 3;

  @Provide
  Arbitrary<WindowGrid> grids() {
    return Windows.grids(9, 4);
  }

  private static int columns(WindowGrid grid, int channels) {
    return grid.outputPixels() * grid.window().kernelH() * grid.window().kernelW() * channels;
  }

  @Tag("exact")
  @Property
  void eachRowIsTheWindowOfItsPixel(
      @ForAll("grids") WindowGrid grid,
      @ForAll @IntRange(min = 1, max = 20) int channels,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] x = Values.SPECIAL.guarded(X, grid.inputPixels() * channels, 3, random);
    float[] expected = Guards.array(COLUMNS + columns(grid, channels) + 4);
    int at = COLUMNS;
    for (int oy = 0; oy < grid.outputH(); oy++) {
      for (int ox = 0; ox < grid.outputW(); ox++) {
        for (int ky = 0; ky < grid.window().kernelH(); ky++) {
          for (int kx = 0; kx < grid.window().kernelW(); kx++) {
            int pixel = Windows.pixel(grid, oy, ox, ky, kx);
            for (int c = 0; c < channels; c++, at++) {
              expected[at] = pixel < 0 ? 0f : x[X + pixel * channels + c];
            }
          }
        }
      }
    }
    float[] actual = Guards.array(expected.length);
    Im2col.im2col(grid, channels, at(x, X), at(actual, COLUMNS));
    Guards.assertSame(expected, actual, grid.toString());
  }

  /** {@code <im2col(x), y> = <x, col2im(y)>} for every x and y, which defines col2im. */
  @Property
  void theyAreAdjoint(
      @ForAll("grids") WindowGrid grid,
      @ForAll @IntRange(min = 1, max = 20) int channels,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int size = grid.inputPixels() * channels;
    int matrix = columns(grid, channels);
    float[] x = Values.INTEGERS.guarded(X, size, 3, random);
    float[] y = Values.INTEGERS.guarded(COLUMNS, matrix, 3, random);
    float[] columnsOfX = Guards.array(COLUMNS + matrix);
    float[] imageOfY = Guards.array(X + size + 4);
    Im2col.im2col(grid, channels, at(x, X), at(columnsOfX, COLUMNS));
    Im2col.col2im(grid, channels, at(y, COLUMNS), at(imageOfY, X));
    double left = 0;
    for (int i = COLUMNS; i < COLUMNS + matrix; i++) {
      left += (double) columnsOfX[i] * y[i];
    }
    double right = 0;
    for (int i = X; i < X + size; i++) {
      right += (double) x[i] * imageOfY[i];
    }
    assertEquals(left, right, () -> grid.toString());
    for (int i = 0; i < 4; i++) {
      assertEquals(
          Float.floatToRawIntBits(Guards.GUARD),
          Float.floatToRawIntBits(imageOfY[X + size + i]),
          "guard");
    }
  }

  /** Windows in row-major order, each pixel's values added in that order. */
  @Tag("exact")
  @Property
  void col2imAddsInOrder(
      @ForAll("grids") WindowGrid grid,
      @ForAll @IntRange(min = 1, max = 4) int channels,
      @ForAll long seed) {
    float[] y = Values.SPECIAL.array(columns(grid, channels), new SplittableRandom(seed));
    float[] expected = new float[grid.inputPixels() * channels];
    int at = 0;
    for (int o = 0; o < grid.outputPixels(); o++) {
      for (int k = 0; k < grid.window().kernelH() * grid.window().kernelW(); k++) {
        int kw = grid.window().kernelW();
        int pixel = Windows.pixel(grid, o / grid.outputW(), o % grid.outputW(), k / kw, k % kw);
        for (int c = 0; c < channels; c++, at++) {
          if (pixel >= 0) {
            expected[pixel * channels + c] += y[at];
          }
        }
      }
    }
    float[] actual = Guards.array(expected.length);
    Im2col.col2im(grid, channels, Floats.of(y), Floats.of(actual));
    Guards.assertSame(expected, actual, grid.toString());
  }

  @Property(tries = 100)
  void col2imOfRealsStaysWithinTheSummationBound(
      @ForAll("grids") WindowGrid grid,
      @ForAll @IntRange(min = 1, max = 4) int channels,
      @ForAll long seed) {
    float[] y = Values.REALS.array(columns(grid, channels), new SplittableRandom(seed));
    int size = grid.inputPixels() * channels;
    double[] exact = new double[size];
    double[] magnitudes = new double[size];
    int[] terms = new int[size];
    int kw = grid.window().kernelW();
    for (int i = 0; i < y.length; i++) {
      int tap = i / channels % (grid.window().kernelH() * kw);
      int o = i / channels / (grid.window().kernelH() * kw);
      int pixel = Windows.pixel(grid, o / grid.outputW(), o % grid.outputW(), tap / kw, tap % kw);
      if (pixel >= 0) {
        int at = pixel * channels + i % channels;
        exact[at] += y[i];
        magnitudes[at] += Math.abs(y[i]);
        terms[at]++;
      }
    }
    float[] x = Guards.array(size);
    Im2col.col2im(grid, channels, Floats.of(y), Floats.of(x));
    for (int i = 0; i < size; i++) {
      Bound.assertWithin(exact[i], magnitudes[i], terms[i], x[i], "element " + i + " of " + grid);
    }
  }

  @Example
  void argumentsAreCheckedBeforeAnythingIsWritten() {
    WindowGrid grid = WindowGrid.of(Window.valid(2), 3, 3);
    float[] x = new float[18];
    float[] columns = Guards.array(32);
    assertRefused("channels", () -> Im2col.im2col(grid, 0, Floats.of(x), Floats.of(columns)));
    assertRefused("x needs", () -> Im2col.im2col(grid, 2, at(x, 1), Floats.of(columns)));
    assertRefused("columns needs", () -> Im2col.im2col(grid, 2, Floats.of(x), at(columns, 1)));
    assertRefused("x needs", () -> Im2col.col2im(grid, 2, Floats.of(columns), at(x, 1)));
    assertRefused("columns needs", () -> Im2col.col2im(grid, 2, at(columns, 1), Floats.of(x)));
    float[] both = new float[50];
    assertRefused("overlaps", () -> Im2col.im2col(grid, 2, at(both, 31), Floats.of(both)));
    assertRefused("overlaps", () -> Im2col.col2im(grid, 2, Floats.of(both), at(both, 31)));
    Im2col.im2col(grid, 2, at(both, 32), Floats.of(both));
    assertRefused(
        "too large", () -> Im2col.im2col(grid, 1 << 28, Floats.of(x), Floats.of(columns)));
    Guards.assertSame(Guards.array(32), columns, "columns");
  }
}
