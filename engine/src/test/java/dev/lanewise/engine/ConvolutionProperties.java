// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import static dev.lanewise.engine.testing.Refusals.assertRefused;
import static dev.lanewise.engine.testing.Views.at;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.ChannelScale;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
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

/** The three passes of a convolution against their definition. */
final class ConvolutionProperties {
  @Provide
  Arbitrary<WindowGrid> grids() {
    return Windows.grids(10, 4);
  }

  private static Convolution direct(Conv2dShape shape, int maxBatch, WorkerTeam team) {
    return new Convolution(
        shape, maxBatch, Convolution.Algorithm.DIRECT, Epilogue.NONE, new Workspace(team));
  }

  @Tag("exact")
  @Property
  void integersAreExact(
      @ForAll("grids") WindowGrid grid,
      @ForAll @IntRange(min = 1, max = 20) int channels,
      @ForAll @IntRange(min = 1, max = 36) int outChannels,
      @ForAll @IntRange(max = 3) int batch,
      @ForAll boolean withBias,
      @ForAll Team threads,
      @ForAll long seed) {
    Conv2dShape shape = new Conv2dShape(grid, channels, outChannels);
    ConvolutionCase c = new ConvolutionCase(shape, batch, withBias, Values.INTEGERS, seed);
    try (WorkerTeam team = threads.start()) {
      c.exact().assertSame(c.run(direct(shape, 3, team)), c.toString());
    }
  }

  /** Rows long enough to be views of the image, and filters that fill vectors. */
  @Tag("exact")
  @Property(tries = 40)
  void wideImagesAreExact(
      @ForAll("grids") WindowGrid grid,
      @ForAll @IntRange(min = 14, max = 22) int wider,
      @ForAll @IntRange(min = 5, max = 20) int channels,
      @ForAll @IntRange(min = 2, max = 4) int vectors,
      @ForAll @IntRange(max = 2) int batch,
      @ForAll Team threads,
      @ForAll long seed) {
    WindowGrid wide = WindowGrid.of(grid.window(), grid.inputH(), grid.inputW() + wider);
    Conv2dShape shape = new Conv2dShape(wide, channels, 16 * vectors);
    ConvolutionCase c = new ConvolutionCase(shape, batch, true, Values.INTEGERS, seed);
    try (WorkerTeam team = threads.start()) {
      c.exact().assertSame(c.run(direct(shape, 3, team)), c.toString());
    }
  }

  @Tag("exact")
  @Example
  void everySmallWindowIsExact() {
    SplittableRandom random = new SplittableRandom(15);
    List<WindowGrid> grids = Windows.everySmallOne();
    try (WorkerTeam team = new WorkerTeam(2)) {
      for (int i = 0; i < grids.size(); i++) {
        Conv2dShape shape =
            new Conv2dShape(grids.get(i), 1 + random.nextInt(9), 1 + random.nextInt(18));
        ConvolutionCase c =
            new ConvolutionCase(shape, i % 4, i % 3 > 0, Values.INTEGERS, random.nextLong());
        c.exact().assertSame(c.run(direct(shape, 3, team)), c.toString());
      }
    }
  }

  @Property(tries = 60)
  void realsStayWithinTheSummationBound(
      @ForAll("grids") WindowGrid grid,
      @ForAll @IntRange(min = 1, max = 20) int channels,
      @ForAll @IntRange(min = 1, max = 36) int outChannels,
      @ForAll @IntRange(min = 1, max = 3) int batch,
      @ForAll boolean withBias,
      @ForAll long seed) {
    Conv2dShape shape = new Conv2dShape(grid, channels, outChannels);
    ConvolutionCase c = new ConvolutionCase(shape, batch, withBias, Values.REALS, seed);
    c.assertWithinBound(c.run(direct(shape, 3, WorkerTeam.single())));
  }

  /**
   * AUTO may use an algorithm with other roundings, for 3x3 and whole vectors of channels; its
   * bound is wider, but a bound, and threads do not change a bit there either.
   */
  @Tag("slow")
  @Property(tries = 60)
  void theFastestAlgorithmIsAccurateToo(
      @ForAll @IntRange(min = 1, max = 14) int height,
      @ForAll @IntRange(min = 1, max = 14) int width,
      @ForAll boolean same,
      @ForAll @IntRange(min = 1, max = 2) int channelVectors,
      @ForAll @IntRange(min = 1, max = 3) int outChannelVectors,
      @ForAll @IntRange(max = 3) int batch,
      @ForAll boolean withBias,
      @ForAll long seed) {
    Window window = same ? Window.same(3) : Window.valid(3).padding(1, 2, 0, 2);
    Conv2dShape shape =
        new Conv2dShape(
            WindowGrid.of(window, height, width), 16 * channelVectors, 16 * outChannelVectors);
    ConvolutionCase c = new ConvolutionCase(shape, batch, withBias, Values.REALS, seed);
    ConvolutionCase.Passes first = null;
    for (Team threads : Team.values()) {
      try (WorkerTeam team = threads.start()) {
        Convolution auto =
            new Convolution(
                shape, 3, Convolution.Algorithm.AUTO, Epilogue.NONE, new Workspace(team));
        ConvolutionCase.Passes passes = c.run(auto);
        if (first == null) {
          first = passes;
          c.assertWithinWinogradBound(passes);
        }
        first.assertSame(passes, threads + " threads, " + c);
      }
    }
  }

  @Property(tries = 100)
  void rectifiedPassesAreThePassesAndThenTheRectifier(
      @ForAll("grids") WindowGrid grid,
      @ForAll @IntRange(min = 1, max = 20) int channels,
      @ForAll @IntRange(min = 1, max = 36) int outChannels,
      @ForAll @IntRange(max = 3) int batch,
      @ForAll Team threads,
      @ForAll long seed) {
    Conv2dShape shape = new Conv2dShape(grid, channels, outChannels);
    Conv2dShape fast =
        new Conv2dShape(WindowGrid.of(Window.same(3), grid.inputH(), grid.inputW()), 16, 32);
    Convolution.Algorithm direct = Convolution.Algorithm.DIRECT;
    Convolution.Algorithm auto = Convolution.Algorithm.AUTO;
    try (WorkerTeam team = threads.start()) {
      new ConvolutionCase(shape, batch, true, Values.SPECIAL, seed)
          .assertRectified(direct(shape, 3, team), rectifying(shape, direct, team));
      new ConvolutionCase(fast, batch, true, Values.REALS, seed)
          .assertRectified(
              new Convolution(fast, 3, auto, Epilogue.NONE, new Workspace(team)),
              rectifying(fast, auto, team));
    }
  }

  /** Whatever way the shape takes. */
  @Property(tries = 100)
  void scaledPassesAreThePassesAndThenTheScale(
      @ForAll("grids") WindowGrid grid,
      @ForAll @IntRange(min = 1, max = 20) int channels,
      @ForAll @IntRange(min = 1, max = 36) int outChannels,
      @ForAll @IntRange(max = 3) int batch,
      @ForAll Epilogue epilogue,
      @ForAll Team threads,
      @ForAll long seed) {
    Conv2dShape fast =
        new Conv2dShape(WindowGrid.of(Window.same(3), grid.inputH(), grid.inputW()), 16, 32);
    try (WorkerTeam team = threads.start()) {
      Conv2dShape any = new Conv2dShape(grid, channels, outChannels);
      Conv2dShape groups = new Conv2dShape(grid, 3 * channels, 3 * outChannels, 3);
      Conv2dShape depthwise = new Conv2dShape(grid, channels, channels, channels);
      for (Conv2dShape shape : List.of(any, fast, groups, depthwise)) {
        assertScaled(shape, batch, epilogue, team, new SplittableRandom(seed));
      }
    }
  }

  private static void assertScaled(
      Conv2dShape shape, int batch, Epilogue epilogue, WorkerTeam team, SplittableRandom random) {
    ChannelScale scale = new ChannelScale(shape.outChannels());
    for (int c = 0; c < shape.outChannels(); c++) {
      scale.set(c, random.nextDouble(), random.nextDouble() - 0.5, random.nextDouble());
    }
    Floats x = Floats.of(Values.REALS.array(batch * shape.inputSize(), random));
    Floats w = Floats.of(Values.REALS.array(shape.weightSize(), random));
    Floats bias = Floats.of(Values.REALS.array(shape.outChannels(), random));
    float[] expected = new float[batch * shape.outputSize()];
    Convolution.Algorithm auto = Convolution.Algorithm.AUTO;
    new Convolution(shape, 3, auto, Epilogue.NONE, new Workspace(team))
        .forward(batch, x, w, bias, Floats.of(expected));
    int pixels = batch * shape.grid().outputPixels();
    new Normalization(shape.outChannels(), team)
        .scale(0, pixels, scale, epilogue, Floats.of(expected), Floats.of(expected));
    float[] y = new float[expected.length];
    Convolution scaling = new Convolution(shape, 3, auto, epilogue, scale, new Workspace(team));
    scaling.forward(batch, x, w, bias, Floats.of(y));
    Guards.assertSame(expected, y, shape + ", " + epilogue);
    if (batch > 0) {
      float[] slice = new float[shape.outputSize()];
      ConvolutionSlice part = scaling.slice(1, new Workspace(WorkerTeam.single()));
      scaling.prepareForward(w);
      part.forward(1, x, bias, Floats.of(slice));
      Guards.assertSame(Arrays.copyOf(expected, slice.length), slice, "slice of " + shape);
    }
  }

  @Example
  void aScaleIsForTheChannelsOfTheOutput() {
    Conv2dShape shape = new Conv2dShape(WindowGrid.of(Window.same(3), 4, 4), 1, 2);
    assertRefused(
        "for 3 channels, but the output has 2",
        () ->
            new Convolution(
                shape,
                1,
                Convolution.Algorithm.AUTO,
                Epilogue.NONE,
                new ChannelScale(3),
                new Workspace(WorkerTeam.single())));
  }

  private static Convolution rectifying(
      Conv2dShape shape, Convolution.Algorithm algorithm, WorkerTeam team) {
    return new Convolution(shape, 3, algorithm, Epilogue.RELU, new Workspace(team));
  }

  @Property(tries = 40)
  void threadsDoNotChangeABit(
      @ForAll("grids") WindowGrid grid,
      @ForAll @IntRange(min = 1, max = 20) int channels,
      @ForAll @IntRange(min = 1, max = 36) int outChannels,
      @ForAll @IntRange(min = 1, max = 3) int batch,
      @ForAll long seed) {
    Conv2dShape shape = new Conv2dShape(grid, channels, outChannels);
    assertThreadsDoNotChangeABit(new ConvolutionCase(shape, batch, true, Values.SPECIAL, seed));
  }

  private static ConvolutionCase.Passes assertThreadsDoNotChangeABit(ConvolutionCase c) {
    ConvolutionCase.Passes first = c.run(direct(c.shape, c.batch, WorkerTeam.single()));
    for (Team threads : Team.values()) {
      try (WorkerTeam team = threads.start()) {
        first.assertSame(c.run(direct(c.shape, c.batch, team)), threads + " threads, " + c);
      }
    }
    return first;
  }

  /** Images and weights so large that bands and slabs are cut: the limits are 64 Ki and 128 Ki. */
  @Tag("slow")
  @Example
  void largeImagesAreCutIntoBands() {
    Window[] windows = {
      Window.same(3),
      Window.same(5).stride(2),
      Window.valid(3).dilation(2, 2),
      Window.valid(3).stride(1, 2).padding(4, 1, 0, 3),
      Window.valid(2, 3).padding(5, 0, 3, 2), // padding beyond the kernel's reach
    };
    SplittableRandom seeds = new SplittableRandom(11);
    for (Window window : windows) {
      // 33 channels: views of the image and large weights; 1 channel: columns and small ones.
      for (int channels : new int[] {1, 33}) {
        int side = channels == 1 ? 190 : 90;
        Conv2dShape shape = new Conv2dShape(WindowGrid.of(window, side, side + 3), channels, 4);
        ConvolutionCase c = new ConvolutionCase(shape, 2, true, Values.INTEGERS, seeds.nextLong());
        c.exact().assertSame(assertThreadsDoNotChangeABit(c), c.toString());
      }
    }
  }

  /**
   * More slabs than are written at a time: 3 images of 5 slabs each, two for each thread. Of dy as
   * it is, and in panels where the back end has them.
   */
  @Tag("slow")
  @Example
  void batchesOfManySlabs() {
    for (int outChannels : new int[] {5, 32}) {
      Conv2dShape shape = new Conv2dShape(WindowGrid.of(Window.same(3), 64, 64), 40, outChannels);
      ConvolutionCase c = new ConvolutionCase(shape, 3, true, Values.INTEGERS, 12);
      c.exact().assertSame(assertThreadsDoNotChangeABit(c), c.toString());
    }
  }

  /**
   * Winograd with two tasks per image forward and two slabs of images backward, which two threads
   * take in another way than three; NaN and infinities of a larger batch before must not show.
   */
  @Example
  void fastConvolutionsAreCutToo() {
    Conv2dShape shape = new Conv2dShape(WindowGrid.of(Window.same(3), 40, 41), 16, 32);
    ConvolutionCase poison = new ConvolutionCase(shape, 4, true, Values.SPECIAL, 13);
    ConvolutionCase c = new ConvolutionCase(shape, 3, true, Values.REALS, 14);
    ConvolutionCase.Passes first = null;
    for (Team threads : Team.values()) {
      try (WorkerTeam team = threads.start()) {
        Convolution auto =
            new Convolution(
                shape, 4, Convolution.Algorithm.AUTO, Epilogue.NONE, new Workspace(team));
        poison.run(auto);
        ConvolutionCase.Passes passes = c.run(auto);
        if (first == null) {
          first = passes;
          c.assertWithinWinogradBound(passes);
        }
        first.assertSame(passes, threads + " threads, " + c);
      }
    }
  }

  /** Transformed weights of more than a mebibyte, which two threads share, too. */
  @Example
  void fastConvolutionsOfManyChannels() {
    Conv2dShape shape = new Conv2dShape(WindowGrid.of(Window.same(3), 6, 5), 96, 96);
    ConvolutionCase c = new ConvolutionCase(shape, 3, true, Values.REALS, 15);
    ConvolutionCase.Passes first = null;
    for (Team threads : Team.values()) {
      try (WorkerTeam team = threads.start()) {
        ConvolutionCase.Passes passes =
            c.run(
                new Convolution(
                    shape, 3, Convolution.Algorithm.AUTO, Epilogue.NONE, new Workspace(team)));
        if (first == null) {
          first = passes;
          c.assertWithinWinogradBound(passes);
        }
        first.assertSame(passes, threads + " threads, " + c);
      }
    }
  }

  @Property(tries = 30)
  void anInstanceServesBatchesOfAnySize(
      @ForAll("grids") WindowGrid grid,
      @ForAll @IntRange(min = 1, max = 20) int channels,
      @ForAll @IntRange(min = 1, max = 20) int outChannels,
      @ForAll long seed) {
    Conv2dShape shape = new Conv2dShape(grid, channels, outChannels);
    SplittableRandom random = new SplittableRandom(seed);
    try (WorkerTeam team = new WorkerTeam(2)) {
      Convolution convolution = direct(shape, 5, team);
      for (int round = 0; round < 5; round++) {
        // NaN and infinities of one call must not show in the next.
        long poison = random.nextLong();
        new ConvolutionCase(shape, random.nextInt(6), true, Values.SPECIAL, poison)
            .run(convolution);
        ConvolutionCase c =
            new ConvolutionCase(
                shape, random.nextInt(6), random.nextBoolean(), Values.INTEGERS, random.nextLong());
        c.exact().assertSame(c.run(convolution), c.toString());
      }
    }
  }

  @Example
  void argumentsAreCheckedBeforeAnythingIsWritten() {
    Conv2dShape shape = new Conv2dShape(WindowGrid.of(Window.valid(2), 3, 3), 2, 3);
    WorkerTeam team = WorkerTeam.single();
    Convolution conv = direct(shape, 2, team);
    float[] x = new float[36]; // [2, 3, 3, 2]
    float[] w = new float[24]; // [2, 2, 2, 3]
    float[] b = new float[3];
    float[] y = Guards.array(24); // [2, 2, 2, 3]
    assertRefused("maxBatch", () -> direct(shape, 0, team));
    assertRefused("input is too large", () -> direct(shape, 200_000_000, team));
    assertRefused(
        "batch", () -> conv.forward(3, Floats.of(x), Floats.of(w), Floats.of(b), Floats.of(y)));
    assertRefused(
        "batch", () -> conv.forward(-1, Floats.of(x), Floats.of(w), Floats.of(b), Floats.of(y)));
    assertRefused(
        "x needs", () -> conv.forward(2, at(x, 1), Floats.of(w), Floats.of(b), Floats.of(y)));
    assertRefused(
        "weight needs", () -> conv.forward(2, Floats.of(x), at(w, 1), Floats.of(b), Floats.of(y)));
    assertRefused(
        "bias needs", () -> conv.forward(2, Floats.of(x), Floats.of(w), at(b, 1), Floats.of(y)));
    assertRefused(
        "y needs", () -> conv.forward(2, Floats.of(x), Floats.of(w), Floats.of(b), at(y, 1)));
    assertRefused(
        "overlaps x", () -> conv.forward(1, Floats.of(x), Floats.of(w), Floats.of(b), at(x, 17)));
    assertRefused(
        "overlaps weight",
        () -> conv.forward(1, Floats.of(x), Floats.of(w), Floats.of(b), at(w, 12)));
    float[] big = new float[100];
    assertRefused(
        "overlaps bias",
        () -> conv.forward(1, Floats.of(x), Floats.of(w), at(big, 11), Floats.of(big)));
    assertRefused(
        "batch", () -> conv.backwardData(3, Floats.of(y), Floats.of(w), null, Floats.of(x)));
    assertRefused(
        "dy needs", () -> conv.backwardData(2, at(y, 1), Floats.of(w), null, Floats.of(x)));
    assertRefused(
        "weight needs", () -> conv.backwardData(2, Floats.of(y), at(w, 1), null, Floats.of(x)));
    assertRefused(
        "dx needs", () -> conv.backwardData(2, Floats.of(y), Floats.of(w), null, at(x, 1)));
    assertRefused(
        "overlaps dy", () -> conv.backwardData(1, Floats.of(big), Floats.of(w), null, at(big, 11)));
    assertRefused(
        "overlaps weight",
        () -> conv.backwardData(1, Floats.of(y), Floats.of(big), null, at(big, 23)));
    float[] dx = new float[x.length];
    Floats weight = Floats.of(w);
    Floats ofY = Floats.of(y);
    assertRefused("dy needs", () -> conv.backwardData(2, at(y, 1), weight, at(x, 0), at(dx, 0)));
    assertRefused("gate needs", () -> conv.backwardData(2, ofY, weight, at(x, 1), at(dx, 0)));
    assertRefused("overlaps gate", () -> conv.backwardData(1, ofY, weight, at(dx, 17), at(dx, 0)));
    assertRefused("overlaps gate", () -> conv.backwardData(1, ofY, weight, at(dx, 0), at(dx, 17)));
    assertArrayEquals(new float[x.length], dx);
    assertRefused(
        "batch",
        () -> conv.backwardWeights(3, Floats.of(x), Floats.of(y), Floats.of(w), Floats.of(b)));
    assertRefused(
        "x needs",
        () -> conv.backwardWeights(2, at(x, 1), Floats.of(y), Floats.of(w), Floats.of(b)));
    assertRefused(
        "dy needs",
        () -> conv.backwardWeights(2, Floats.of(x), at(y, 1), Floats.of(w), Floats.of(b)));
    assertRefused(
        "dWeight needs",
        () -> conv.backwardWeights(2, Floats.of(x), Floats.of(y), at(w, 1), Floats.of(b)));
    assertRefused(
        "dBias needs",
        () -> conv.backwardWeights(2, Floats.of(x), Floats.of(y), Floats.of(w), at(b, 1)));
    assertRefused(
        "overlaps x",
        () -> conv.backwardWeights(1, Floats.of(big), Floats.of(y), at(big, 17), Floats.of(b)));
    assertRefused(
        "overlaps dy",
        () -> conv.backwardWeights(1, Floats.of(x), Floats.of(big), at(big, 11), Floats.of(b)));
    assertRefused(
        "overlaps x",
        () -> conv.backwardWeights(1, Floats.of(big), Floats.of(y), Floats.of(w), at(big, 17)));
    assertRefused(
        "overlaps dy",
        () -> conv.backwardWeights(1, Floats.of(x), Floats.of(big), Floats.of(w), at(big, 11)));
    assertRefused(
        "overlaps dWeight",
        () -> conv.backwardWeights(1, Floats.of(x), Floats.of(y), Floats.of(big), at(big, 23)));
    Guards.assertSame(Guards.array(24), y, "y");
    for (float[] untouched : new float[][] {x, w, b, big}) {
      Guards.assertSame(new float[untouched.length], untouched, "an operand");
    }
  }

  @Example
  void aClosedTeamIsRefusedAndTheInstanceSurvivesIt() {
    Conv2dShape shape = new Conv2dShape(WindowGrid.of(Window.valid(2), 3, 3), 2, 3);
    WorkerTeam team = new WorkerTeam(2);
    Convolution conv = direct(shape, 2, team);
    team.close();
    float[] y = Guards.array(24);
    org.junit.jupiter.api.Assertions.assertThrows(
        IllegalStateException.class,
        () ->
            conv.forward(
                2, Floats.of(new float[36]), Floats.of(new float[24]), null, Floats.of(y)));
    Guards.assertSame(Guards.array(24), y, "y");
  }

  /**
   * Taps that no window of a row sees the image through, with nothing before or after the image in
   * its array: an empty copy must not even name a place outside.
   */
  @Example
  void tapsThatOnlySeePadding() {
    for (Window window :
        new Window[] {
          Window.same(5), Window.same(7), Window.valid(3).dilation(1, 4).padding(0, 0, 0, 9)
        }) {
      Conv2dShape shape = new Conv2dShape(WindowGrid.of(window, 3, 1), 1, 1);
      float[] x = {1, 2, 3};
      float[] dy = new float[shape.outputSize()];
      Arrays.fill(dy, 1f);
      float[] weight = new float[shape.weightSize()];
      Arrays.fill(weight, 1f);
      float[] y = new float[shape.outputSize()];
      float[] dWeight = new float[shape.weightSize()];
      Convolution conv = direct(shape, 1, WorkerTeam.single());
      conv.forward(1, Floats.of(x), Floats.of(weight), null, Floats.of(y));
      conv.backwardWeights(1, Floats.of(x), Floats.of(dy), Floats.of(dWeight), null);
      float[] weighted = new float[shape.weightSize()];
      for (int i = 0; i < weighted.length; i++) {
        weighted[i] = weight[i] * dWeight[i];
      }
      // <y, dy> = <weight, dWeight>, in integers.
      assertEquals(sum(y), sum(weighted), () -> window.toString());
      assertTrue(sum(y) > 0, () -> window.toString());
    }
  }

  private static double sum(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum;
  }

  @Example
  void anEmptyBatchLeavesEverythingAsItWas() {
    Conv2dShape shape = new Conv2dShape(WindowGrid.of(Window.same(3), 5, 5), 20, 30);
    ConvolutionCase c = new ConvolutionCase(shape, 0, true, Values.REALS, 1);
    ConvolutionCase.Passes passes = c.run(direct(shape, 2, WorkerTeam.single()));
    Guards.assertSame(Guards.array(passes.y().length), passes.y(), "y");
    Guards.assertSame(Guards.array(passes.dx().length), passes.dx(), "dx");
    assertEquals(Arrays.hashCode(c.dWeight), Arrays.hashCode(passes.dWeight()));
    assertEquals(Arrays.hashCode(c.dBias), Arrays.hashCode(passes.dBias()));
  }
}
