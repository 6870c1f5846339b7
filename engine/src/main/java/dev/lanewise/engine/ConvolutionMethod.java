package dev.lanewise.engine;

/**
 * A way to compute the three passes of a convolution. The arguments are those of {@link
 * Convolution}, which has checked them.
 */
interface ConvolutionMethod {
  void forward(
      int batch,
      float[] x,
      int xOff,
      float[] weight,
      int weightOff,
      float[] bias,
      int biasOff,
      float[] y,
      int yOff);

  void backwardData(
      int batch, float[] dy, int dyOff, float[] weight, int weightOff, float[] dx, int dxOff);

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
}
