package dev.lanewise.engine.conv.direct;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import java.util.Arrays;

/**
 * The im2col matrix of a layer with few input channels, transposed: what each tap (ky, kx, c) of a
 * kernel sees lies side by side for all output pixels of some rows, the tap's plane. The elements
 * under a window would be scattered; those that a tap sees in neighbouring windows are not.
 *
 * <p>With few output channels the copying costs as much as the products. For strideH 1 only the
 * planes of the kernel's first row need be written, some rows longer: the others are views of them,
 * shifted by whole image rows. This is done where the kernels take taps that are not equally far
 * apart ({@code Tuning.hasTapTiles}).
 *
 * <p>Immutable and thread-safe.
 */
final class TapPlanes {
  private final WindowGrid written; // whole windows, or their first rows alone
  private final int channels;
  private final int extraRows; // of a plane, beyond its output rows
  private final int planeFloats;
  private final int floats;
  private final int[] offsets;

  /**
   * @param rows output rows at a time, at most
   */
  TapPlanes(Conv2dShape shape, int rows) {
    WindowGrid grid = shape.grid();
    Window w = grid.window();
    channels = shape.inChannels();
    boolean fewerRows = w.strideH() == 1 && w.dilationH() < rows;
    boolean shared = fewerRows && BackendChoice.kernels().tuning().hasTapTiles(shape.outChannels());
    written = shared ? grid.kernelRow() : grid;
    extraRows = shared ? (w.kernelH() - 1) * w.dilationH() : 0;
    planeFloats = Check.intProduct("plane", rows + extraRows, grid.outputW());
    int planes = written.window().kernelH() * w.kernelW() * channels;
    floats = Check.intProduct("planes", planes, planeFloats);
    int shift = shared ? w.dilationH() * grid.outputW() : 0;
    offsets = new int[shape.patchSize()];
    Arrays.setAll(offsets, tap -> tap % planes * planeFloats + tap / planes * shift);
  }

  /** Floats of all planes. */
  int floats() {
    return floats;
  }

  /** Where each tap's plane begins, in the order (ky, kx, c); not to be changed. */
  int[] offsets() {
    return offsets;
  }

  /** Writes the planes for output rows {@code from} to {@code to - 1} of the image. */
  void write(int from, int to, float[] x, int xOff, float[] planes, int planesOff) {
    Patches.gatherTransposed(
        written, channels, from, to + extraRows, x, xOff, planes, planesOff, planeFloats);
  }
}
