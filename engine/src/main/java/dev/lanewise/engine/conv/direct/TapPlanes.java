package dev.lanewise.engine.conv.direct;

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
 * <p>The copying may cost as much as the products. So what one row of the kernel sees is not
 * written again for the next: rows of the image that are a stride apart form a phase, and the
 * planes of kernel rows of the same phase are views of the same elements, shifted by whole rows of
 * the output.
 *
 * <p>Immutable and thread-safe.
 */
final class TapPlanes {
  private final WindowGrid grid;
  private final int channels;
  private final int[]
      extraRows; // of each phase, beyond the output rows; -1 for a phase that no tap sees
  private final int[] begin; // of the planes of a phase
  private final int planeFloats;
  private final int floats;
  private final int[] offsets;

  /**
   * Lays out the planes.
   *
   * @param rows output rows at a time, at most
   */
  TapPlanes(Conv2dShape shape, int rows) {
    grid = shape.grid();
    channels = shape.inChannels();
    Window w = grid.window();
    int phases = w.strideH();
    extraRows = new int[phases];
    Arrays.fill(extraRows, -1);
    for (int ky = 0; ky < w.kernelH(); ky++) {
      int y = ky * w.dilationH();
      extraRows[y % phases] = Math.max(extraRows[y % phases], y / phases);
    }
    planeFloats =
        Check.intProduct("plane", rows + Arrays.stream(extraRows).max().orElse(0), grid.outputW());
    int perPhase = w.kernelW() * channels;
    begin = new int[phases];
    int planes = 0;
    for (int phase = 0; phase < phases; phase++) {
      begin[phase] = planes;
      planes += extraRows[phase] < 0 ? 0 : perPhase;
    }
    floats = Check.intProduct("planes", planes, planeFloats);
    offsets = new int[shape.patchSize()];
    Arrays.setAll(
        offsets,
        tap -> {
          int y = tap / perPhase * w.dilationH();
          int plane = begin[y % phases] + tap % perPhase;
          return plane * planeFloats + y / phases * grid.outputW();
        });
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
    for (int phase = 0; phase < begin.length; phase++) {
      if (extraRows[phase] >= 0) {
        int at = planesOff + begin[phase] * planeFloats;
        int end = to + extraRows[phase];
        Patches.gatherTransposed(
            grid, phase, channels, from, end, x, xOff, planes, at, planeFloats);
      }
    }
  }
}
