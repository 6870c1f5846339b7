// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import static dev.lanewise.engine.testing.Refusals.assertRefused;
import static dev.lanewise.engine.testing.Views.at;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lanewise.engine.kernel.Kernels;
import dev.lanewise.engine.reference.ReferenceKernels;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import dev.lanewise.engine.simd.SimdKernels;
import dev.lanewise.engine.testing.Bound;
import dev.lanewise.engine.testing.Guards;
import dev.lanewise.engine.testing.Team;
import dev.lanewise.engine.testing.Values;
import dev.lanewise.engine.testing.Windows;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** Max-pooling, as a kernel and as a facade, against its definition. */
final class MaxPoolProperties {
  private static final Kernels[] BOTH = {SimdKernels.create(), ReferenceKernels.create()};

  @Provide
  Arbitrary<WindowGrid> grids() {
    return Windows.grids(9, 2).filter(MaxPoolProperties::everyWindowHasPixels);
  }

  private static boolean everyWindowHasPixels(WindowGrid grid) {
    for (int oy = 0; oy < grid.outputH(); oy++) {
      for (int ox = 0; ox < grid.outputW(); ox++) {
        if (winner(grid, 1, new float[grid.inputPixels()], 0, oy, ox, 0) < 0) {
          return false;
        }
      }
    }
    return true;
  }

  /** The pixel whose value is the maximum: the last NaN, else the first of the largest. */
  private static int winner(
      WindowGrid grid, int channels, float[] x, int xOff, int oy, int ox, int c) {
    int winner = -1;
    for (int ky = 0; ky < grid.window().kernelH(); ky++) {
      for (int kx = 0; kx < grid.window().kernelW(); kx++) {
        int pixel = Windows.pixel(grid, oy, ox, ky, kx);
        if (pixel < 0) {
          continue;
        }
        float value = x[xOff + pixel * channels + c];
        if (winner < 0 || Float.isNaN(value) || value > x[xOff + winner * channels + c]) {
          winner = pixel;
        }
      }
    }
    return winner;
  }

  @Tag("exact")
  @Property
  void kernels(
      @ForAll("grids") WindowGrid grid,
      @ForAll @IntRange(min = 1, max = 40) int channels,
      @ForAll @IntRange(max = 9) int offset,
      @ForAll Values values,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int in = grid.inputPixels() * channels;
    int out = grid.outputPixels() * channels;
    float[] x = values.guarded(offset, in, 5, random);
    float[] y = Guards.array(offset + out + 3);
    int[] argmax = new int[offset + out + 3];
    Arrays.fill(argmax, -7);
    for (int oy = 0; oy < grid.outputH(); oy++) {
      for (int ox = 0; ox < grid.outputW(); ox++) {
        for (int c = 0; c < channels; c++) {
          int at = offset + (oy * grid.outputW() + ox) * channels + c;
          argmax[at] = winner(grid, channels, x, offset, oy, ox, c);
          y[at] = x[offset + argmax[at] * channels + c];
        }
      }
    }
    float[] dy = values.guarded(offset, out, 5, random);
    float[] dx = Guards.array(offset + in + 3);
    Arrays.fill(dx, offset, offset + in, 0f);
    for (int i = 0; i < out; i++) {
      dx[offset + argmax[offset + i] * channels + i % channels] += dy[offset + i];
    }
    for (Kernels kernels : BOTH) {
      float[] yActual = Guards.array(y.length);
      int[] argmaxActual = new int[argmax.length];
      Arrays.fill(argmaxActual, -7);
      kernels.pooling().maxPool(grid, channels, x, offset, yActual, offset, argmaxActual, offset);
      Guards.assertSame(y, yActual, kernels.description() + " y " + grid);
      assertArrayEquals(argmax, argmaxActual, kernels.description() + " argmax " + grid);
      float[] dxActual = Guards.array(dx.length);
      kernels
          .pooling()
          .maxPoolBackward(grid, channels, dy, offset, argmax, offset, dxActual, offset);
      Guards.assertSame(dx, dxActual, kernels.description() + " dx " + grid);
    }
  }

  /** Where windows overlap, a pixel may win several of them and adds up what they give. */
  @Property
  void gradientsOfRealsStayWithinTheSummationBound(
      @ForAll("grids") WindowGrid grid,
      @ForAll @IntRange(min = 1, max = 40) int channels,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int in = grid.inputPixels() * channels;
    int out = grid.outputPixels() * channels;
    float[] dy = Values.REALS.array(out, random);
    int[] argmax = new int[out];
    BOTH[1]
        .pooling()
        .maxPool(grid, channels, Values.REALS.array(in, random), 0, new float[out], 0, argmax, 0);
    double[] exact = new double[in];
    double[] magnitudes = new double[in];
    int[] terms = new int[in];
    for (int i = 0; i < out; i++) {
      int at = argmax[i] * channels + i % channels;
      exact[at] += dy[i];
      magnitudes[at] += Math.abs(dy[i]);
      terms[at]++;
    }
    for (Kernels kernels : BOTH) {
      float[] dx = Guards.array(in);
      kernels.pooling().maxPoolBackward(grid, channels, dy, 0, argmax, 0, dx, 0);
      for (int i = 0; i < in; i++) {
        String what = kernels.description() + " element " + i + " of " + grid;
        Bound.assertWithin(exact[i], magnitudes[i], terms[i], dx[i], what);
      }
    }
  }

  @Tag("exact")
  @Example
  void everySmallWindow() {
    SplittableRandom random = new SplittableRandom(16);
    for (WindowGrid grid : Windows.everySmallOne()) {
      if (everyWindowHasPixels(grid)) {
        int channels = 1 + random.nextInt(40);
        kernels(grid, channels, random.nextInt(10), Values.INTEGERS, random.nextLong());
      }
    }
  }

  /**
   * Back ends have loops of their own for it, and for channels that fill vectors or half of one;
   * where it covers every pixel, they write no zeros first.
   */
  @Tag("exact")
  @Example
  void theUsualWindow() {
    SplittableRandom random = new SplittableRandom(17);
    Window window = Window.valid(2).stride(2);
    for (int channels = 1; channels <= 40; channels++) {
      for (Values values : Values.values()) {
        kernels(WindowGrid.of(window, 5, 7), channels, channels % 10, values, random.nextLong());
        kernels(WindowGrid.of(window, 4, 6), channels, channels % 10, values, random.nextLong());
      }
    }
  }

  @Tag("exact")
  @Property
  void poolingRectifiedIsTheRectifierAndThenThePooling(
      @ForAll("grids") WindowGrid grid,
      @ForAll @IntRange(min = 1, max = 20) int channels,
      @ForAll @IntRange(max = 3) int batch,
      @ForAll Team threads,
      @ForAll Values values,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int in = batch * grid.inputPixels() * channels;
    int out = batch * grid.outputPixels() * channels;
    float[] x = values.guarded(3, in, 4, random);
    float[] dy = Values.REALS.guarded(2, out, 4, random);
    float[] rectified = x.clone();
    for (int i = 3; i < 3 + in; i++) {
      rectified[i] = Math.max(x[i], 0f);
    }
    try (WorkerTeam team = threads.start()) {
      MaxPooling pooling = new MaxPooling(grid, channels, Epilogue.NONE, team);
      MaxPooling rectifying = new MaxPooling(grid, channels, Epilogue.RELU, team);
      float[] y = Guards.array(5 + out + 2);
      int[] argmax = new int[out];
      pooling.forward(batch, at(rectified, 3), at(y, 5), argmax);
      float[] dx = Guards.array(4 + in + 2);
      pooling.backward(batch, at(dy, 2), argmax, at(dx, 4));
      for (int i = 0; i < in; i++) {
        dx[4 + i] = rectified[3 + i] <= 0f ? 0f : dx[4 + i];
      }
      for (float[] input : List.of(x, rectified)) {
        float[] yActual = Guards.array(y.length);
        rectifying.forward(batch, at(input, 3), at(yActual, 5), argmax);
        Guards.assertSame(y, yActual, "y");
        float[] dxActual = Guards.array(dx.length);
        rectifying.backward(batch, at(dy, 2), argmax, at(dxActual, 4));
        Guards.assertSame(dx, dxActual, "dx");
      }
    }
  }

  @Tag("exact")
  @Example
  void theUsualWindowRectified() {
    Window window = Window.valid(2).stride(2);
    for (int channels : new int[] {4, 8, 16, 20, 32, 48}) {
      for (Values values : Values.values()) {
        poolingRectifiedIsTheRectifierAndThenThePooling(
            WindowGrid.of(window, 4, 6), channels, 2, Team.TWO, values, channels);
      }
    }
  }

  @Example
  void rectifyingIsTheSameInBothBackEnds() {
    SplittableRandom random = new SplittableRandom(6);
    for (int n = 0; n < 70; n++) {
      float[] y = Values.SPECIAL.guarded(2, n, 3, random);
      int[] argmax = random.ints(n + 4, 0, 99).toArray();
      float[] yExpected = y.clone();
      int[] expected = argmax.clone();
      for (int i = 0; i < n; i++) {
        if (y[2 + i] <= 0f) {
          yExpected[2 + i] = 0f;
          expected[1 + i] = MaxPooling.NO_PIXEL;
        }
      }
      for (Kernels kernels : BOTH) {
        float[] yActual = y.clone();
        int[] actual = argmax.clone();
        kernels.pooling().rectifyPooled(n, yActual, 2, actual, 1);
        Guards.assertSame(yExpected, yActual, kernels.description() + " y of " + n);
        assertArrayEquals(expected, actual, kernels.description() + " argmax of " + n);
      }
    }
  }

  @Property(tries = 60)
  void aBatchIsPooledImageByImageByAnyTeam(
      @ForAll("grids") WindowGrid grid,
      @ForAll @IntRange(min = 1, max = 20) int channels,
      @ForAll @IntRange(max = 4) int batch,
      @ForAll Team threads,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int in = grid.inputPixels() * channels;
    int out = grid.outputPixels() * channels;
    float[] x = Values.SPECIAL.guarded(3, batch * in, 4, random);
    float[] dy = Values.REALS.guarded(2, batch * out, 4, random);
    float[] y = Guards.array(5 + batch * out + 2);
    int[] argmax = new int[batch * out];
    float[] dx = Guards.array(4 + batch * in + 2);
    Kernels reference = ReferenceKernels.create();
    for (int n = 0; n < batch; n++) {
      reference.pooling().maxPool(grid, channels, x, 3 + n * in, y, 5 + n * out, argmax, n * out);
      reference
          .pooling()
          .maxPoolBackward(grid, channels, dy, 2 + n * out, argmax, n * out, dx, 4 + n * in);
    }
    try (WorkerTeam team = threads.start()) {
      MaxPooling pooling = new MaxPooling(grid, channels, Epilogue.NONE, team);
      float[] yActual = Guards.array(y.length);
      int[] argmaxActual = new int[argmax.length];
      pooling.forward(batch, at(x, 3), at(yActual, 5), argmaxActual);
      Guards.assertSame(y, yActual, "y");
      assertArrayEquals(argmax, argmaxActual);
      float[] dxActual = Guards.array(dx.length);
      pooling.backward(batch, at(dy, 2), argmaxActual, at(dxActual, 4));
      Guards.assertSame(dx, dxActual, "dx");
    }
  }

  @Example
  void aWindowOfPaddingAloneIsRefused() {
    WindowGrid rows = WindowGrid.of(Window.valid(2).padding(2, 0, 0, 0), 4, 4);
    WindowGrid columns = WindowGrid.of(Window.valid(2).padding(0, 0, 0, 2), 4, 4);
    WorkerTeam team = WorkerTeam.single();
    assertRefused("rows", () -> new MaxPooling(rows, 1, Epilogue.NONE, team));
    assertRefused("columns", () -> new MaxPooling(columns, 1, Epilogue.NONE, team));
    assertRefused(
        "channels",
        () -> new MaxPooling(WindowGrid.of(Window.valid(1), 1, 1), 0, Epilogue.NONE, team));
  }

  @Example
  void argumentsAreCheckedBeforeAnythingIsWritten() {
    MaxPooling pooling =
        new MaxPooling(WindowGrid.of(Window.valid(2), 2, 2), 3, Epilogue.NONE, WorkerTeam.single());
    float[] x = new float[24];
    float[] y = Guards.array(6);
    int[] argmax = new int[6];
    assertRefused("batch", () -> pooling.forward(-1, Floats.of(x), Floats.of(y), argmax));
    assertRefused("x needs", () -> pooling.forward(2, at(x, 1), Floats.of(y), argmax));
    assertRefused("y needs", () -> pooling.forward(2, Floats.of(x), at(y, 1), argmax));
    assertRefused("argmax needs", () -> pooling.forward(2, Floats.of(x), Floats.of(y), new int[5]));
    assertRefused("y (elements", () -> pooling.forward(1, Floats.of(x), at(x, 11), argmax));
    assertRefused("y (elements", () -> pooling.forward(1, at(x, 2), Floats.of(x), argmax));
    assertRefused("dx needs", () -> pooling.backward(2, Floats.of(y), argmax, at(x, 1)));
    assertRefused("dy needs", () -> pooling.backward(2, at(y, 1), argmax, Floats.of(x)));
    assertRefused("dx (elements", () -> pooling.backward(1, Floats.of(x), argmax, at(x, 2)));
    Guards.assertSame(Guards.array(6), y, "y");
    assertArrayEquals(new float[24], x);
    assertArrayEquals(new int[6], argmax);
  }
}
