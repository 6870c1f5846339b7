// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.winograd;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.kernel.Winograd;
import dev.lanewise.engine.run.BatchParts;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.Padding;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;
import java.util.Arrays;

/**
 * Transformed weights U {@code [36, C, OC]} of a convolution by {@link Winograd}, in memory of a
 * workspace.
 *
 * <p>Where the parts of a batch occupy the team, its few workers make a copy each, with their first
 * task: to fetch what another has written, and to take it back before it is written again, costs
 * more than to compute it. Larger teams, slices, and all workers if U is large or kept, read one
 * that the team has made together.
 */
final class WinogradWeight {
  /** Floats of U up to which workers make copies: 1 MiB, what an L2 cache holds. */
  private static final int COPY_FLOATS = 256 * 1024;

  private final int channels;
  private final int outChannels;
  private final int stride;
  private final Workspace workspace;
  private final boolean inParts; // each worker's copy, where it has its tiles, behind them
  private final int offset;
  private final int floats;
  private final boolean[] made; // by worker
  private int kept = -1; // where U begins if it is kept
  private boolean frozen;
  private boolean ready; // U, where all share it
  private float[] weight; // what U is made of
  private int weightOff;
  private final WorkerTeam.Task run = this::run;

  WinogradWeight(Conv2dShape shape, Workspace workspace) {
    this.workspace = workspace;
    channels = shape.inChannels();
    outChannels = shape.outChannels();
    stride = channels * outChannels + TaskScratch.GAP;
    int threads = workspace.team().threads();
    int floats = Check.intProduct("weights", Winograd.PRODUCTS, stride);
    inParts = BatchParts.occupy(BatchParts.COUNT, workspace.team()) && floats <= COPY_FLOATS;
    made = new boolean[threads];
    offset = Check.intProduct("tiles", 1, Padding.lines(new TaskScratch(shape).floats));
    this.floats = floats;
  }

  /** Not before U is needed, since a forward pass of few tiles does without. */
  private void reserve() {
    if (frozen) {
      keep();
    }
    if (kept < 0 && inParts) {
      workspace.reserveParts(made.length, (long) offset + floats);
    }
    workspace.reserve(Winograd.WORK, kept >= 0 || inParts ? 0 : floats);
  }

  /**
   * Lets U outlive what other operations do in the workspace. Where that is not needed, those of
   * other layers take its place, which stays in the caches.
   */
  void keep() {
    if (kept < 0) {
      kept = workspace.persistent((long) Winograd.PRODUCTS * stride);
    }
  }

  /** Declares the weights frozen: until the next call, the same array has the same values. */
  void freeze() {
    frozen = true;
    ready = false;
  }

  /**
   * {@code U = G w G^T} for each pair of channels, or lets each worker {@link #prepare} its own.
   */
  void transform(Floats weight) {
    if (frozen && ready && this.weight == weight.data && weightOff == weight.offset) {
      return;
    }
    reserve();
    ready = false;
    this.weight = weight.data;
    weightOff = weight.offset;
    if (hasCopies()) {
      Arrays.fill(made, false);
    } else {
      workspace.team().run(runs(), run);
      ready = true;
    }
  }

  /** To be called by a worker in each task that reads U, after {@link #transform}. */
  void prepare(int worker) {
    if (hasCopies() && !made[worker]) {
      for (int i = 0; i < runs(); i++) {
        run(i, worker);
      }
      made[worker] = true;
    }
  }

  private boolean hasCopies() {
    return inParts && kept < 0;
  }

  private int runs() {
    return channels * outChannels / Winograd.RUN;
  }

  /** Many pairs of channels, since a transform of a few takes as long to begin as to do. */
  private void run(int run, int worker) {
    int tap = channels * outChannels;
    int first = run * Winograd.RUN;
    BackendChoice.kernels()
        .winograd()
        .transformWeights(
            Winograd.WEIGHT,
            Winograd.RUN,
            weight,
            weightOff + first,
            3 * tap,
            tap,
            workspace.memory(),
            at(0, worker) + first,
            Winograd.POINTS * stride,
            stride,
            workspace.memory(),
            workspace.perWorker(worker));
  }

  /** The array that holds U. */
  float[] data() {
    return workspace.memory();
  }

  /** Where the matrix {@code [C, OC]} of one of the 36 products begins, for a worker. */
  int at(int product, int worker) {
    int common = kept < 0 ? workspace.shared() : kept;
    return (hasCopies() ? workspace.part(worker) + offset : common) + product * stride;
  }
}
