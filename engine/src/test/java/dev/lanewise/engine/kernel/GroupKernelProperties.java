// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.kernel;

import dev.lanewise.engine.reference.ReferenceKernels;
import dev.lanewise.engine.simd.SimdKernels;
import dev.lanewise.engine.testing.Bound;
import dev.lanewise.engine.testing.Guards;
import dev.lanewise.engine.testing.Values;
import java.util.SplittableRandom;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** Sums of channel blocks over taps, in both back ends, against their definition. */
final class GroupKernelProperties {
  private static final Kernels SIMD = SimdKernels.create();
  private static final Kernels REFERENCE = ReferenceKernels.create();
  private static final int BLOCK = GroupKernels.BLOCK;

  /**
   * A rectangle of pixels; taps are in no order or a square, and guards are wherever there is no
   * element.
   */
  private static final class Case {
    final int rows;
    final int columns;
    final int channels;
    final int taps;
    final int stepRow; // in the frame
    final int stepColumn;
    final int width; // of the frame
    final int[] offsets;
    final float[] frame;
    final int frameOff;
    final float[] w;
    final float[] start;
    final int yColumn;
    final int yRow;
    final int yOff;
    final float[] y; // receives the sums
    final float[] dy;
    final int ldw;
    final float[] dw; // before

    Case(int rows, int columns, int channels, int taps, Values values, long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      this.rows = rows;
      this.columns = columns;
      this.channels = channels;
      this.taps = taps;
      stepRow = 1 + random.nextInt(2);
      stepColumn = 1 + random.nextInt(2);
      width = (columns - 1) * stepColumn + 1 + random.nextInt(4);
      int pixels = ((rows - 1) * stepRow + 4) * width + 4;
      frameOff = BLOCK * random.nextInt(3) + random.nextInt(5);
      frame = blocks(frameOff, pixels, values, random);
      offsets = new int[taps];
      boolean square = random.nextInt(2) == 0;
      for (int t = 0; t < taps; t++) {
        int row = square ? t / 3 % 3 : random.nextInt(3);
        offsets[t] = BLOCK * (row * width + (square ? t % 3 : random.nextInt(4)));
      }
      w = blocks(2, taps, values, random);
      start = values.guarded(3, channels, random.nextInt(20), random);
      yColumn = channels + random.nextInt(3);
      yRow = columns * yColumn + random.nextInt(5);
      yOff = random.nextInt(20);
      int room = random.nextInt(2) * random.nextInt(20);
      int last = (rows - 1) * yRow + (columns - 1) * yColumn + channels;
      y = Guards.array(yOff + last + room);
      dy = y.clone();
      ldw = channels + random.nextInt(3);
      dw = Guards.array(1 + Math.max(0, taps - 1) * ldw + channels + random.nextInt(20));
      for (int l = 0; l < channels; l++) {
        for (int r = 0; r < rows; r++) {
          for (int q = 0; q < columns; q++) {
            dy[y(r, q) + l] = values.draw(random);
          }
        }
        for (int t = 0; t < taps; t++) {
          dw[1 + t * ldw + l] = values.draw(random);
        }
      }
    }

    /** Blocks whose lanes beyond the channels are guards. */
    private float[] blocks(int offset, int n, Values values, SplittableRandom random) {
      float[] array = Guards.array(offset + n * BLOCK + random.nextInt(3));
      for (int i = 0; i < n * BLOCK; i++) {
        if (i % BLOCK < channels) {
          array[offset + i] = values.draw(random);
        }
      }
      return array;
    }

    private int y(int r, int q) {
      return yOff + r * yRow + q * yColumn;
    }

    private int seen(int r, int q, int t) {
      return frameOff + (r * stepRow * width + q * stepColumn) * BLOCK + offsets[t];
    }

    float[] sums(Kernels kernels) {
      float[] out = y.clone();
      kernels
          .groups()
          .tapSums(
              rows,
              columns,
              channels,
              taps,
              frame,
              frameOff,
              stepRow * width * BLOCK,
              stepColumn * BLOCK,
              offsets,
              w,
              2,
              start,
              3,
              out,
              yOff,
              yRow,
              yColumn);
      return out;
    }

    float[] gradients(Kernels kernels) {
      float[] out = dw.clone();
      kernels
          .groups()
          .tapGradients(
              rows,
              columns,
              channels,
              taps,
              frame,
              frameOff,
              stepRow * width * BLOCK,
              stepColumn * BLOCK,
              offsets,
              dy,
              yOff,
              yRow,
              yColumn,
              out,
              1,
              ldw,
              Guards.array(GroupKernels.GRADIENT_WORK + 2),
              2);
      return out;
    }

    /** A sum, or with the magnitudes of all terms. */
    private double sum(int r, int q, int l, boolean magnitudes) {
      double sum = magnitude(start[3 + l], magnitudes);
      for (int t = 0; t < taps; t++) {
        sum += magnitude((double) frame[seen(r, q, t) + l] * w[2 + t * BLOCK + l], magnitudes);
      }
      return sum;
    }

    private double gradient(int t, int l, boolean magnitudes) {
      double sum = magnitude(dw[1 + t * ldw + l], magnitudes);
      for (int r = 0; r < rows; r++) {
        for (int q = 0; q < columns; q++) {
          sum += magnitude((double) frame[seen(r, q, t) + l] * dy[y(r, q) + l], magnitudes);
        }
      }
      return sum;
    }

    private static double magnitude(double term, boolean wanted) {
      return wanted ? Math.abs(term) : term;
    }

    float[] exactSums() {
      float[] out = y.clone();
      for (int i = 0; i < rows * columns * channels; i++) {
        int r = i / channels / columns;
        int q = i / channels % columns;
        out[y(r, q) + i % channels] = (float) sum(r, q, i % channels, false);
      }
      return out;
    }

    float[] exactGradients() {
      float[] out = dw.clone();
      for (int i = 0; i < taps * channels; i++) {
        int at = 1 + i / channels * ldw + i % channels;
        out[at] = (float) gradient(i / channels, i % channels, false);
      }
      return out;
    }

    void assertWithinBound(Kernels kernels) {
      float[] sums = sums(kernels);
      for (int i = 0; i < rows * columns * channels; i++) {
        int r = i / channels / columns;
        int q = i / channels % columns;
        int l = i % channels;
        float actual = sums[y(r, q) + l];
        Bound.assertWithin(sum(r, q, l, false), sum(r, q, l, true), taps, actual, toString());
      }
      float[] gradients = gradients(kernels);
      for (int i = 0; i < taps * channels; i++) {
        int t = i / channels;
        int l = i % channels;
        float actual = gradients[1 + t * ldw + l];
        int k = rows * columns + 1;
        Bound.assertWithin(gradient(t, l, false), gradient(t, l, true), k, actual, toString());
      }
    }

    @Override
    public String toString() {
      return rows + "x" + columns + " pixels, " + channels + " channels, " + taps + " taps";
    }
  }

  private static void assertExact(Case block) {
    float[] sums = block.exactSums();
    Guards.assertSame(sums, block.sums(SIMD), "SIMD sums, " + block);
    Guards.assertSame(sums, block.sums(REFERENCE), "reference sums, " + block);
    float[] gradients = block.exactGradients();
    Guards.assertSame(gradients, block.gradients(SIMD), "SIMD gradients, " + block);
    Guards.assertSame(gradients, block.gradients(REFERENCE), "reference gradients, " + block);
  }

  /** Past two rounds of nine, and every remainder of a block. */
  @Tag("exact")
  @Example
  void everyNumberOfTapsAndChannelsIsExact() {
    SplittableRandom seeds = new SplittableRandom(1);
    for (int taps = 0; taps <= 22; taps++) {
      for (int channels = 1; channels <= BLOCK; channels++) {
        for (int pixels = 1; pixels <= 3; pixels++) {
          assertExact(new Case(1, pixels, channels, taps, Values.INTEGERS, seeds.nextLong()));
          assertExact(new Case(pixels, 1, channels, taps, Values.INTEGERS, seeds.nextLong()));
        }
      }
    }
  }

  @Tag("exact")
  @Property
  void integersAreExact(
      @ForAll @IntRange(min = 1, max = 9) int rows,
      @ForAll @IntRange(min = 1, max = 20) int columns,
      @ForAll @IntRange(min = 1, max = BLOCK) int channels,
      @ForAll @IntRange(max = 60) int taps,
      @ForAll long seed) {
    assertExact(new Case(rows, columns, channels, taps, Values.INTEGERS, seed));
  }

  @Property
  void realsStayWithinTheSummationBound(
      @ForAll @IntRange(min = 1, max = 9) int rows,
      @ForAll @IntRange(min = 1, max = 20) int columns,
      @ForAll @IntRange(min = 1, max = BLOCK) int channels,
      @ForAll @IntRange(max = 60) int taps,
      @ForAll long seed) {
    Case reals = new Case(rows, columns, channels, taps, Values.REALS, seed);
    reals.assertWithinBound(SIMD);
    reals.assertWithinBound(REFERENCE);
  }

  @Property
  void backEndsAgreeOnAnyBits(
      @ForAll @IntRange(min = 1, max = 9) int rows,
      @ForAll @IntRange(min = 1, max = 20) int columns,
      @ForAll @IntRange(min = 1, max = BLOCK) int channels,
      @ForAll @IntRange(max = 30) int taps,
      @ForAll long seed) {
    Case any = new Case(rows, columns, channels, taps, Values.SPECIAL, seed);
    Guards.assertSame(any.sums(REFERENCE), any.sums(SIMD), "sums, " + any);
    Guards.assertSame(any.gradients(REFERENCE), any.gradients(SIMD), "gradients, " + any);
  }

  /** A copy of neighbouring channels, or of any. */
  @Property
  void everyChannelIsSpread(
      @ForAll @IntRange(min = 1, max = 5) int rows,
      @ForAll @IntRange(min = 1, max = 9) int columns,
      @ForAll @IntRange(min = 1, max = BLOCK) int channels,
      @ForAll @IntRange(max = 4) int kind,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int xColumn = BLOCK + 3;
    int xRow = columns * xColumn + random.nextInt(4);
    int[] index = new int[2 + channels + random.nextInt(2) * BLOCK]; // any, pairs, neighbours
    for (int i = 0; i < index.length; i++) {
      index[i] = kind == 0 ? random.nextInt(BLOCK) : kind == 1 ? i / 2 % 9 : i % (BLOCK + 1);
    }
    int n = (rows - 1) * xRow + (columns - 1) * xColumn + BLOCK + 1;
    float[] x = Values.SPECIAL.guarded(4, n, random.nextInt(2) * random.nextInt(20), random);
    int frameRow = (columns + random.nextInt(2)) * BLOCK;
    for (Kernels kernels : new Kernels[] {SIMD, REFERENCE}) {
      float[] frame = Guards.array(5 + rows * frameRow + BLOCK);
      kernels
          .groups()
          .spread(rows, columns, channels, x, 4, xRow, xColumn, index, 2, frame, 5, frameRow);
      for (int i = 0; i < frame.length; i++) {
        int r = Math.floorDiv(i - 5, frameRow);
        int q = Math.floorMod(i - 5, frameRow) / BLOCK;
        int l = Math.floorMod(i - 5, BLOCK);
        boolean inside = r >= 0 && r < rows && q < columns;
        if (inside && l >= channels) {
          continue; // anything
        }
        float[] expected = {inside ? x[4 + r * xRow + q * xColumn + index[2 + l]] : Guards.GUARD};
        Guards.assertSame(expected, new float[] {frame[i]}, "element " + i);
      }
    }
  }
}
