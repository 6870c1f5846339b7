package dev.lanewise.engine.conv.direct;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.conv.OutputEnd;
import dev.lanewise.engine.kernel.MatrixKernels;
import dev.lanewise.engine.kernel.TapKernels;
import dev.lanewise.engine.run.ChannelScale;
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
 * read again for each of them: there the patches of several rows are written out. All ways take the
 * terms of a sum in the order (ky, kx, c) and give the same bits.
 *
 * <p>A worker's scratch memory: its band, or the planes or patches of it; where pixels are the
 * lanes, y follows as {@code [OC, pixels]}.
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

  /** Below this many pixels in a row of the output, they do not fill the tallest tile. */
  private static final int SHORT_OUTPUT = 14;

  /** Patches of several short rows: 512 KiB, part of an L2 cache. */
  private static final int PATCH_FLOATS = 128 * 1024;

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
  private final TapPlanes tapPlanes; // null where the image is not written out by taps
  private final boolean inPatches;
  private final int bandRows; // output rows of a band, at most
  private final WorkerTeam.Task band = this::band;

  // The running call.
  private int rows; // output rows of a band, this time
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
   * @param scale of y, before the gate, which is y then; {@code null} for none
   */
  ForwardConvolution(Conv2dShape shape, ChannelScale scale, Workspace workspace) {
    this.shape = shape;
    end = new OutputEnd(scale);
    this.workspace = workspace;
    grid = shape.grid();
    Window w = grid.window();
    boolean inPlanes = inPlanes(shape);
    boolean inTaps = !inPlanes && w.kernelW() * shape.inChannels() < SHORT_ROW;
    inPatches = !inPlanes && !inTaps && grid.outputW() < SHORT_OUTPUT && !flat();
    int bandFloats = inPatches ? PATCH_FLOATS : BAND_FLOATS;
    long rowFloats =
        inPlanes
            ? PhasePlanes.rowFloats(shape)
            : inTaps || inPatches
                ? (long) grid.outputW() * shape.patchSize()
                : (long) w.strideH() * grid.paddedW() * shape.inChannels();
    bandRows = (int) Math.max(1, Math.min(grid.outputH(), bandFloats / rowFloats));
    planes = inPlanes ? new PhasePlanes(shape, bandRows) : null;
    transposed = inPlanes ? new float[shape.weightSize()] : null;
    tapPlanes = inTaps ? new TapPlanes(shape, bandRows) : null;
    if (inPlanes) {
      long outputs = (long) shape.outChannels() * planes.lanes(bandRows);
      workspace.reserve(planes.floats() + outputs, 0);
    } else if (inTaps) {
      workspace.reserve(tapPlanes.floats(), 0);
    } else if (inPatches) {
      workspace.reserve(Check.intProduct("patches", bandRows, rowFloats), 0);
    } else if (grid.padded()) {
      int reach = (w.kernelH() - 1) * w.dilationH() + 1;
      int frameRows = (bandRows - 1) * w.strideH() + reach;
      workspace.reserve(Check.intProduct("band", frameRows, grid.paddedW(), shape.inChannels()), 0);
    }
  }

  /** Whether pixels are the lanes. Then y is transposed, which short sums do not pay for. */
  private static boolean inPlanes(Conv2dShape shape) {
    Window w = shape.grid().window();
    int outChannels = shape.outChannels();
    boolean idle = outChannels < SOME_CHANNELS && outChannels % LANES != 0;
    return (outChannels < FEW_CHANNELS || idle)
        && w.kernelH() * w.kernelW() >= SEVERAL_TAPS
        && shape.patchSize() >= SHORT_ROW;
  }

  void run(int batch, Floats x, Floats weight, Floats bias, Floats y, Floats gate) {
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
    // A small batch is cut finer, so that every thread has some tasks.
    int wanted = Math.max(1, 4 * workspace.team().threads() / Math.max(1, batch));
    rows = Math.min(bandRows, Math.max(1, grid.outputH() / wanted));
    workspace.team().run(batch * bandsPerImage(), band);
    this.x = null;
    this.weight = null;
    this.bias = null;
    this.y = null;
    this.gate = null;
  }

  private int bandsPerImage() {
    return (grid.outputH() + rows - 1) / rows;
  }

  private void band(int task, int worker) {
    int image = task / bandsPerImage();
    int from = task % bandsPerImage() * rows;
    int to = Math.min(from + rows, grid.outputH());
    int inAt = xOff + image * shape.inputSize();
    int outAt = yOff + image * shape.outputSize();
    if (planes != null) {
      throughPlanes(from, to, inAt, outAt, worker);
    } else if (tapPlanes != null) {
      throughTaps(from, to, inAt, outAt, worker);
    } else if (inPatches) {
      throughPatches(from, to, inAt, outAt, worker);
    } else if (grid.padded()) {
      frame(from, to, inAt, workspace.memory(), workspace.perWorker(worker));
      throughView(from, to, workspace.memory(), workspace.perWorker(worker), outAt);
    } else {
      int top = from * grid.window().strideH() * grid.inputW() * shape.inChannels();
      throughView(from, to, x, inAt + top, outAt);
    }
    int rowFloats = grid.outputW() * shape.outChannels();
    int at = image * shape.outputSize() + from * rowFloats;
    end.run((to - from) * rowFloats, gate, gateOff + at, y, yOff + at);
  }

  /** Whether the pixels of all rows are one row: 1x1 windows with stride 1 and no padding. */
  private boolean flat() {
    Window w = grid.window();
    return w.kernelH() * w.kernelW() * w.strideH() * w.strideW() == 1 && !grid.padded();
  }

  private void throughPatches(int from, int to, int inAt, int outAt, int worker) {
    int patch = shape.patchSize();
    int outChannels = shape.outChannels();
    float[] memory = workspace.memory();
    int own = workspace.perWorker(worker);
    int out = outAt + from * grid.outputW() * outChannels;
    Patches.gather(grid, shape.inChannels(), from, to, x, inAt, memory, own);
    for (int p = 0; p < patch; p += TERMS) {
      matrix.gemm(
          (to - from) * grid.outputW(),
          outChannels,
          Math.min(TERMS, patch - p),
          memory,
          own + p,
          patch,
          1,
          weight,
          weightOff + p * outChannels,
          outChannels,
          p == 0 ? bias : y,
          p == 0 ? biasOff : out,
          p == 0 ? 0 : outChannels,
          y,
          out,
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
        outAt + from * grid.outputW() * outChannels);
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

  private void throughView(int from, int to, float[] frame, int frameOff, int outAt) {
    Window w = grid.window();
    int channels = shape.inChannels();
    int outChannels = shape.outChannels();
    int width = grid.paddedW() * channels;
    int rowsAtOnce = flat() ? to - from : 1;
    // The taps of a window row are one run of elements, unless dilation sets them apart.
    int runs = w.dilationW() == 1 ? 1 : w.kernelW();
    int depth = w.kernelW() / runs * channels;
    for (int ky = 0; ky < w.kernelH(); ky++) {
      for (int run = 0; run < runs; run++) {
        boolean first = ky == 0 && run == 0;
        int weightAt = weightOff + (ky * runs + run) * depth * outChannels;
        for (int oy = from; oy < to; oy += rowsAtOnce) {
          int seen = ((oy - from) * w.strideH() + ky * w.dilationH()) * width;
          int out = outAt + oy * grid.outputW() * outChannels;
          matrix.gemm(
              rowsAtOnce * grid.outputW(),
              outChannels,
              depth,
              frame,
              frameOff + seen + run * w.dilationW() * channels,
              w.strideW() * channels,
              1,
              weight,
              weightAt,
              outChannels,
              first ? bias : y,
              first ? biasOff : out,
              first ? 0 : outChannels,
              y,
              out,
              outChannels);
        }
      }
    }
  }
}
