// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import static dev.lanewise.engine.testing.Views.at;

import dev.lanewise.engine.run.BatchParts;
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
import java.util.SplittableRandom;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Slices of a batch, whoever computes them, have the bits of one thread that has all of it. */
final class ConvolutionSlicesProperties {
  @Provide
  Arbitrary<WindowGrid> grids() {
    return Windows.grids(9, 2);
  }

  @Property(tries = 100)
  void direct(
      @ForAll("grids") WindowGrid grid,
      @ForAll @IntRange(min = 1, max = 5) int channels,
      @ForAll @IntRange(min = 1, max = 20) int outChannels,
      @ForAll @IntRange(max = 6) int batch,
      @ForAll @IntRange(min = 1, max = 3) int images,
      @ForAll Epilogue epilogue,
      @ForAll Team threads,
      @ForAll long seed) {
    Conv2dShape shape = new Conv2dShape(grid, channels, outChannels);
    check(shape, Convolution.Algorithm.DIRECT, batch, images, epilogue, threads, seed);
  }

  @Property(tries = 60)
  void winograd(
      @ForAll @IntRange(min = 1, max = 11) int height,
      @ForAll @IntRange(min = 1, max = 11) int width,
      @ForAll @IntRange(max = 6) int batch,
      @ForAll @IntRange(min = 1, max = 3) int images,
      @ForAll Epilogue epilogue,
      @ForAll Team threads,
      @ForAll long seed) {
    Conv2dShape shape = new Conv2dShape(WindowGrid.of(Window.same(3), height, width), 16, 32);
    check(shape, Convolution.Algorithm.AUTO, batch, images, epilogue, threads, seed);
  }

  @Property(tries = 60)
  void grouped(
      @ForAll("grids") WindowGrid grid,
      @ForAll @IntRange(min = 2, max = 20) int groups,
      @ForAll @IntRange(min = 1, max = 3) int channels,
      @ForAll @IntRange(min = 1, max = 3) int outChannels,
      @ForAll @IntRange(max = 6) int batch,
      @ForAll @IntRange(min = 1, max = 3) int images,
      @ForAll Epilogue epilogue,
      @ForAll Team threads,
      @ForAll long seed) {
    Conv2dShape shape = new Conv2dShape(grid, groups * channels, groups * outChannels, groups);
    check(shape, Convolution.Algorithm.AUTO, batch, images, epilogue, threads, seed);
  }

  private static void check(
      Conv2dShape shape,
      Convolution.Algorithm algorithm,
      int batch,
      int images,
      Epilogue epilogue,
      Team threads,
      long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int in = shape.inputSize();
    int out = shape.outputSize();
    float[] x = Values.SPECIAL.array(batch * in, random);
    float[] dy = Values.SPECIAL.array(batch * out, random);
    Floats weight = Floats.of(Values.REALS.array(shape.weightSize(), random));
    Floats bias = Floats.of(Values.REALS.array(shape.outChannels(), random));
    float[] y = Guards.array(batch * out);
    float[] dx = Guards.array(batch * in);
    float[] dw = Values.REALS.array(shape.weightSize(), random);
    float[] db = Values.REALS.array(shape.outChannels(), random);
    float[] dwOfSlices = dw.clone();
    float[] dbOfSlices = db.clone();
    Convolution one =
        new Convolution(shape, 6, algorithm, epilogue, new Workspace(WorkerTeam.single()));
    one.forward(batch, at(x, 0), weight, bias, at(y, 0));
    one.backwardData(batch, at(dy, 0), weight, at(x, 0), at(dx, 0));
    one.backwardWeights(batch, at(x, 0), at(dy, 0), at(dw, 0), at(db, 0));

    float[] yOfSlices = Guards.array(batch * out);
    float[] dxOfSlices = Guards.array(batch * in);
    try (WorkerTeam team = threads.start()) {
      Convolution whole = new Convolution(shape, 6, algorithm, epilogue, new Workspace(team));
      Workspace[] memory = new Workspace[team.threads()];
      Arrays.setAll(memory, worker -> new Workspace(WorkerTeam.single()));
      int count = Math.ceilDiv(batch, images);
      Workspace[] borrowers = new Workspace[count];
      Arrays.setAll(borrowers, i -> Workspace.borrower());
      ConvolutionSlice[] slices = new ConvolutionSlice[count];
      Arrays.setAll(slices, i -> whole.slice(images, borrowers[i]));
      whole.prepareForward(weight);
      team.run(
          count,
          (i, worker) -> {
            borrowers[i].borrow(memory[worker]);
            int n = Math.min(images, batch - i * images);
            slices[i].forward(n, at(x, i * images * in), bias, at(yOfSlices, i * images * out));
          });
      whole.prepareBackward(weight);
      team.run(
          count,
          (i, worker) -> {
            borrowers[i].borrow(memory[worker]);
            int n = Math.min(images, batch - i * images);
            int first = i * images;
            slices[i].backwardData(
                n, at(dy, first * out), at(x, first * in), at(dxOfSlices, first * in));
          });
      if (whole.gradientsBySlices()) {
        gradients(whole, team, batch, images, in, out, x, dy);
        whole.endGradients(Floats.of(dwOfSlices), Floats.of(dbOfSlices));
      } else {
        whole.backwardWeights(batch, at(x, 0), at(dy, 0), at(dwOfSlices, 0), at(dbOfSlices, 0));
      }
    }
    String what = " by " + threads + " of " + batch + " images, " + shape;
    Guards.assertSame(y, yOfSlices, "y" + what);
    Guards.assertSame(dx, dxOfSlices, "dx" + what);
    Guards.assertSame(dw, dwOfSlices, "dWeight" + what);
    Guards.assertSame(db, dbOfSlices, "dBias" + what);
  }

  /** One task for each part of the batch. */
  private static void gradients(
      Convolution whole,
      WorkerTeam team,
      int batch,
      int images,
      int in,
      int out,
      float[] x,
      float[] dy) {
    ConvolutionSlice[] parts = new ConvolutionSlice[BatchParts.COUNT];
    Arrays.setAll(parts, p -> whole.slice(images, new Workspace(WorkerTeam.single())));
    whole.beginGradients(batch);
    team.run(
        parts.length,
        (part, worker) -> {
          int end = BatchParts.first(part + 1, batch);
          for (int i = BatchParts.first(part, batch); i < end; i += images) {
            int n = Math.min(images, end - i);
            parts[part].addGradients(i, n, at(x, i * in), at(dy, i * out));
          }
        });
  }
}
