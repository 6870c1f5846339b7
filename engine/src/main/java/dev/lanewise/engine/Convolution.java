package dev.lanewise.engine;

/**
 * A two-dimensional convolution (cross-correlation, as everywhere in deep learning) of a batch, in
 * its three passes: forward, backward data and backward weights.
 *
 * <pre>
 * y[n,oy,ox,oc] = bias[oc] + sum over ky,kx,c of x[n, oy*s-p+ky*d, ox*s-p+kx*d, c] * w[ky,kx,c,oc]
 * </pre>
 *
 * <p>Layouts: x {@code [N, H, W, C]}, weight {@code [KH, KW, C, OC]}, y {@code [N, OH, OW, OC]},
 * all row-major and contiguous. Results depend on the values and the shapes alone, never on the
 * number of threads or the width of the vectors.
 *
 * <p>An instance uses a workspace, and what it needs there is made when a pass first runs: it is
 * not thread-safe, and allocates nothing in later calls.
 */
public final class Convolution {
  /** Which algorithm computes the passes. */
  public enum Algorithm {
    /** The fastest for the shape: Winograd where it applies, else {@link #DIRECT}. */
    AUTO,
    /** Every product of the definition, with one rounding each. */
    DIRECT
  }

  /** Parts of a batch whose images different threads may give to {@link #addWeights}. */
  public static final int HALVES = 2;

  private static final int NOTHING = -1;

  private final Conv2dShape shape;
  private final int maxBatch;
  private final ConvolutionMethod method;
  private final Convolution owner; // of a lane; else itself
  private int begun = NOTHING; // the batch of beginWeights, until endWeights

  /**
   * Prepares convolutions of one shape.
   *
   * @param shape the shapes
   * @param maxBatch the largest batch that will be passed
   * @param algorithm how to compute them
   * @param team the threads to use
   * @throws IllegalArgumentException if {@code maxBatch} is not positive, or a batch has more than
   *     2^31 - 1 elements
   */
  public Convolution(Conv2dShape shape, int maxBatch, Algorithm algorithm, WorkerTeam team) {
    this(shape, maxBatch, algorithm, new Workspace(team));
  }

  /**
   * Prepares convolutions of one shape that share their scratch memory with other operations.
   *
   * @param shape the shapes
   * @param maxBatch the largest batch that will be passed
   * @param algorithm how to compute them
   * @param workspace the threads and the memory to use
   * @throws IllegalArgumentException if {@code maxBatch} is not positive, or a batch has more than
   *     2^31 - 1 elements
   */
  public Convolution(Conv2dShape shape, int maxBatch, Algorithm algorithm, Workspace workspace) {
    Check.positive("maxBatch", maxBatch);
    Check.intProduct("input", maxBatch, shape.inputSize());
    Check.intProduct("output", maxBatch, shape.outputSize());
    this.shape = shape;
    this.maxBatch = maxBatch;
    owner = this;
    method =
        algorithm == Algorithm.AUTO && WinogradConvolution.serves(shape)
            ? new WinogradConvolution(shape, maxBatch, workspace)
            : new DirectConvolution(shape, maxBatch, workspace);
  }

  private Convolution(
      Conv2dShape shape, int maxBatch, ConvolutionMethod method, Convolution owner) {
    this.shape = shape;
    this.maxBatch = maxBatch;
    this.method = method;
    this.owner = owner;
  }

  /**
   * The same convolution for another thread, a lane; not to be called for a lane. Lanes compute
   * {@link #forward} and {@link #backwardData} of different images at the same time, with weights
   * that are prepared once, by this convolution and its team: {@link #prepareForward} and {@link
   * #prepareBackward}. Where {@link #weightsByLanes} says so, also the gradients of the weights.
   *
   * @param maxBatch the largest batch that will be passed to the lane
   * @param workspace the threads and the memory that the lane uses
   * @return a convolution whose passes expect the weights that were last prepared, and have no
   *     effect on this one but for the sums of {@link #addWeights}
   * @throws IllegalArgumentException if {@code maxBatch} is not positive
   */
  public Convolution lane(int maxBatch, Workspace workspace) {
    Check.positive("maxBatch", maxBatch);
    return new Convolution(shape, maxBatch, method.lane(maxBatch, workspace), this);
  }

  /**
   * Says that the weights do not change any more: what {@link #forward} makes of them is then made
   * once. To be called again after each change; until then, forward may use the weights as they
   * were. Not to be called for a lane.
   */
  public void fixWeight() {
    method.fixWeight();
  }

  /**
   * Prepares the weights for {@link #forward} of the lanes. Not to be called for a lane.
   *
   * @param weight {@code [KH, KW, C, OC]}
   * @param weightOff its first element
   * @throws IllegalArgumentException if they exceed their array
   */
  public void prepareForward(float[] weight, int weightOff) {
    Check.range("weight", weight.length, weightOff, shape.weightSize());
    method.prepareForward(weight, weightOff);
  }

  /**
   * Prepares the weights for {@link #backwardData} of the lanes. Not to be called for a lane.
   *
   * @param weight {@code [KH, KW, C, OC]}
   * @param weightOff its first element
   * @throws IllegalArgumentException if they exceed their array
   */
  public void prepareBackward(float[] weight, int weightOff) {
    Check.range("weight", weight.length, weightOff, shape.weightSize());
    method.prepareBackward(weight, weightOff);
  }

  /**
   * Computes y.
   *
   * @param batch number of images, N
   * @param x {@code [N, H, W, C]}
   * @param xOff its first element
   * @param weight {@code [KH, KW, C, OC]}
   * @param weightOff its first element
   * @param bias {@code [OC]}, or {@code null} for none
   * @param biasOff its first element
   * @param y receives {@code [N, OH, OW, OC]}
   * @param yOff its first element
   * @throws IllegalArgumentException if batch is not from 0 to {@code maxBatch}, an operand exceeds
   *     its array, or y overlaps an input; y is unchanged then
   */
  public void forward(
      int batch,
      float[] x,
      int xOff,
      float[] weight,
      int weightOff,
      float[] bias,
      int biasOff,
      float[] y,
      int yOff) {
    forward(batch, x, xOff, weight, weightOff, bias, biasOff, y, yOff, false);
  }

  /**
   * {@link #forward}, then the rectifier: {@code y = max(y, 0)}, NaN staying NaN, while y is still
   * in the cache. Parameters and errors are those of {@link #forward}.
   *
   * @param batch number of images, N
   * @param x {@code [N, H, W, C]}
   * @param xOff its first element
   * @param weight {@code [KH, KW, C, OC]}
   * @param weightOff its first element
   * @param bias {@code [OC]}, or {@code null} for none
   * @param biasOff its first element
   * @param y receives {@code [N, OH, OW, OC]}
   * @param yOff its first element
   */
  public void forwardRectified(
      int batch,
      float[] x,
      int xOff,
      float[] weight,
      int weightOff,
      float[] bias,
      int biasOff,
      float[] y,
      int yOff) {
    forward(batch, x, xOff, weight, weightOff, bias, biasOff, y, yOff, true);
  }

  private void forward(
      int batch,
      float[] x,
      int xOff,
      float[] weight,
      int weightOff,
      float[] bias,
      int biasOff,
      float[] y,
      int yOff,
      boolean rectify) {
    Check.atMost("batch", batch, maxBatch);
    long sizeX = (long) batch * shape.inputSize();
    long sizeY = (long) batch * shape.outputSize();
    Check.range("x", x.length, xOff, sizeX);
    Check.range("weight", weight.length, weightOff, shape.weightSize());
    Check.range("y", y.length, yOff, sizeY);
    Check.disjoint("y", y, yOff, sizeY, "x", x, xOff, sizeX);
    Check.disjoint("y", y, yOff, sizeY, "weight", weight, weightOff, shape.weightSize());
    if (bias != null) {
      Check.range("bias", bias.length, biasOff, shape.outChannels());
      Check.disjoint("y", y, yOff, sizeY, "bias", bias, biasOff, shape.outChannels());
    }
    method.forward(batch, x, xOff, weight, weightOff, bias, biasOff, y, yOff, rectify);
  }

  /**
   * Computes dx, the gradient with respect to x: each dy, times each weight, goes back to the pixel
   * that the weight was multiplied with.
   *
   * @param batch number of images, N
   * @param dy gradient with respect to y, {@code [N, OH, OW, OC]}
   * @param dyOff its first element
   * @param weight {@code [KH, KW, C, OC]}
   * @param weightOff its first element
   * @param dx receives {@code [N, H, W, C]}
   * @param dxOff its first element
   * @throws IllegalArgumentException if batch is not from 0 to {@code maxBatch}, an operand exceeds
   *     its array, or dx overlaps an input; dx is unchanged then
   */
  public void backwardData(
      int batch, float[] dy, int dyOff, float[] weight, int weightOff, float[] dx, int dxOff) {
    checkBackwardData(batch, dy, dyOff, weight, weightOff, dx, dxOff);
    method.backwardData(batch, dy, dyOff, weight, weightOff, dx, dxOff, null, 0);
  }

  /**
   * {@link #backwardData}, then the gradient of a rectifier that made x: {@code dx = x <= 0 ? 0 :
   * dx}, while dx is still in the cache. The other parameters and errors are those of {@link
   * #backwardData}.
   *
   * @param batch number of images, N
   * @param x the output of the rectifier, {@code [N, H, W, C]}; not overlapping dx
   * @param xOff its first element
   * @param dy gradient with respect to y, {@code [N, OH, OW, OC]}
   * @param dyOff its first element
   * @param weight {@code [KH, KW, C, OC]}
   * @param weightOff its first element
   * @param dx receives the gradient with respect to the input of the rectifier, {@code [N, H, W,
   *     C]}
   * @param dxOff its first element
   */
  public void backwardDataRectified(
      int batch,
      float[] x,
      int xOff,
      float[] dy,
      int dyOff,
      float[] weight,
      int weightOff,
      float[] dx,
      int dxOff) {
    checkBackwardData(batch, dy, dyOff, weight, weightOff, dx, dxOff);
    long sizeDx = (long) batch * shape.inputSize();
    Check.range("x", x.length, xOff, sizeDx);
    Check.disjoint("dx", dx, dxOff, sizeDx, "x", x, xOff, sizeDx);
    method.backwardData(batch, dy, dyOff, weight, weightOff, dx, dxOff, x, xOff);
  }

  private void checkBackwardData(
      int batch, float[] dy, int dyOff, float[] weight, int weightOff, float[] dx, int dxOff) {
    Check.atMost("batch", batch, maxBatch);
    long sizeDy = (long) batch * shape.outputSize();
    long sizeDx = (long) batch * shape.inputSize();
    Check.range("dy", dy.length, dyOff, sizeDy);
    Check.range("weight", weight.length, weightOff, shape.weightSize());
    Check.range("dx", dx.length, dxOff, sizeDx);
    Check.disjoint("dx", dx, dxOff, sizeDx, "dy", dy, dyOff, sizeDy);
    Check.disjoint("dx", dx, dxOff, sizeDx, "weight", weight, weightOff, shape.weightSize());
  }

  /**
   * Adds the gradients with respect to weight and bias to {@code dWeight} and {@code dBias}.
   *
   * @param batch number of images, N
   * @param x {@code [N, H, W, C]}
   * @param xOff its first element
   * @param dy gradient with respect to y, {@code [N, OH, OW, OC]}
   * @param dyOff its first element
   * @param dWeight {@code [KH, KW, C, OC]}, added to
   * @param dWeightOff its first element
   * @param dBias {@code [OC]}, added to; or {@code null} for none
   * @param dBiasOff its first element
   * @throws IllegalArgumentException if batch is not from 0 to {@code maxBatch}, an operand exceeds
   *     its array, or an output overlaps another operand; the outputs are unchanged then
   */
  public void backwardWeights(
      int batch,
      float[] x,
      int xOff,
      float[] dy,
      int dyOff,
      float[] dWeight,
      int dWeightOff,
      float[] dBias,
      int dBiasOff) {
    Check.atMost("batch", batch, maxBatch);
    long sizeX = (long) batch * shape.inputSize();
    long sizeDy = (long) batch * shape.outputSize();
    int sizeW = shape.weightSize();
    Check.range("x", x.length, xOff, sizeX);
    Check.range("dy", dy.length, dyOff, sizeDy);
    checkGradients(dWeight, dWeightOff, dBias, dBiasOff);
    Check.disjoint("dWeight", dWeight, dWeightOff, sizeW, "x", x, xOff, sizeX);
    Check.disjoint("dWeight", dWeight, dWeightOff, sizeW, "dy", dy, dyOff, sizeDy);
    if (dBias != null) {
      int sizeB = shape.outChannels();
      Check.disjoint("dBias", dBias, dBiasOff, sizeB, "x", x, xOff, sizeX);
      Check.disjoint("dBias", dBias, dBiasOff, sizeB, "dy", dy, dyOff, sizeDy);
    }
    method.backwardWeights(batch, x, xOff, dy, dyOff, dWeight, dWeightOff, dBias, dBiasOff);
  }

  private void checkGradients(float[] dWeight, int dWeightOff, float[] dBias, int dBiasOff) {
    int sizeW = shape.weightSize();
    int sizeB = shape.outChannels();
    Check.range("dWeight", dWeight.length, dWeightOff, sizeW);
    if (dBias != null) {
      Check.range("dBias", dBias.length, dBiasOff, sizeB);
      Check.disjoint("dBias", dBias, dBiasOff, sizeB, "dWeight", dWeight, dWeightOff, sizeW);
    }
  }

  /**
   * Whether lanes can do what {@link #backwardWeights} does, to the same bits: {@link
   * #beginWeights}, then {@link #addWeights} for every image, then {@link #endWeights}. They cannot
   * where each sum runs over the images of the whole batch.
   *
   * @return whether those methods may be called
   */
  public boolean weightsByLanes() {
    return method.weightsByLanes();
  }

  /**
   * Begins the gradients of a batch, before the lanes. Not to be called for a lane.
   *
   * @param batch number of images, N
   * @throws IllegalArgumentException if batch is not from 0 to {@code maxBatch}
   * @throws IllegalStateException if this is a lane, or {@link #weightsByLanes} is false
   */
  public void beginWeights(int batch) {
    if (owner != this) {
      throw new IllegalStateException("a lane cannot begin gradients");
    }
    if (!weightsByLanes()) {
      throw new IllegalStateException("lanes cannot compute the gradients of these weights");
    }
    Check.atMost("batch", batch, maxBatch);
    begun = batch;
    method.beginWeights(batch);
  }

  /**
   * Takes some images into the gradients of a batch. For a lane alone. The batch has {@link
   * #HALVES} parts, from image {@code 0} and {@code batch / HALVES} on: images of a part come one
   * after the other; two lanes may bring images of different parts at the same time.
   *
   * @param first the number of the first image in the batch
   * @param images how many
   * @param x {@code [images, H, W, C]}
   * @param xOff its first element
   * @param dy gradient with respect to y, {@code [images, OH, OW, OC]}
   * @param dyOff its first element
   * @throws IllegalArgumentException if images is not from 0 to {@code maxBatch}, the batch that
   *     was begun does not have them, or an operand exceeds its array
   * @throws IllegalStateException if this is not a lane, or no batch was begun
   */
  public void addWeights(int first, int images, float[] x, int xOff, float[] dy, int dyOff) {
    if (owner == this) {
      throw new IllegalStateException("only a lane adds to gradients");
    }
    owner.requireBegun();
    Check.atMost("images", images, maxBatch);
    Check.atMost("first image", first, owner.begun - images);
    Check.range("x", x.length, xOff, (long) images * shape.inputSize());
    Check.range("dy", dy.length, dyOff, (long) images * shape.outputSize());
    method.addWeights(first, images, x, xOff, dy, dyOff);
  }

  /**
   * Adds the gradients of the batch, after the lanes. Not to be called for a lane.
   *
   * @param dWeight {@code [KH, KW, C, OC]}, added to
   * @param dWeightOff its first element
   * @param dBias {@code [OC]}, added to; or {@code null} for none
   * @param dBiasOff its first element
   * @throws IllegalArgumentException if an output exceeds its array, or they overlap
   * @throws IllegalStateException if no batch was begun since the last end
   */
  public void endWeights(float[] dWeight, int dWeightOff, float[] dBias, int dBiasOff) {
    requireBegun();
    checkGradients(dWeight, dWeightOff, dBias, dBiasOff);
    method.endWeights(begun, dWeight, dWeightOff, dBias, dBiasOff);
    begun = NOTHING;
  }

  private void requireBegun() {
    if (begun == NOTHING) {
      throw new IllegalStateException("no gradients were begun");
    }
  }
}
