// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import static dev.lanewise.engine.testing.Refusals.assertRefused;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import dev.lanewise.engine.testing.Team;
import dev.lanewise.engine.testing.Values;
import dev.lanewise.engine.testing.Windows;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** The three passes of a convolution with groups against their definition. */
final class GroupedConvolutionProperties {
  /**
   * How the channels are cut.
   *
   * @param in channels of a group
   * @param out channels of a group
   */
  record Groups(int groups, int in, int out) {
    Conv2dShape over(WindowGrid grid) {
      return new Conv2dShape(grid, groups * in, groups * out, groups);
    }
  }

  @Provide
  Arbitrary<WindowGrid> grids() {
    return Windows.grids(10, 4);
  }

  /** Depthwise ones of every remainder of a channel block, and others. */
  @Provide
  Arbitrary<Groups> groups() {
    Arbitrary<Integer> one = Arbitraries.just(1);
    Arbitrary<Integer> few = Arbitraries.integers().between(1, 5);
    Arbitrary<Integer> many = Arbitraries.integers().between(1, 40);
    return Arbitraries.oneOf(
        Combinators.combine(many, one, one).as(Groups::new),
        Combinators.combine(Arbitraries.integers().between(1, 18), one, few).as(Groups::new),
        Combinators.combine(Arbitraries.integers().between(2, 9), few, few).as(Groups::new),
        Combinators.combine(
                Arbitraries.integers().between(2, 3),
                Arbitraries.integers().between(1, 36),
                Arbitraries.integers().between(1, 36))
            .as(Groups::new));
  }

  private static Convolution convolution(Conv2dShape shape, Epilogue epilogue, WorkerTeam team) {
    return new Convolution(shape, 4, Convolution.Algorithm.DIRECT, epilogue, new Workspace(team));
  }

  @Tag("exact")
  @Property
  void integersAreExact(
      @ForAll("grids") WindowGrid grid,
      @ForAll("groups") Groups groups,
      @ForAll @IntRange(max = 4) int batch,
      @ForAll boolean withBias,
      @ForAll Team threads,
      @ForAll long seed) {
    ConvolutionCase c =
        new ConvolutionCase(groups.over(grid), batch, withBias, Values.INTEGERS, seed);
    try (WorkerTeam team = threads.start()) {
      c.exact().assertSame(c.run(convolution(c.shape, Epilogue.NONE, team)), c.toString());
    }
  }

  @Tag("exact")
  @Example
  void everySmallWindowIsExact() {
    SplittableRandom random = new SplittableRandom(16);
    List<WindowGrid> grids = Windows.everySmallOne();
    try (WorkerTeam team = new WorkerTeam(2)) {
      for (int i = 0; i < grids.size(); i++) {
        int in = i % 2 == 0 ? 1 : 1 + random.nextInt(3);
        int out = i % 4 == 0 ? 1 : 1 + random.nextInt(3);
        Conv2dShape shape = new Groups(2 + random.nextInt(17), in, out).over(grids.get(i));
        ConvolutionCase c =
            new ConvolutionCase(shape, i % 4, i % 3 > 0, Values.INTEGERS, random.nextLong());
        c.exact().assertSame(c.run(convolution(shape, Epilogue.NONE, team)), c.toString());
      }
    }
  }

  /** Larger than a frame, so that there are several bands. */
  @Tag("exact")
  @Example
  void largeImagesAreExact() {
    SplittableRandom random = new SplittableRandom(17);
    Window[] windows = {
      Window.same(3), Window.same(3).stride(2), Window.valid(7, 5).stride(1, 3).dilation(2, 1)
    };
    for (Window window : windows) {
      for (Groups groups : List.of(new Groups(20, 1, 1), new Groups(3, 2, 3))) {
        for (int threads : new int[] {1, 3}) {
          Conv2dShape shape = groups.over(WindowGrid.of(window, 70, 61));
          ConvolutionCase c =
              new ConvolutionCase(shape, 2, true, Values.INTEGERS, random.nextLong());
          try (WorkerTeam team = new WorkerTeam(threads)) {
            c.exact().assertSame(c.run(convolution(shape, Epilogue.NONE, team)), c.toString());
          }
        }
      }
    }
  }

  @Property(tries = 100)
  void realsStayWithinTheSummationBound(
      @ForAll("grids") WindowGrid grid,
      @ForAll("groups") Groups groups,
      @ForAll @IntRange(min = 1, max = 3) int batch,
      @ForAll boolean withBias,
      @ForAll long seed) {
    ConvolutionCase c = new ConvolutionCase(groups.over(grid), batch, withBias, Values.REALS, seed);
    c.assertWithinBound(c.run(convolution(c.shape, Epilogue.NONE, WorkerTeam.single())));
  }

  @Property(tries = 100)
  void rectifiedPassesAreThePassesAndThenTheRectifier(
      @ForAll("grids") WindowGrid grid,
      @ForAll("groups") Groups groups,
      @ForAll @IntRange(max = 3) int batch,
      @ForAll Team threads,
      @ForAll long seed) {
    ConvolutionCase c = new ConvolutionCase(groups.over(grid), batch, true, Values.SPECIAL, seed);
    try (WorkerTeam team = threads.start()) {
      c.assertRectified(
          convolution(c.shape, Epilogue.NONE, team), convolution(c.shape, Epilogue.RELU, team));
    }
  }

  @Property(tries = 60)
  void threadsDoNotChangeABit(
      @ForAll("grids") WindowGrid grid,
      @ForAll("groups") Groups groups,
      @ForAll @IntRange(min = 1, max = 4) int batch,
      @ForAll long seed) {
    ConvolutionCase c = new ConvolutionCase(groups.over(grid), batch, true, Values.SPECIAL, seed);
    ConvolutionCase.Passes first = c.run(convolution(c.shape, Epilogue.NONE, WorkerTeam.single()));
    for (Team threads : Team.values()) {
      try (WorkerTeam team = threads.start()) {
        ConvolutionCase.Passes passes = c.run(convolution(c.shape, Epilogue.NONE, team));
        first.assertSame(passes, threads + " threads, " + c);
      }
    }
  }

  @Example
  void groupsMustDivideTheChannels() {
    WindowGrid grid = WindowGrid.of(Window.same(3), 4, 4);
    assertRefused(
        "3 groups must divide the channels of the input and of the output, but those are 6 and 8",
        () -> new Conv2dShape(grid, 6, 8, 3));
    assertRefused("groups", () -> new Conv2dShape(grid, 6, 8, 0));
    assertRefused("are 8 and 6", () -> new Conv2dShape(grid, 8, 6, 3));
  }
}
