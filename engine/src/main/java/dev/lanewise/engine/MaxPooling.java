package dev.lanewise.engine;

/**
 * Max-pooling of a batch, forward with argmax and backward. An image is the work of one task. An
 * instance holds the running call: not thread-safe. Allocates nothing once made.
 */
public final class MaxPooling {
  /** Stands in argmax where no pixel gets the gradient. */
  public static final int NOBODY = -1;

  private final WindowGrid grid;
  private final int channels;
  private final int inputSize;
  private final int outputSize;
  private final WorkerTeam team;
  private final Kernels kernels = Backend.kernels();
  private final WorkerTeam.Task forward = this::forward;
  private final WorkerTeam.Task forwardRectified = this::forwardRectified;
  private final WorkerTeam.Task backward = this::backward;

  // The running call.
  private float[] in;
  private int inOff;
  private float[] out;
  private int outOff;
  private int[] argmax;
  private int argmaxOff;

  /**
   * Prepares poolings of one shape.
   *
   * @param grid where the windows lie
   * @param channels C
   * @param team the threads to use
   * @throws IllegalArgumentException if padding reaches so far that a window may hold padding
   *     alone, or an image has more than 2^31 - 1 elements
   */
  public MaxPooling(WindowGrid grid, int channels, WorkerTeam team) {
    Check.positive("channels", channels);
    inputSize = Check.intProduct("input image", grid.inputH(), grid.inputW(), channels);
    outputSize = Check.intProduct("output image", grid.outputH(), grid.outputW(), channels);
    requirePixels(grid);
    this.grid = grid;
    this.channels = channels;
    this.team = team;
  }

  /**
   * Sees that every window holds a pixel of the image: the maximum of nothing is not defined.
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
   * @param batch number of images, N
   * @param x {@code [N, H, W, C]}
   * @param xOff its first element
   * @param y receives {@code [N, OH, OW, C]}
   * @param yOff its first element
   * @param argmax receives {@code [N, OH, OW, C]}: the pixel {@code iy * W + ix} of each maximum
   * @param argmaxOff its first element
   * @throws IllegalArgumentException if an operand exceeds its array, or y overlaps x
   */
  public void forward(
      int batch, float[] x, int xOff, float[] y, int yOff, int[] argmax, int argmaxOff) {
    check(batch, "x", x, xOff, "y", y, yOff, argmax, argmaxOff);
    Check.disjoint("y", y, yOff, (long) batch * outputSize, "x", x, xOff, (long) batch * inputSize);
    run(batch, forward, x, xOff, y, yOff, argmax, argmaxOff);
  }

  /**
   * Pools what a rectifier makes of x, without another pass over x: the rectifier keeps the order,
   * so {@code y = max(y, 0)} after the pooling is the same. Where that is 0, argmax is {@link
   * #NOBODY}: {@link #backward} then gives the gradient with respect to x. NaN stays NaN.
   *
   * @param batch number of images, N
   * @param x {@code [N, H, W, C]}, rectified already or not
   * @param xOff its first element
   * @param y receives {@code [N, OH, OW, C]}
   * @param yOff its first element
   * @param argmax receives {@code [N, OH, OW, C]}
   * @param argmaxOff its first element
   * @throws IllegalArgumentException as for {@link #forward}
   */
  public void forwardRectified(
      int batch, float[] x, int xOff, float[] y, int yOff, int[] argmax, int argmaxOff) {
    check(batch, "x", x, xOff, "y", y, yOff, argmax, argmaxOff);
    Check.disjoint("y", y, yOff, (long) batch * outputSize, "x", x, xOff, (long) batch * inputSize);
    run(batch, forwardRectified, x, xOff, y, yOff, argmax, argmaxOff);
  }

  private void forwardRectified(int image, int worker) {
    forward(image, worker);
    int at = image * outputSize;
    kernels.reluPooled(outputSize, out, outOff + at, argmax, argmaxOff + at);
  }

  private void forward(int image, int worker) {
    kernels.maxPool(
        grid,
        channels,
        in,
        inOff + image * inputSize,
        out,
        outOff + image * outputSize,
        argmax,
        argmaxOff + image * outputSize);
  }

  /**
   * Hands each gradient to the pixel that was the maximum; windows that overlap add up in row-major
   * order.
   *
   * @param batch number of images, N
   * @param dy gradient with respect to y, {@code [N, OH, OW, C]}
   * @param dyOff its first element
   * @param argmax as {@link #forward} left it
   * @param argmaxOff its first element
   * @param dx receives the gradient with respect to x, {@code [N, H, W, C]}
   * @param dxOff its first element
   * @throws IllegalArgumentException if an operand exceeds its array, or dx overlaps dy
   */
  public void backward(
      int batch, float[] dy, int dyOff, int[] argmax, int argmaxOff, float[] dx, int dxOff) {
    check(batch, "dx", dx, dxOff, "dy", dy, dyOff, argmax, argmaxOff);
    Check.disjoint(
        "dx", dx, dxOff, (long) batch * inputSize, "dy", dy, dyOff, (long) batch * outputSize);
    run(batch, backward, dy, dyOff, dx, dxOff, argmax, argmaxOff);
  }

  private void backward(int image, int worker) {
    kernels.maxPoolBackward(
        grid,
        channels,
        in,
        inOff + image * outputSize,
        argmax,
        argmaxOff + image * outputSize,
        out,
        outOff + image * inputSize);
  }

  private void check(
      int batch,
      String largeName,
      float[] large,
      int largeOff,
      String smallName,
      float[] small,
      int smallOff,
      int[] argmax,
      int argmaxOff) {
    Check.notNegative("batch", batch);
    Check.range(largeName, large.length, largeOff, (long) batch * inputSize);
    Check.range(smallName, small.length, smallOff, (long) batch * outputSize);
    Check.range("argmax", argmax.length, argmaxOff, (long) batch * outputSize);
  }

  private void run(
      int batch,
      WorkerTeam.Task task,
      float[] in,
      int inOff,
      float[] out,
      int outOff,
      int[] argmax,
      int argmaxOff) {
    this.in = in;
    this.inOff = inOff;
    this.out = out;
    this.outOff = outOff;
    this.argmax = argmax;
    this.argmaxOff = argmaxOff;
    team.run(batch, task);
    this.in = null;
    this.out = null;
    this.argmax = null;
  }
}
