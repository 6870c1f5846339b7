// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.kernel.PoolKernels;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;

/**
 * Max-pooling of a batch, forward with argmax and backward. An image is the work of one task. An
 * instance holds the running call: not thread-safe. Allocates nothing once made.
 */
public final class MaxPooling {
  /** Stands in argmax where no pixel gets the gradient. */
  public static final int NO_PIXEL = PoolKernels.NO_PIXEL;

  private final WindowGrid grid;
  private final int channels;
  private final int inputSize;
  private final int outputSize;
  private final Epilogue epilogue;
  private final WorkerTeam team;
  private final PoolKernels pooling = BackendChoice.kernels().pooling();
  private final WorkerTeam.Task forward = this::forward;
  private final WorkerTeam.Task backward = this::backward;

  // The running call.
  private Floats in;
  private Floats out;
  private int[] argmax;

  /**
   * Prepares poolings of one shape.
   *
   * @param grid where the windows lie
   * @param channels C
   * @param epilogue what ends the forward pass
   * @param team the threads to use
   * @throws IllegalArgumentException if padding reaches so far that a window may hold padding
   *     alone, or an image has more than 2^31 - 1 elements
   */
  public MaxPooling(WindowGrid grid, int channels, Epilogue epilogue, WorkerTeam team) {
    Check.positive("channels", channels);
    inputSize = Check.intProduct("input image", grid.inputH(), grid.inputW(), channels);
    outputSize = Check.intProduct("output image", grid.outputH(), grid.outputW(), channels);
    requirePixels(grid);
    this.grid = grid;
    this.channels = channels;
    this.epilogue = epilogue;
    this.team = team;
  }

  /**
   * Ensures that every window holds a pixel of the image: the maximum of nothing is not defined.
   *
   * @param grid where the windows lie
   * @throws IllegalArgumentException if padding reaches so far that a window holds padding alone
   */
  public static void requirePixels(WindowGrid grid) {
    Window w = grid.window();
    requirePixels(
        "rows",
        grid.outputH(),
        w.strideH(),
        grid.padTop(),
        w.kernelH(),
        w.dilationH(),
        grid.inputH());
    requirePixels(
        "columns",
        grid.outputW(),
        w.strideW(),
        grid.padLeft(),
        w.kernelW(),
        w.dilationW(),
        grid.inputW());
  }

  private static void requirePixels(
      String axis, int outputs, int stride, int pad, int kernel, int dilation, int input) {
    for (int o = 0; o < outputs; o++) {
      boolean found = false;
      for (int t = 0; t < kernel && !found; t++) {
        int i = o * stride - pad + t * dilation;
        found = i >= 0 && i < input;
      }
      if (!found) {
        throw new IllegalArgumentException(
            "max-pooling: the " + axis + " of window " + o + " hold padding alone");
      }
    }
  }

  /**
   * Takes the maximum under each window. NaN wins over any number; the first of equal values is
   * kept.
   *
   * <p>With {@link Epilogue#RELU} {@code y = max(y, 0)} follows, and where that is 0, argmax is
   * {@link #NO_PIXEL}: {@link #backward} then gives the gradient with respect to x. A rectifier
   * keeps the order, so one in front of the pooling may be left to it in the same way.
   *
   * @param batch number of images, N
   * @param x {@code [N, H, W, C]}
   * @param y receives {@code [N, OH, OW, C]}
   * @param argmax receives {@code [N, OH, OW, C]}: the pixel {@code iy * W + ix} of each maximum
   * @throws IllegalArgumentException if batch is negative, an operand is too short, or y overlaps
   *     x; nothing is written then
   */
  public void forward(int batch, Floats x, Floats y, int[] argmax) {
    check(batch, "x", x, "y", y, argmax);
    Operands.disjoint("y", y, (long) batch * outputSize, "x", x, (long) batch * inputSize);
    run(batch, forward, x, y, argmax);
  }

  private void forward(int image, int worker) {
    int at = image * outputSize;
    int outAt = out.offset + at;
    pooling.maxPool(
        grid, channels, in.data, in.offset + image * inputSize, out.data, outAt, argmax, at);
    if (epilogue == Epilogue.RELU) {
      pooling.rectifyPooled(outputSize, out.data, outAt, argmax, at);
    }
  }

  /**
   * Hands each gradient to the pixel that was the maximum; windows that overlap add up in row-major
   * order.
   *
   * @param batch number of images, N
   * @param dy gradient with respect to y, {@code [N, OH, OW, C]}
   * @param argmax as {@link #forward} left it
   * @param dx receives the gradient with respect to x, {@code [N, H, W, C]}
   * @throws IllegalArgumentException if batch is negative, an operand is too short, or dx overlaps
   *     dy; dx is unchanged then
   */
  public void backward(int batch, Floats dy, int[] argmax, Floats dx) {
    check(batch, "dx", dx, "dy", dy, argmax);
    Operands.disjoint("dx", dx, (long) batch * inputSize, "dy", dy, (long) batch * outputSize);
    run(batch, backward, dy, dx, argmax);
  }

  private void backward(int image, int worker) {
    int at = image * outputSize;
    pooling.maxPoolBackward(
        grid,
        channels,
        in.data,
        in.offset + at,
        argmax,
        at,
        out.data,
        out.offset + image * inputSize);
  }

  private void check(
      int batch, String largeName, Floats large, String smallName, Floats small, int[] argmax) {
    Check.notNegative("batch", batch);
    Operands.holds(largeName, large, (long) batch * inputSize);
    Operands.holds(smallName, small, (long) batch * outputSize);
    Operands.holds("argmax", argmax.length, (long) batch * outputSize);
  }

  private void run(int batch, WorkerTeam.Task task, Floats in, Floats out, int[] argmax) {
    this.in = in;
    this.out = out;
    this.argmax = argmax;
    team.run(batch, task);
    this.in = null;
    this.out = null;
    this.argmax = null;
  }
}
