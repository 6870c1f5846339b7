// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.direct;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.kernel.ElementKernels;
import dev.lanewise.engine.kernel.MatrixKernels;
import dev.lanewise.engine.kernel.TapKernels;
import dev.lanewise.engine.kernel.Tuning;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.Padding;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import java.util.Arrays;

/**
 * Backward weights: {@code dWeight += columns^T * dy}, the im2col matrix transposed, so that the
 * inner index runs over the output pixels of all images.
 *
 * <p>The sum is long and must not depend on threads. Two ways, chosen by the size of the weight
 * alone:
 *
 * <ul>
 *   <li>Large weights: the rows of dWeight are divided among the tasks, and each element is one
 *       chain over all images and pixels in order. The im2col matrix of a few slabs (bands of
 *       output rows) is written by all threads, then used by all. For strideH 1 only the columns of
 *       a kernel row are written out, {@code [rows, OW, KW * C]}; the KH kernel rows are views of
 *       it, shifted by whole image rows. Where the kernels like it ({@link Tuning#panelWidth}) a
 *       slab has a copy of dy as well, in panels of fewer channels. With few input channels a slab
 *       is {@link TapPlanes} instead. With few output channels dWeight is transposed for as long as
 *       slabs are added to it, and the rows of the im2col matrix are the lanes.
 *   <li>Small weights have too few rows to divide: each image is a task with a gradient of its own
 *       (one chain over its pixels), and these are added up in the order of the images. Slices may
 *       bring the images instead: {@link #add}, then {@link #end}.
 * </ul>
 *
 * <p>A worker's scratch memory: for small weights, the {@link TapPlanes} of its image, and a plane
 * of ones; then what products of planes need ({@link TapKernels#scratch}). Shared by all: the
 * slabs, perhaps followed by the transposed dWeight, or for small weights the gradient of each
 * image.
 *
 * <p>Not thread-safe; arguments are checked by {@code Convolution}.
 */
final class WeightGradient {
  /** Weights up to this size are small: a gradient per image costs less than waiting. */
  private static final int SMALL = 1024;

  /** Below this many elements per window row, rows of a slab would be copied in small pieces. */
  private static final int SHORT_ROW = 16;

  /** Below this many output channels the rows of the im2col matrix are the lanes, not dy's. */
  private static final int FEW_CHANNELS = 32;

  /** Columns of the transposed dWeight in a task: two tiles of the longest vectors. */
  private static final int TASK_COLUMNS = 64;

  /** Floats of a slab of the im2col matrix. */
  private static final int SLAB_FLOATS = 128 * 1024;

  /** Rows of dWeight in a task, at most: four tiles of eight. */
  private static final int TASK_ROWS = 32;

  /** And at least, where threads would be without a task otherwise. */
  private static final int TILE_ROWS = 8;

  /**
   * Pixels of a product, at most: what the tiles of a task read again and again stays in the L1
   * cache. Of 32 rows of dWeight that is 14 KiB of columns, and 7 KiB of dy for each 16 channels.
   */
  private static final int PIXELS = 112;

  /**
   * Slabs that are written together: with two for one thread they stay in its L2 cache, and two
   * threads need four to wait for each other as seldom as with more.
   */
  private static final int SLABS_PER_THREAD = 2;

  /** And at most this many, 8 MiB of columns, however many threads there are. */
  private static final int MOST_SLABS = 16;

  private final Conv2dShape shape;
  private final int maxBatch;
  private final WindowGrid grid;
  private final Workspace workspace;
  private final Tuning tuning = BackendChoice.kernels().tuning();
  private final ElementKernels elements = BackendChoice.kernels().elements();
  private final MatrixKernels matrix = BackendChoice.kernels().matrix();
  private final TapKernels tapKernels = BackendChoice.kernels().taps();
  private final boolean small;
  private final boolean inTaps; // whether a slab is the planes of taps
  private final boolean transposes; // whether dWeight is [OC, KH * KW * C] meanwhile
  private final WindowGrid written; // what a slab holds: whole windows, or single kernel rows
  private final int blocks; // views of a slab, each with rows of dWeight of its own
  private final int blockRows;
  private final int taskRows; // of them in a task
  private final int slabRows; // output rows of a slab
  private final int slabsPerImage;
  private final int slabs; // that are written together
  private final int columnFloats; // of a slab: the im2col matrix
  private final int slabFloats; // with dy, if that is in panels
  private final int panel; // channels of dy that lie together: all, or some
  private final int gradientFloats; // of an image, where small: dWeight, then dBias
  private final TapPlanes planes; // where inTaps
  private final int[] taps; // their offsets, where small then that of ones: the bias's input is 1
  private int kept = -1; // where the gradients of the images begin if they are kept
  private final WorkerTeam.Task fill = this::fill;
  private final WorkerTeam.Task multiply = this::multiply;
  private final WorkerTeam.Task multiplyTransposed = this::multiplyTransposed;
  private final WorkerTeam.Task image = this::image;

  // The running call.
  private int firstSlab;
  private int slabCount;
  private float[] x;
  private int xOff;
  private float[] dy;
  private int dyOff;
  private float[] dWeight;
  private int dWeightOff;

  WeightGradient(Conv2dShape shape, int maxBatch, Workspace workspace) {
    this.shape = shape;
    this.maxBatch = maxBatch;
    this.workspace = workspace;
    grid = shape.grid();
    Window w = grid.window();
    small = small(shape);
    inTaps = small || w.kernelW() * shape.inChannels() < SHORT_ROW;
    transposes = !inTaps && shape.outChannels() < FEW_CHANNELS;
    boolean shared = !inTaps && w.strideH() == 1 && w.kernelH() > 1;
    blocks = shared ? w.kernelH() : 1;
    blockRows = shape.patchSize() / blocks;
    int share = Math.ceilDiv(shape.patchSize(), workspace.team().threads());
    int tiles = Math.clamp(Math.ceilDiv(share, TILE_ROWS), 1, TASK_ROWS / TILE_ROWS);
    taskRows = transposes ? TASK_COLUMNS : tiles * TILE_ROWS;
    written = shared ? grid.kernelRow() : grid;
    int extra = shared ? (w.kernelH() - 1) * w.dilationH() : 0;
    long rowFloats = (long) grid.outputW() * blockRows;
    slabRows = (int) Math.max(1, Math.min(grid.outputH(), SLAB_FLOATS / rowFloats - extra));
    slabsPerImage = (grid.outputH() + slabRows - 1) / slabRows;
    int most = Math.min(SLABS_PER_THREAD * workspace.team().threads(), MOST_SLABS);
    slabs = (int) Math.min(most, (long) maxBatch * slabsPerImage);
    gradientFloats = shape.weightSize() + shape.outChannels();
    panel = inTaps || transposes ? shape.outChannels() : tuning.panelWidth(shape.outChannels());
    planes = inTaps ? new TapPlanes(shape, slabRows) : null;
    taps = inTaps ? Arrays.copyOf(planes.offsets(), shape.patchSize() + 1) : null;
    if (small) {
      columnFloats = 0;
      slabFloats = 0;
      taps[shape.patchSize()] = planes.floats();
      Check.intProduct("gradients per image", maxBatch, gradientFloats);
      workspace.reserve(0, gradients());
      reserve(workspace);
    } else {
      columnFloats =
          inTaps ? planes.floats() : Check.intProduct("im2col slab", slabRows + extra, rowFloats);
      int dyFloats = slabRows * grid.outputW() * shape.outChannels();
      slabFloats = Check.intSum("slab", columnFloats, inPanels() ? dyFloats : 0);
      long transposedFloats = transposes ? (long) shape.weightSize() + Padding.FLOATS : 0;
      workspace.reserve(
          inTaps ? TapKernels.scratch(0) : 0, (long) slabs * slabFloats + transposedFloats);
    }
  }

  private boolean inPanels() {
    return panel < shape.outChannels();
  }

  private long gradients() {
    return (long) maxBatch * gradientFloats + Padding.FLOATS;
  }

  private void reserve(Workspace workspace) {
    workspace.reserve(scratchAt() + TapKernels.scratch(0), 0);
  }

  /** Of the memory for an image: the planes, and the ones, come first. */
  private int scratchAt() {
    return planes.floats() + slabRows * grid.outputW();
  }

  /** Whether slices may bring the images. */
  static boolean small(Conv2dShape shape) {
    return shape.weightSize() <= SMALL;
  }

  /** Lets the gradients of images outlive what other operations do in the workspace. */
  void keep() {
    if (kept < 0) {
      kept = workspace.persistent(gradients());
    }
  }

  void run(int batch, Floats x, Floats dy, Floats dWeight, Floats dBias) {
    this.x = x.data;
    xOff = x.offset;
    this.dy = dy.data;
    dyOff = dy.offset;
    this.dWeight = dWeight.data;
    dWeightOff = dWeight.offset;
    if (small) {
      workspace.team().run(batch, image);
      end(batch, dWeight, dBias);
    } else {
      int tasks = blocks * tasksPerBlock();
      int all = batch * slabsPerImage;
      int patch = shape.patchSize();
      int outChannels = shape.outChannels();
      float[] memory = workspace.memory();
      if (transposes) {
        matrix.transpose(
            patch, outChannels, this.dWeight, dWeightOff, outChannels, memory, transposed(), patch);
      }
      for (firstSlab = 0; firstSlab < all; firstSlab += slabs) {
        slabCount = Math.min(slabs, all - firstSlab);
        workspace.team().run(slabCount, fill);
        workspace.team().run(tasks, transposes ? multiplyTransposed : multiply);
      }
      if (transposes) {
        matrix.transpose(
            outChannels, patch, memory, transposed(), patch, this.dWeight, dWeightOff, outChannels);
      }
      if (dBias != null) {
        int pixels = batch * grid.outputPixels();
        elements.addColumnSums(pixels, outChannels, dy.data, dy.offset, dBias.data, dBias.offset);
      }
    }
    this.x = null;
    this.dy = null;
    this.dWeight = null;
  }

  /** Where the transposed dWeight begins. */
  private int transposed() {
    return workspace.shared() + slabs * slabFloats;
  }

  private int tasksPerBlock() {
    return Math.ceilDiv(blockRows, taskRows);
  }

  /** Writes one slab of the im2col matrix, and dy in panels. */
  private void fill(int slab, int worker) {
    int image = (firstSlab + slab) / slabsPerImage;
    int from = (firstSlab + slab) % slabsPerImage * slabRows;
    int to = Math.min(from + slabRows, grid.outputH());
    int inAt = xOff + image * shape.inputSize();
    float[] memory = workspace.memory();
    int at = workspace.shared() + slab * slabFloats;
    if (inTaps) {
      planes.write(from, to, x, inAt, memory, at);
      return;
    }
    Patches.gather(written, shape.inChannels(), from, to + extraRows(), x, inAt, memory, at);
    if (inPanels()) {
      int outChannels = shape.outChannels();
      int pixels = (to - from) * grid.outputW();
      int dyAt = dyOff + (image * grid.outputPixels() + from * grid.outputW()) * outChannels;
      int panels = at + columnFloats;
      for (int j = 0; j < outChannels; j += panel) {
        for (int p = 0; p < pixels; p++, panels += panel) {
          System.arraycopy(dy, dyAt + p * outChannels + j, memory, panels, panel);
        }
      }
    }
  }

  /** Rows of a slab beyond its output rows: those that the lower kernel rows see. */
  private int extraRows() {
    return (blocks - 1) * grid.window().dilationH();
  }

  /** Continues the sums of some columns of the transposed dWeight over all slabs. */
  private void multiplyTransposed(int task, int worker) {
    int block = task / tasksPerBlock();
    int column = task % tasksPerBlock() * taskRows;
    int outChannels = shape.outChannels();
    int at = transposed() + block * blockRows + column;
    int shift = block * grid.window().dilationH() * grid.outputW() * blockRows;
    float[] memory = workspace.memory();
    for (int slab = 0; slab < slabCount; slab++) {
      int image = (firstSlab + slab) / slabsPerImage;
      int from = (firstSlab + slab) % slabsPerImage * slabRows;
      int to = Math.min(from + slabRows, grid.outputH());
      int first = image * grid.outputPixels() + from * grid.outputW();
      int pixels = (to - from) * grid.outputW();
      int columns = workspace.shared() + slab * slabFloats + shift + column;
      for (int p = 0; p < pixels; p += PIXELS) {
        matrix.gemm(
            outChannels,
            Math.min(taskRows, blockRows - column),
            Math.min(PIXELS, pixels - p),
            dy,
            dyOff + (first + p) * outChannels,
            1,
            outChannels,
            memory,
            columns + p * blockRows,
            blockRows,
            memory,
            at,
            shape.patchSize(),
            memory,
            at,
            shape.patchSize());
      }
    }
  }

  /** Continues the sums of some rows of dWeight over all slabs. */
  private void multiply(int task, int worker) {
    int block = task / tasksPerBlock();
    int row = task % tasksPerBlock() * taskRows;
    int outChannels = shape.outChannels();
    int at = dWeightOff + (block * blockRows + row) * outChannels;
    int shift = block * grid.window().dilationH() * grid.outputW() * blockRows;
    float[] b = inPanels() ? workspace.memory() : dy;
    for (int slab = 0; slab < slabCount; slab++) {
      int image = (firstSlab + slab) / slabsPerImage;
      int from = (firstSlab + slab) % slabsPerImage * slabRows;
      int to = Math.min(from + slabRows, grid.outputH());
      int first = image * grid.outputPixels() + from * grid.outputW();
      int pixels = (to - from) * grid.outputW();
      int columns = workspace.shared() + slab * slabFloats;
      int bOff = inPanels() ? columns + columnFloats : dyOff + first * outChannels;
      for (int p = 0; inTaps && p < pixels; p += PIXELS) {
        tapKernels.tapGradient(
            Math.min(taskRows, blockRows - row),
            outChannels,
            Math.min(PIXELS, pixels - p),
            workspace.memory(),
            columns + p,
            taps,
            row,
            dy,
            bOff + p * outChannels,
            dWeight,
            at,
            workspace.memory(),
            workspace.perWorker(worker));
      }
      for (int p = 0; !inTaps && p < pixels; p += PIXELS) {
        for (int j = 0; j < outChannels; j += panel) {
          matrix.gemm(
              Math.min(taskRows, blockRows - row),
              panel,
              Math.min(PIXELS, pixels - p),
              workspace.memory(),
              columns + shift + row + p * blockRows,
              1,
              blockRows,
              b,
              bOff + j * pixels + p * panel,
              panel,
              dWeight,
              at + j,
              outChannels,
              dWeight,
              at + j,
              outChannels);
        }
      }
    }
  }

  /**
   * Computes the gradients of some images.
   *
   * @param first the first of them
   * @param images how many
   * @param slice scratch memory
   */
  void add(int first, int images, Floats x, Floats dy, Workspace slice) {
    reserve(slice);
    for (int i = 0; i < images; i++) {
      int xAt = x.offset + i * shape.inputSize();
      int dyAt = dy.offset + i * shape.outputSize();
      image(first + i, x.data, xAt, dy.data, dyAt, slice.memory(), slice.perWorker(0));
    }
  }

  /** Adds the gradients of the images, in their order, to dWeight and dBias. */
  void end(int batch, Floats dWeight, Floats dBias) {
    int size = shape.weightSize();
    float[] gradients = workspace.memory();
    for (int i = 0; i < batch; i++) {
      int at = gradient(i);
      elements.axpy(size, 1f, gradients, at, dWeight.data, dWeight.offset);
      if (dBias != null) {
        elements.axpy(shape.outChannels(), 1f, gradients, at + size, dBias.data, dBias.offset);
      }
    }
  }

  private int gradient(int image) {
    return (kept < 0 ? workspace.shared() : kept) + image * gradientFloats;
  }

  private void image(int image, int worker) {
    int xAt = xOff + image * shape.inputSize();
    int dyAt = dyOff + image * shape.outputSize();
    image(image, x, xAt, dy, dyAt, workspace.memory(), workspace.perWorker(worker));
  }

  /** The gradient of one image, from zero, with scratch memory. */
  private void image(
      int image, float[] x, int xOff, float[] dy, int dyOff, float[] scratch, int own) {
    int outChannels = shape.outChannels();
    float[] memory = workspace.memory();
    int at = gradient(image);
    Arrays.fill(memory, at, at + gradientFloats, 0f);
    int ones = own + planes.floats();
    Arrays.fill(scratch, ones, ones + slabRows * grid.outputW(), 1f);
    for (int from = 0; from < grid.outputH(); from += slabRows) {
      int to = Math.min(from + slabRows, grid.outputH());
      planes.write(from, to, x, xOff, scratch, own);
      tapKernels.tapGradient(
          taps.length,
          outChannels,
          (to - from) * grid.outputW(),
          scratch,
          own,
          taps,
          0,
          dy,
          dyOff + from * grid.outputW() * outChannels,
          memory,
          at,
          scratch,
          own + scratchAt());
    }
  }
}
