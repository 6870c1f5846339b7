package dev.lanewise.layers;

/**
 * How weights are drawn before training, so that signals keep their variance from layer to layer:
 * He, Zhang, Ren and Sun ("Delving deep into rectifiers", 2015) for layers before a rectifier,
 * {@code variance = 2 / fanIn}; Glorot and Bengio ("Understanding the difficulty of training deep
 * feedforward neural networks", 2010) for others, {@code variance = 2 / (fanIn + fanOut)}.
 */
public enum Initializer {
  /** Normal, variance 2 / fanIn. */
  HE_NORMAL,
  /** Uniform, variance 2 / fanIn. */
  HE_UNIFORM,
  /** Normal, variance 2 / (fanIn + fanOut). */
  GLOROT_NORMAL,
  /** Uniform, variance 2 / (fanIn + fanOut). */
  GLOROT_UNIFORM,
  /** All zero. */
  ZEROS;

  /**
   * Draws every element of a tensor, in order.
   *
   * @param tensor overwritten
   * @param fanIn inputs of one output
   * @param fanOut outputs that one input reaches
   * @param random the source
   */
  public void fill(Tensor tensor, int fanIn, int fanOut, RandomStream random) {
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data[tensor.offset + i] = (float) draw(fanIn, fanOut, random);
    }
  }

  private double draw(double fanIn, double fanOut, RandomStream random) {
    return switch (this) {
      case HE_NORMAL -> random.nextGaussian() * Math.sqrt(2 / fanIn);
      case HE_UNIFORM -> (2 * random.nextDouble() - 1) * Math.sqrt(6 / fanIn);
      case GLOROT_NORMAL -> random.nextGaussian() * Math.sqrt(2 / (fanIn + fanOut));
      case GLOROT_UNIFORM -> (2 * random.nextDouble() - 1) * Math.sqrt(6 / (fanIn + fanOut));
      case ZEROS -> 0;
    };
  }
}
