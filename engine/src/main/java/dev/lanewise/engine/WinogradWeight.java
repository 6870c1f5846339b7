package dev.lanewise.engine;

/**
 * Transformed weights U {@code [36, C, OC]} of a convolution by {@link Winograd}, in memory of a
 * workspace. Made by the team of the workspace; then read by any number of threads.
 */
final class WinogradWeight {
  private final int channels;
  private final int outChannels;
  private final int stride;
  private final Workspace workspace;
  private int kept = -1; // where U begins if it is kept
  private boolean fixed;
  private float[] made; // the weights that U was made of
  private int madeOff;
  private final WorkerTeam.Task pairs = this::pairs;

  // The running call.
  private float[] weight;
  private int weightOff;

  WinogradWeight(Conv2dShape shape, Workspace workspace) {
    this.workspace = workspace;
    channels = shape.inChannels();
    outChannels = shape.outChannels();
    stride = channels * outChannels + WinogradForward.GAP;
    workspace.reserve(Winograd.WORK, Check.intProduct("weights", Winograd.PRODUCTS, stride));
  }

  /**
   * Lets U outlive what other operations do in the workspace. Where that is not needed, all U lie
   * at the same place, which stays in the caches.
   */
  void keep() {
    if (kept < 0) {
      kept = workspace.keep((long) Winograd.PRODUCTS * stride);
    }
  }

  /** From now on, and until the next call, the same weights have the same values. */
  void fix() {
    keep();
    fixed = true;
    made = null;
  }

  /** {@code U = G w G^T} for each pair of channels. */
  void transform(float[] weight, int weightOff) {
    if (fixed && made == weight && madeOff == weightOff) {
      return;
    }
    this.weight = weight;
    this.weightOff = weightOff;
    workspace.team().run(channels * outChannels / Winograd.RUN, pairs);
    this.weight = null;
    made = weight;
    madeOff = weightOff;
  }

  /** Many pairs of channels, since a transform of a few takes as long to begin as to do. */
  private void pairs(int task, int worker) {
    int tap = channels * outChannels;
    int first = task * Winograd.RUN;
    Backend.kernels()
        .winogradOfWeights(
            Winograd.WEIGHT,
            Winograd.RUN,
            weight,
            weightOff + first,
            3 * tap,
            tap,
            workspace.memory(),
            at(0) + first,
            Winograd.POINTS * stride,
            stride,
            workspace.memory(),
            workspace.own(worker));
  }

  /** The array that holds U. */
  float[] data() {
    return workspace.memory();
  }

  /** Where the matrix {@code [C, OC]} of one of the 36 products begins. */
  int at(int product) {
    return (kept < 0 ? workspace.common() : kept) + product * stride;
  }
}
