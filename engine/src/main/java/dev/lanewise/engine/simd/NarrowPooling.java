// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import dev.lanewise.engine.shape.WindowGrid;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Max-pooling by 2x2 windows with stride 2 where there are fewer channels than lanes: a vector has
 * the channels of several windows, one after another. Two vectors of a row hold what they see of
 * it, each window's left pixel before its right one; shuffles take the two apart.
 */
final class NarrowPooling {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
  private static final int V = S.length();
  private static final NarrowPooling[] BY_CHANNELS = new NarrowPooling[V];

  static {
    for (int channels = 1; channels < V; channels++) {
      BY_CHANNELS[channels] = new NarrowPooling(channels);
    }
  }

  private final int channels;
  private final int windows; // in a vector
  private final int second; // where the second vector of a row begins
  private final VectorShuffle<Float> leftOfFirst;
  private final VectorShuffle<Float> leftOfSecond;
  private final VectorShuffle<Float> rightOfFirst;
  private final VectorShuffle<Float> rightOfSecond;
  private final VectorMask<Float> leftInSecond;
  private final VectorMask<Float> rightInSecond;
  private final VectorShuffle<Float> toFirst; // from the windows to the pixels of a row
  private final VectorShuffle<Float> toSecond;
  private final VectorShuffle<Integer> argmaxToFirst;
  private final VectorShuffle<Integer> argmaxToSecond;
  private final IntVector leftPixels; // of each lane's window
  private final IntVector firstPixels; // of each lane
  private final IntVector secondPixels;

  private NarrowPooling(int channels) {
    this.channels = channels;
    windows = V / channels;
    second = 2 * windows * channels - V;
    leftOfFirst = VectorShuffle.fromOp(S, lane -> Math.min(left(lane), V - 1));
    leftOfSecond = VectorShuffle.fromOp(S, lane -> Math.clamp(left(lane) - second, 0, V - 1));
    rightOfFirst = VectorShuffle.fromOp(S, lane -> Math.min(left(lane) + channels, V - 1));
    rightOfSecond =
        VectorShuffle.fromOp(S, lane -> Math.clamp(left(lane) + channels - second, 0, V - 1));
    boolean[] inSecond = new boolean[V];
    for (int lane = 0; lane < V; lane++) {
      inSecond[lane] = left(lane) >= V;
    }
    leftInSecond = VectorMask.fromArray(S, inSecond, 0);
    for (int lane = 0; lane < V; lane++) {
      inSecond[lane] = left(lane) + channels >= V;
    }
    rightInSecond = VectorMask.fromArray(S, inSecond, 0);
    toFirst = VectorShuffle.fromOp(S, this::window);
    toSecond = VectorShuffle.fromOp(S, lane -> window(lane + second));
    argmaxToFirst = toFirst.cast(I);
    argmaxToSecond = toSecond.cast(I);
    int[] pixels = new int[V];
    for (int lane = 0; lane < V; lane++) {
      pixels[lane] = left(lane) / channels;
    }
    leftPixels = IntVector.fromArray(I, pixels, 0);
    for (int lane = 0; lane < V; lane++) {
      pixels[lane] = lane / channels;
    }
    firstPixels = IntVector.fromArray(I, pixels, 0);
    for (int lane = 0; lane < V; lane++) {
      pixels[lane] = (lane + second) / channels;
    }
    secondPixels = IntVector.fromArray(I, pixels, 0);
  }

  /** For so many channels, fewer than lanes. */
  static NarrowPooling of(int channels) {
    return BY_CHANNELS[channels];
  }

  /** Where in a row the left pixel of a lane's window has its channel. */
  private int left(int lane) {
    return lane / channels * 2 * channels + lane % channels;
  }

  /** The lane of the window that an element of a row belongs to. */
  private int window(int element) {
    return element / (2 * channels) * channels + element % channels;
  }

  /**
   * All windows but those of the last rows, where what the last vector has too much would not be
   * written over. Some windows of a row may be computed twice.
   *
   * @return rows of the output that are done
   */
  int maxPool(
      WindowGrid grid, float[] x, int xOff, float[] y, int yOff, int[] argmax, int argmaxOff) {
    int width = grid.inputW();
    int length = grid.outputW() * channels;
    int last = grid.outputW() - windows;
    int rows = last < 0 ? 0 : grid.outputH() - Math.ceilDiv(V - windows * channels, length);
    int down = width * channels;
    IntVector right = leftPixels.add(1);
    IntVector lowerLeft = leftPixels.add(width);
    IntVector lowerRight = lowerLeft.add(1);
    int vectors = Math.ceilDiv(grid.outputW(), windows);
    int oy = 0;
    int i = 0;
    for (int n = 0; n < rows * vectors; n++, i += windows) {
      if (i >= grid.outputW()) {
        i = 0;
        oy++;
      }
      int window = Math.min(i, last);
      int pixel = 2 * (oy * width + window);
      int upper = xOff + pixel * channels;
      int out = oy * length + window * channels;
      FloatVector first = FloatVector.fromArray(S, x, upper);
      FloatVector next = FloatVector.fromArray(S, x, upper + second);
      FloatVector best = left(first, next);
      IntVector at = leftPixels;
      FloatVector value = right(first, next);
      VectorMask<Float> wins = wins(value, best);
      best = best.blend(value, wins);
      at = at.blend(right, wins.cast(I));
      first = FloatVector.fromArray(S, x, upper + down);
      next = FloatVector.fromArray(S, x, upper + down + second);
      value = left(first, next);
      wins = wins(value, best);
      best = best.blend(value, wins);
      at = at.blend(lowerLeft, wins.cast(I));
      value = right(first, next);
      wins = wins(value, best);
      best = best.blend(value, wins);
      at = at.blend(lowerRight, wins.cast(I));
      best.intoArray(y, yOff + out);
      at.add(pixel).intoArray(argmax, argmaxOff + out);
    }
    return Math.max(0, rows);
  }

  private FloatVector left(FloatVector first, FloatVector next) {
    return first.rearrange(leftOfFirst).blend(next.rearrange(leftOfSecond), leftInSecond);
  }

  private FloatVector right(FloatVector first, FloatVector next) {
    return first.rearrange(rightOfFirst).blend(next.rearrange(rightOfSecond), rightInSecond);
  }

  /** Larger than the best so far, or NaN. */
  static VectorMask<Float> wins(FloatVector value, FloatVector best) {
    return value.compare(VectorOperators.GT, best).or(value.compare(VectorOperators.NE, value));
  }

  /**
   * The gradient of all windows but those of the last rows, where dy would be read beyond its end.
   *
   * @return rows of the output that are done
   */
  int maxPoolBackward(
      WindowGrid grid, float[] dy, int dyOff, int[] argmax, int argmaxOff, float[] dx, int dxOff) {
    int width = grid.inputW();
    int length = grid.outputW() * channels;
    int last = grid.outputW() - windows;
    int room = Math.min(dy.length - dyOff, argmax.length - argmaxOff) - last * channels - V;
    int rows = last < 0 ? 0 : GemmDriver.wholeRows(grid.outputH(), room, length);
    int down = width * channels;
    IntVector firstBelow = firstPixels.add(width);
    IntVector secondBelow = secondPixels.add(width);
    int vectors = Math.ceilDiv(grid.outputW(), windows);
    int oy = 0;
    int i = 0;
    for (int n = 0; n < rows * vectors; n++, i += windows) {
      if (i >= grid.outputW()) {
        i = 0;
        oy++;
      }
      int window = Math.min(i, last);
      int pixel = 2 * (oy * width + window);
      int upper = dxOff + pixel * channels;
      int out = oy * length + window * channels;
      // Added to 0, as in the other path: -0.0 becomes 0.0.
      FloatVector d = FloatVector.fromArray(S, dy, dyOff + out).add(0f);
      IntVector at = IntVector.fromArray(I, argmax, argmaxOff + out).sub(pixel);
      FloatVector zero = FloatVector.zero(S);
      FloatVector firstD = d.rearrange(toFirst);
      IntVector firstAt = at.rearrange(argmaxToFirst);
      FloatVector secondD = d.rearrange(toSecond);
      IntVector secondAt = at.rearrange(argmaxToSecond);
      zero.blend(firstD, firstAt.eq(firstPixels).cast(S)).intoArray(dx, upper);
      zero.blend(secondD, secondAt.eq(secondPixels).cast(S)).intoArray(dx, upper + second);
      zero.blend(firstD, firstAt.eq(firstBelow).cast(S)).intoArray(dx, upper + down);
      zero.blend(secondD, secondAt.eq(secondBelow).cast(S)).intoArray(dx, upper + down + second);
    }
    return rows;
  }
}
