// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.direct;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.conv.OutputEnd;
import dev.lanewise.engine.kernel.MatrixKernels;
import dev.lanewise.engine.kernel.TapKernels;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import java.util.Arrays;

/**
 * The direct forward convolution of a batch.
 *
 * <p>im2col as a view: in a padded image {@code [Hp, Wp, C]} the pixels that window row ky sees for
 * the output pixels of a row oy are overlapping rows of {@code KW * C} contiguous elements, {@code
 * strideW * C} apart. The product of this view with {@code weight[ky]} is a strided GEMM, added up
 * over ky in the output; nothing is copied but the image into its padded frame, a band of output
 * rows at a time. With dilation each kx is a product of its own.
 *
 * <p>Where KW * C is small, as for the first layer, the products over ky would be too short to pay
 * for their tiles: there what each tap sees is written out ({@link TapPlanes}). Where OC is small,
 * lanes would idle: there the image is split into planes ({@link PhasePlanes}), the lanes are
 * pixels, and y is transposed at the end. Where rows of the output are short, the weights would be
 * read again for each of them: there the patches of several rows are written out. Pixels of a 1x1
 * window that are a multiple of 4 KiB apart are copied, since they would share a few sets of the L1
 * cache ({@link SpacedPixels}). All ways take the terms of a sum in the order (ky, kx, c) and give
 * the same bits.
 *
 * <p>A task is a band of output rows. Where an image has so few that every thread would read the
 * whole weight for a few pixels, tasks are bands of the output channels as well. A frozen weight is
 * packed ({@link PackedWeight}).
 *
 * <p>A worker's scratch memory: its band, or the planes or patches of it. Where pixels are the
 * lanes, y follows as {@code [OC, pixels]}; behind the planes of taps, what their product needs
 * ({@link TapKernels#scratch}).
 *
 * <p>Not thread-safe; arguments are checked by {@code Convolution}.
 */
final class ForwardConvolution {
  /** A band's copy of the image should stay in the L2 cache: 64 Ki floats are 256 KiB. */
  private static final int BAND_FLOATS = 64 * 1024;

  /** Below this many elements per window row, what each tap sees is written out. */
  private static final int SHORT_ROW = 16;

  /** Below this many output channels, which do not fill two vectors, pixels are the lanes. */
  private static final int FEW_CHANNELS = 32;

  /** Below this many output channels, pixels are the lanes if channels would leave lanes idle. */
  private static final int SOME_CHANNELS = 64;

  private static final int LANES = 16; // of the longest vectors

  /** With fewer taps per channel, an element of a plane is used too rarely to pay for its copy. */
  private static final int SEVERAL_TAPS = 4;

  /** From this many terms on, a sum pays for the transpose of y. */
  private static final int LONG_SUM = 32;

  /** Below this many pixels in a row of the output, they do not fill the tallest tile. */
  private static final int SHORT_OUTPUT = 14;

  /** Patches of several short rows: 512 KiB, part of an L2 cache. */
  private static final int PATCH_FLOATS = 128 * 1024;

  /** The output of a band stays in the L2 cache until it is ended: 512 KiB. */
  private static final int OUTPUT_FLOATS = 128 * 1024;

  /** Pixels of a band, at least: four tiles of 14, which are worth reading a weight for. */
  private static final int PIXELS = 56;

  /** Output channels of a task, at least. */
  private static final int COLUMNS = 64;

  /** Terms of a product of patches at a time, so that a block of the weights stays in the cache. */
  private static final int TERMS = 352;

  private final Conv2dShape shape;
  private final WindowGrid grid;
  private final OutputEnd end;
  private final Workspace workspace;
  private final TapKernels tapKernels = BackendChoice.kernels().taps();
  private final MatrixKernels matrix = BackendChoice.kernels().matrix();
  private final PhasePlanes planes; // null where pixels are not lanes
  private final float[] transposed; // with planes: weight as [OC, KH * KW * C]
  private final SpacedPixels spaced; // null where pixels are not copied
  private final TapPlanes tapPlanes; // null where the image is not written out by taps
  private final boolean inPatches;
  private final int bandRows; // output rows of a band, at most
  private final int[] gathered; // [worker]: the band whose patches it has, and no task before it
  private final WorkerTeam.Task band = this::band;

  // The running call.
  private int rows; // output rows of a band, this time
  private int columns; // output channels of a task
  private PackedWeight packed; // null: the weight as it is
  private float[] x;
  private int xOff;
  private float[] weight;
  private int weightOff;
  private float[] bias;
  private int biasOff;
  private float[] y;
  private int yOff;
  private float[] gate; // y = gate <= 0 ? 0 : y at the end; null for none; may be y itself
  private int gateOff;

  /**
   * @param end of y
   */
  ForwardConvolution(Conv2dShape shape, OutputEnd end, Workspace workspace) {
    this.shape = shape;
    this.end = end;
    this.workspace = workspace;
    grid = shape.grid();
    Window w = grid.window();
    boolean inPlanes = inPlanes(shape);
    boolean inTaps = !inPlanes && inTaps(shape);
    boolean isSpaced = !inPlanes && !inTaps && SpacedPixels.serves(shape);
    inPatches = !inPlanes && !inTaps && !isSpaced && grid.outputW() < SHORT_OUTPUT && !flat();
    int bandFloats = inPatches ? PATCH_FLOATS : BAND_FLOATS;
    long rowFloats =
        inPlanes
            ? PhasePlanes.rowFloats(shape)
            : inTaps || inPatches
                ? (long) grid.outputW() * shape.patchSize()
                : (long) w.strideH() * grid.paddedW() * shape.inChannels();
    long cached = Math.max(1, bandFloats / rowFloats);
    if (byColumns(shape)) {
      long outputs = (long) grid.outputW() * shape.outChannels();
      cached = Math.max(Math.min(cached, OUTPUT_FLOATS / outputs), someRows());
    }
    bandRows = (int) Math.min(grid.outputH(), cached);
    gathered = new int[workspace.team().threads()];
    planes = inPlanes ? new PhasePlanes(shape, bandRows) : null;
    transposed = inPlanes ? new float[shape.weightSize()] : null;
    spaced = isSpaced ? new SpacedPixels(shape) : null;
    tapPlanes = inTaps ? new TapPlanes(shape, bandRows) : null;
    if (inPlanes) {
      long outputs = (long) shape.outChannels() * planes.lanes(bandRows);
      workspace.reserve(planes.floats() + outputs, 0);
    } else if (isSpaced) {
      workspace.reserve(spaced.floats(bandRows), 0);
    } else if (inTaps) {
      workspace.reserve(tapPlanes.floats() + TapKernels.scratch(shape.patchSize()), 0);
    } else if (inPatches) {
      workspace.reserve(Check.intProduct("patches", bandRows, rowFloats), 0);
    } else if (grid.padded()) {
      int reach = (w.kernelH() - 1) * w.dilationH() + 1;
      int frameRows = (bandRows - 1) * w.strideH() + reach;
      workspace.reserve(Check.intProduct("band", frameRows, grid.paddedW(), shape.inChannels()), 0);
    }
  }

  /** Whether what each tap sees is written out, unless pixels are the lanes. */
  private static boolean inTaps(Conv2dShape shape) {
    return shape.grid().window().kernelW() * shape.inChannels() < SHORT_ROW;
  }

  /** Whether output channels can be divided among tasks. */
  private static boolean byColumns(Conv2dShape shape) {
    return !inPlanes(shape) && !inTaps(shape);
  }

  /** Whether a frozen weight is packed. */
  static boolean packs(Conv2dShape shape) {
    return byColumns(shape) && PackedWeight.serves(shape);
  }

  /** Rows of the output with enough pixels for a band. */
  private int someRows() {
    return Math.min(grid.outputH(), Math.ceilDiv(PIXELS, grid.outputW()));
  }

  /** Whether pixels are the lanes; then y is transposed. */
  private static boolean inPlanes(Conv2dShape shape) {
    Window w = shape.grid().window();
    int outChannels = shape.outChannels();
    boolean idle = outChannels < SOME_CHANNELS && outChannels % LANES != 0;
    return (outChannels < FEW_CHANNELS || idle)
        && w.kernelH() * w.kernelW() >= SEVERAL_TAPS
        && shape.patchSize() >= LONG_SUM;
  }

  /**
   * Computes y.
   *
   * @param packed the weight in panels; {@code null} if it is not packed
   */
  void run(
      int batch, Floats x, Floats weight, PackedWeight packed, Floats bias, Floats y, Floats gate) {
    this.packed = packed;
    this.x = x.data;
    xOff = x.offset;
    this.weight = weight.data;
    weightOff = weight.offset;
    this.bias = bias == null ? null : bias.data;
    biasOff = bias == null ? 0 : bias.offset;
    this.y = y.data;
    yOff = y.offset;
    this.gate = gate == null ? null : gate.data;
    gateOff = gate == null ? 0 : gate.offset;
    if (planes != null) {
      int patch = shape.patchSize();
      int outChannels = shape.outChannels();
      matrix.transpose(
          patch, outChannels, weight.data, weight.offset, outChannels, transposed, 0, patch);
    }
    cut(batch);
    Arrays.fill(gathered, -1);
    workspace.team().run(batch * bandsPerImage() * tasksPerBand(), band);
    this.packed = null;
    this.x = null;
    this.weight = null;
    this.bias = null;
    this.y = null;
    this.gate = null;
  }

  /** A small batch is cut finer, so that every thread has some tasks. */
  private void cut(int batch) {
    int threads = workspace.team().threads();
    int wanted = threads == 1 ? 1 : 4 * threads;
    rows = Math.clamp(grid.outputH() / Math.max(1, wanted / Math.max(1, batch)), 1, bandRows);
    columns = shape.outChannels();
    if (byColumns(shape) && threads > 1 && rows < someRows()) {
      rows = Math.min(bandRows, someRows());
      int bands = Math.max(1, batch * bandsPerImage());
      int parts = Math.clamp(wanted / bands, 1, Math.max(1, columns / COLUMNS));
      columns = Math.ceilDiv(Math.ceilDiv(columns, parts), PackedWeight.PANEL) * PackedWeight.PANEL;
    }
  }

  private int tasksPerBand() {
    return Math.ceilDiv(shape.outChannels(), columns);
  }

  private int bandsPerImage() {
    return (grid.outputH() + rows - 1) / rows;
  }

  private void band(int task, int worker) {
    int band = task / tasksPerBand();
    int column = task % tasksPerBand() * columns;
    int image = band / bandsPerImage();
    int from = band % bandsPerImage() * rows;
    int to = Math.min(from + rows, grid.outputH());
    int inAt = xOff + image * shape.inputSize();
    int outAt = yOff + image * shape.outputSize();
    boolean fresh = gathered[worker] != band;
    gathered[worker] = band;
    if (planes != null) {
      throughPlanes(from, to, inAt, outAt, worker);
    } else if (tapPlanes != null) {
      throughTaps(from, to, inAt, outAt, worker);
    } else if (spaced != null) {
      if (fresh) {
        spaced.write(from, to, x, inAt, workspace.memory(), workspace.perWorker(worker));
      }
      throughPixels(spaced.distance(), from, to, outAt, column, worker);
    } else if (inPatches) {
      if (fresh) {
        float[] memory = workspace.memory();
        Patches.gather(
            grid, shape.inChannels(), from, to, x, inAt, memory, workspace.perWorker(worker));
      }
      throughPixels(shape.patchSize(), from, to, outAt, column, worker);
    } else if (grid.padded()) {
      if (fresh) {
        frame(from, to, inAt, workspace.memory(), workspace.perWorker(worker));
      }
      throughView(from, to, workspace.memory(), workspace.perWorker(worker), outAt, column);
    } else {
      int top = from * grid.window().strideH() * grid.inputW() * shape.inChannels();
      throughView(from, to, x, inAt + top, outAt, column);
    }
    int first = (image * grid.outputH() + from) * grid.outputW();
    int pixels = (to - from) * grid.outputW();
    int n = Math.min(columns, shape.outChannels() - column);
    end.run(first, pixels, shape.outChannels(), column, n, gate, gateOff, y, yOff, worker);
  }

  /** Whether the pixels of all rows are one row: 1x1 windows with stride 1 and no padding. */
  private boolean flat() {
    Window w = grid.window();
    return w.kernelH() * w.kernelW() * w.strideH() * w.strideW() == 1 && !grid.padded();
  }

  /** Pixels with all terms of their sums, some distance apart. */
  private void throughPixels(int distance, int from, int to, int outAt, int column, int worker) {
    int patch = shape.patchSize();
    int own = workspace.perWorker(worker);
    int out = outAt + from * grid.outputW() * shape.outChannels();
    int pixels = (to - from) * grid.outputW();
    for (int p = 0; p < patch; p += TERMS) {
      int terms = Math.min(TERMS, patch - p);
      product(pixels, p, terms, workspace.memory(), own + p, distance, out, column);
    }
  }

  /** Adds some terms of the sums of some pixels, from term p on, to columns of y. */
  private void product(
      int pixels, int p, int terms, float[] a, int aAt, int aRow, int out, int column) {
    int outChannels = shape.outChannels();
    float[] d = p == 0 ? bias : y;
    int dAt = p == 0 ? biasOff : out;
    int dRow = p == 0 ? 0 : outChannels;
    int end = Math.min(column + columns, outChannels);
    int step = packed == null ? end - column : PackedWeight.PANEL;
    for (int j = column; j < end; j += step) {
      matrix.gemm(
          pixels,
          Math.min(step, end - j),
          terms,
          a,
          aAt,
          aRow,
          1,
          packed == null ? weight : packed.data,
          packed == null ? weightOff + p * outChannels + j : packed.at(j, p),
          packed == null ? outChannels : PackedWeight.PANEL,
          d,
          dAt + j,
          dRow,
          y,
          out + j,
          outChannels);
    }
  }

  private void throughTaps(int from, int to, int inAt, int outAt, int worker) {
    int outChannels = shape.outChannels();
    float[] memory = workspace.memory();
    int own = workspace.perWorker(worker);
    tapPlanes.write(from, to, x, inAt, memory, own);
    tapKernels.tapProduct(
        (to - from) * grid.outputW(),
        outChannels,
        shape.patchSize(),
        memory,
        own,
        tapPlanes.offsets(),
        weight,
        weightOff,
        bias,
        biasOff,
        y,
        outAt + from * grid.outputW() * outChannels,
        memory,
        own + tapPlanes.floats());
  }

  private void throughPlanes(int from, int to, int inAt, int outAt, int worker) {
    int outChannels = shape.outChannels();
    float[] memory = workspace.memory();
    int own = workspace.perWorker(worker);
    int outputs = own + planes.floats(); // [OC, lanes]
    int lanes = planes.lanes(to - from);
    planes.write(from, to, x, inAt, memory, own);
    tapKernels.planeProduct(
        outChannels,
        lanes,
        shape.patchSize(),
        transposed,
        0,
        memory,
        own,
        planes.taps(),
        bias,
        biasOff,
        memory,
        outputs,
        lanes);
    for (int oy = from; oy < to; oy++) {
      int row = outputs + (oy - from) * planes.width();
      int at = outAt + oy * grid.outputW() * outChannels;
      matrix.transpose(outChannels, grid.outputW(), memory, row, lanes, y, at, outChannels);
    }
  }

  /** The rows of the padded image that output rows {@code from} to {@code to - 1} see. */
  private void frame(int from, int to, int inAt, float[] frame, int frameOff) {
    Window w = grid.window();
    int channels = shape.inChannels();
    int reach = (w.kernelH() - 1) * w.dilationH() + 1;
    int width = grid.paddedW() * channels;
    int inner = grid.inputW() * channels;
    int left = grid.padLeft() * channels;
    int frameRows = (to - from - 1) * w.strideH() + reach;
    for (int r = 0; r < frameRows; r++) {
      int iy = from * w.strideH() - grid.padTop() + r;
      int at = frameOff + r * width;
      int end = at + width;
      if (iy < 0 || iy >= grid.inputH()) {
        Arrays.fill(frame, at, end, 0f);
      } else {
        Arrays.fill(frame, at, at + left, 0f);
        System.arraycopy(x, inAt + iy * inner, frame, at + left, inner);
        Arrays.fill(frame, at + left + inner, end, 0f);
      }
    }
  }

  private void throughView(int from, int to, float[] frame, int frameOff, int outAt, int column) {
    Window w = grid.window();
    int channels = shape.inChannels();
    int width = grid.paddedW() * channels;
    int rowsAtOnce = flat() ? to - from : 1;
    // The taps of a window row are one run of elements, unless dilation sets them apart.
    int runs = w.dilationW() == 1 ? 1 : w.kernelW();
    int depth = w.kernelW() / runs * channels;
    int most = packed == null ? depth : TERMS;
    for (int ky = 0; ky < w.kernelH(); ky++) {
      for (int run = 0; run < runs; run++) {
        for (int p = 0; p < depth; p += most) {
          int term = (ky * runs + run) * depth + p;
          int terms = Math.min(most, depth - p);
          for (int oy = from; oy < to; oy += rowsAtOnce) {
            int seen = ((oy - from) * w.strideH() + ky * w.dilationH()) * width;
            int at = frameOff + seen + run * w.dilationW() * channels + p;
            int out = outAt + oy * grid.outputW() * shape.outChannels();
            int pixels = rowsAtOnce * grid.outputW();
            product(pixels, term, terms, frame, at, w.strideW() * channels, out, column);
          }
        }
      }
    }
  }
}
