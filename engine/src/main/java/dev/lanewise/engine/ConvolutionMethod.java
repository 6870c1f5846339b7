package dev.lanewise.engine;

/**
 * A way to compute the three passes of a convolution. The arguments are those of {@link
 * Convolution}, which has checked them.
 */
interface ConvolutionMethod {
  /** The same convolution for another thread, which reads what the prepare methods of this left. */
  ConvolutionMethod lane(int maxBatch, Workspace workspace);

  /** From now on, and until the next call, the weights for {@link #forward} do not change. */
  default void fixWeight() {}

  /** What {@link #forward} of the lanes needs to know of the weights. */
  void prepareForward(float[] weight, int weightOff);

  /** What {@link #backwardData} of the lanes needs to know of the weights. */
  void prepareBackward(float[] weight, int weightOff);

  /** With {@code rectify}, {@code y = max(y, 0)} at the end. */
  void forward(
      int batch,
      float[] x,
      int xOff,
      float[] weight,
      int weightOff,
      float[] bias,
      int biasOff,
      float[] y,
      int yOff,
      boolean rectify);

  /** With a gate, like dx, {@code dx = gate <= 0 ? 0 : dx} at the end; {@code null} for none. */
  void backwardData(
      int batch,
      float[] dy,
      int dyOff,
      float[] weight,
      int weightOff,
      float[] dx,
      int dxOff,
      float[] gate,
      int gateOff);

  void backwardWeights(
      int batch,
      float[] x,
      int xOff,
      float[] dy,
      int dyOff,
      float[] dWeight,
      int dWeightOff,
      float[] dBias,
      int dBiasOff);

  /** Whether lanes can do what {@link #backwardWeights} does. */
  boolean weightsByLanes();

  /** Of the owner, before the lanes. */
  void beginWeights(int batch);

  /** Of a lane: the images from {@code first} on. */
  void addWeights(int first, int images, float[] x, int xOff, float[] dy, int dyOff);

  /** Of the owner, after the lanes. */
  void endWeights(int batch, float[] dWeight, int dWeightOff, float[] dBias, int dBiasOff);
}
