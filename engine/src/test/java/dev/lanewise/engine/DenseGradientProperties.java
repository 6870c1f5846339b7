// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import static dev.lanewise.engine.testing.Refusals.assertRefused;
import static dev.lanewise.engine.testing.Views.at;

import dev.lanewise.engine.kernel.Kernels;
import dev.lanewise.engine.reference.ReferenceKernels;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.testing.Guards;
import dev.lanewise.engine.testing.Team;
import dev.lanewise.engine.testing.Values;
import java.util.SplittableRandom;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

final class DenseGradientProperties {
  private static final Kernels REFERENCE = ReferenceKernels.create();
  private static final int X = 3;
  private static final int W = 1;
  private static final int DY = 2;
  private static final int DW = 5;
  private static final int DX = 4;

  /** Random operands between guards, and what is to come out. */
  private record Case(int batch, int in, int out, float[] x, float[] w, float[] dy, float[] dw) {
    static Case of(int batch, int in, int out, Values values, long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      return new Case(
          batch,
          in,
          out,
          values.guarded(X, batch * in, random.nextInt(3), random),
          values.guarded(W, out * in, random.nextInt(3), random),
          values.guarded(DY, batch * out, random.nextInt(3), random),
          values.guarded(DW, out * in, 3, random));
    }

    float[] guardedDx() {
      return Guards.array(DX + batch * in + 3);
    }

    /** dWeight and dx, one after the other. */
    float[][] run(WorkerTeam team, boolean wantsDx) {
      float[] dWeight = dw.clone();
      float[] dx = wantsDx ? guardedDx() : null;
      new DenseGradient(team)
          .backward(batch, in, out, at(x, X), at(w, W), at(dy, DY), at(dWeight, DW), at(dx, DX));
      return new float[][] {dWeight, dx};
    }

    float[][] expected() {
      float[] dWeight = dw.clone();
      float[] dx = guardedDx();
      REFERENCE
          .matrix()
          .gemm(out, in, batch, dy, DY, 1, out, x, X, in, dWeight, DW, in, dWeight, DW, in);
      REFERENCE.matrix().gemm(batch, in, out, dy, DY, out, 1, w, W, in, null, 0, 0, dx, DX, in);
      return new float[][] {dWeight, dx};
    }

    @Override
    public String toString() {
      return "batch = " + batch + ", in = " + in + ", out = " + out;
    }
  }

  /** Up to 63 outputs several threads share the images of dx; more are left to products. */
  @Property(tries = 300)
  void neitherThreadsNorBackEndsChangeABit(
      @ForAll @IntRange(max = 20) int batch,
      @ForAll @IntRange(max = 300) int in,
      @ForAll @IntRange(max = 150) int out,
      @ForAll Team threads,
      @ForAll long seed) {
    Case gradients = Case.of(batch, in, out, Values.SPECIAL, seed);
    float[][] expected = gradients.expected();
    try (WorkerTeam team = threads.start()) {
      float[][] both = gradients.run(team, true);
      Guards.assertSame(expected[0], both[0], "dWeight, " + threads + " threads, " + gradients);
      Guards.assertSame(expected[1], both[1], "dx, " + threads + " threads, " + gradients);
      float[][] one = gradients.run(team, false);
      Guards.assertSame(expected[0], one[0], "dWeight alone, " + gradients);
    }
  }

  @Tag("exact")
  @Example
  void integersAreExactWhereThreadsShareTheImages() {
    SplittableRandom seeds = new SplittableRandom(6);
    for (int threads : new int[] {1, 2, 3, 8, 16}) {
      try (WorkerTeam team = new WorkerTeam(threads)) {
        for (int out : new int[] {1, 10, 63, 64, 65, 129}) {
          for (int in : new int[] {1, 31, 32, 255, 256, 257, 700}) {
            Case gradients = Case.of(7, in, out, Values.INTEGERS, seeds.nextLong());
            float[][] both = gradients.run(team, true);
            assertExact(gradients, both[0], both[1]);
          }
        }
      }
    }
  }

  /** The second of each is the smallest that is packed. */
  @Tag("exact")
  @Example
  void integersAreExactOnBothSidesOfWhatIsPacked() {
    try (WorkerTeam team = new WorkerTeam(2)) {
      for (int out : new int[] {63, 128}) {
        int smallest = Math.ceilDiv(1 << 25, 2048 * out);
        for (int batch : new int[] {smallest - 1, smallest}) {
          Case gradients = Case.of(batch, 2048, out, Values.INTEGERS, batch);
          float[][] both = gradients.run(team, true);
          assertExact(gradients, both[0], both[1]);
        }
      }
    }
  }

  private static void assertExact(Case g, float[] dWeight, float[] dx) {
    float[] expected = g.dw.clone();
    for (int i = 0; i < g.out * g.in; i++) {
      double sum = g.dw[DW + i];
      for (int n = 0; n < g.batch; n++) {
        sum += (double) g.dy[DY + n * g.out + i / g.in] * g.x[X + n * g.in + i % g.in];
      }
      expected[DW + i] = (float) sum;
    }
    Guards.assertSame(expected, dWeight, "dWeight, " + g);
    expected = g.guardedDx();
    for (int i = 0; i < g.batch * g.in; i++) {
      double sum = 0;
      for (int o = 0; o < g.out; o++) {
        sum += (double) g.dy[DY + i / g.in * g.out + o] * g.w[W + o * g.in + i % g.in];
      }
      expected[DX + i] = (float) sum;
    }
    Guards.assertSame(expected, dx, "dx, " + g);
  }

  @Example
  void badOperandsAreRefusedAndNothingIsWritten() {
    try (WorkerTeam team = new WorkerTeam(2)) {
      DenseGradient gradient = new DenseGradient(team);
      float[] x = new float[6];
      float[] w = new float[6];
      float[] dy = new float[4];
      float[] dw = {7, 7, 7, 7, 7, 7};
      float[] dx = new float[6];
      assertRefused(
          "batch",
          () ->
              gradient.backward(
                  -1,
                  3,
                  2,
                  Floats.of(x),
                  Floats.of(w),
                  Floats.of(dy),
                  Floats.of(dw),
                  Floats.of(dx)));
      assertRefused(
          "in",
          () ->
              gradient.backward(
                  2,
                  -3,
                  2,
                  Floats.of(x),
                  Floats.of(w),
                  Floats.of(dy),
                  Floats.of(dw),
                  Floats.of(dx)));
      assertRefused(
          "out",
          () ->
              gradient.backward(
                  2,
                  3,
                  -2,
                  Floats.of(x),
                  Floats.of(w),
                  Floats.of(dy),
                  Floats.of(dw),
                  Floats.of(dx)));
      assertRefused(
          "x",
          () ->
              gradient.backward(
                  2, 3, 2, at(x, 1), Floats.of(w), Floats.of(dy), Floats.of(dw), Floats.of(dx)));
      assertRefused(
          "weight",
          () ->
              gradient.backward(
                  2, 3, 2, Floats.of(x), at(w, 1), Floats.of(dy), Floats.of(dw), Floats.of(dx)));
      assertRefused(
          "dy",
          () ->
              gradient.backward(
                  2, 3, 2, Floats.of(x), Floats.of(w), at(dy, 1), Floats.of(dw), Floats.of(dx)));
      assertRefused(
          "dWeight",
          () ->
              gradient.backward(
                  2, 3, 2, Floats.of(x), Floats.of(w), Floats.of(dy), at(dw, 1), Floats.of(dx)));
      assertRefused(
          "dx",
          () ->
              gradient.backward(
                  2, 3, 2, Floats.of(x), Floats.of(w), Floats.of(dy), Floats.of(dw), at(dx, 1)));
      assertRefused(
          "dx",
          () ->
              gradient.backward(
                  2, 3, 2, Floats.of(x), Floats.of(w), Floats.of(dy), Floats.of(dw), Floats.of(x)));
      assertRefused(
          "dx",
          () ->
              gradient.backward(
                  2, 3, 2, Floats.of(x), Floats.of(w), Floats.of(dy), Floats.of(dw), Floats.of(w)));
      assertRefused(
          "dx",
          () ->
              gradient.backward(
                  2,
                  3,
                  2,
                  Floats.of(x),
                  Floats.of(w),
                  Floats.of(dx),
                  Floats.of(dw),
                  Floats.of(dx)));
      assertRefused(
          "dx",
          () ->
              gradient.backward(
                  2,
                  3,
                  2,
                  Floats.of(x),
                  Floats.of(w),
                  Floats.of(dy),
                  Floats.of(dw),
                  Floats.of(dw)));
      assertRefused(
          "dWeight",
          () ->
              gradient.backward(
                  2, 3, 2, Floats.of(x), Floats.of(w), Floats.of(dy), Floats.of(x), Floats.of(dx)));
      assertRefused(
          "dWeight",
          () ->
              gradient.backward(
                  2, 3, 2, Floats.of(x), Floats.of(w), Floats.of(dy), Floats.of(w), Floats.of(dx)));
      assertRefused(
          "dWeight",
          () ->
              gradient.backward(
                  2,
                  3,
                  2,
                  Floats.of(x),
                  Floats.of(w),
                  Floats.of(dw),
                  Floats.of(dw),
                  Floats.of(dx)));
      Guards.assertSame(new float[] {7, 7, 7, 7, 7, 7}, dw, "dWeight");
    }
  }
}
