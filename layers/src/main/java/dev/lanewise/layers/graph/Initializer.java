// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

import java.util.Locale;

/**
 * How a parameter is drawn before training. The usual ones let signals keep their variance from
 * layer to layer: He, Zhang, Ren and Sun ("Delving deep into rectifiers", 2015) for layers before a
 * rectifier, {@code variance = 2 / fanIn}; Glorot and Bengio ("Understanding the difficulty of
 * training deep feedforward neural networks", 2010) for others, {@code variance = 2 / (fanIn +
 * fanOut)}.
 */
@FunctionalInterface
public interface Initializer {
  /** Normal, variance 2 / fanIn. */
  Initializer HE_NORMAL = Standard.HE_NORMAL;

  /** Uniform, variance 2 / fanIn. */
  Initializer HE_UNIFORM = Standard.HE_UNIFORM;

  /** Normal, variance 2 / (fanIn + fanOut). */
  Initializer GLOROT_NORMAL = Standard.GLOROT_NORMAL;

  /** Uniform, variance 2 / (fanIn + fanOut). */
  Initializer GLOROT_UNIFORM = Standard.GLOROT_UNIFORM;

  /**
   * For filters of groups of 1: as many of them as there are input channels, or all if there are
   * fewer, each copy one channel, and the others are uniform, variance 1 / (3 fanIn). So a network
   * begins near the identity, as Zagoruyko and Komodakis do ("DiracNets: training very deep neural
   * networks without skip-connections", 2017).
   */
  Initializer DIRAC = Standard.DIRAC;

  /** All zero. */
  Initializer ZEROS = Standard.ZEROS;

  /** All one. */
  Initializer ONES = Standard.ONES;

  /**
   * Draws one element. A tensor is filled in order.
   *
   * @param fanIn inputs of one output
   * @param fanOut outputs that one input reaches
   * @param random the only source of randomness to be used
   * @return the value, to be rounded to {@code float}
   */
  double draw(double fanIn, double fanOut, RandomStream random);

  /**
   * Draws every element of a tensor, in order.
   *
   * @param tensor overwritten
   * @param fanIn inputs of one output
   * @param fanOut outputs that one input reaches
   * @param random the source
   */
  default void fill(Tensor tensor, int fanIn, int fanOut, RandomStream random) {
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data[tensor.offset + i] = (float) draw(fanIn, fanOut, random);
    }
  }

  /**
   * One of those above, by its name in a model file, such as {@code he_normal}.
   *
   * @param name what its {@code toString} gives
   * @return the initializer
   * @throws IllegalArgumentException if there is none of that name
   */
  static Initializer named(String name) {
    for (Standard standard : Standard.values()) {
      if (standard.toString().equals(name)) {
        return standard;
      }
    }
    throw new IllegalArgumentException("there is no initializer called '" + name + "'");
  }

  /**
   * The name by which {@link #named} finds it again.
   *
   * @return the name; an initializer of your own has none, and a model file forgets it: {@code
   *     fallback}
   * @param fallback the name given then
   */
  default String nameOr(String fallback) {
    return this instanceof Standard ? toString() : fallback;
  }

  /** The initializers that have names. */
  enum Standard implements Initializer {
    /** See {@link Initializer#HE_NORMAL}. */
    HE_NORMAL,
    /** See {@link Initializer#HE_UNIFORM}. */
    HE_UNIFORM,
    /** See {@link Initializer#GLOROT_NORMAL}. */
    GLOROT_NORMAL,
    /** See {@link Initializer#GLOROT_UNIFORM}. */
    GLOROT_UNIFORM,
    /** See {@link Initializer#DIRAC}. */
    DIRAC {
      @Override
      public void fill(Tensor tensor, int fanIn, int fanOut, RandomStream random) {
        super.fill(tensor, fanIn, fanOut, random);
        copyChannels(tensor);
      }
    },
    /** See {@link Initializer#ZEROS}. */
    ZEROS,
    /** See {@link Initializer#ONES}. */
    ONES;

    @Override
    public double draw(double fanIn, double fanOut, RandomStream random) {
      return switch (this) {
        case HE_NORMAL -> random.nextGaussian() * Math.sqrt(2 / fanIn);
        case HE_UNIFORM -> (2 * random.nextDouble() - 1) * Math.sqrt(6 / fanIn);
        case GLOROT_NORMAL -> random.nextGaussian() * Math.sqrt(2 / (fanIn + fanOut));
        case GLOROT_UNIFORM -> (2 * random.nextDouble() - 1) * Math.sqrt(6 / (fanIn + fanOut));
        case DIRAC -> (2 * random.nextDouble() - 1) / Math.sqrt(fanIn);
        case ZEROS -> 0;
        case ONES -> 1;
      };
    }

    /** Makes the identity of the first filters of {@code [KH, KW, C, OC]}. */
    private static void copyChannels(Tensor filters) {
      int[] dims = filters.dims();
      if (dims.length != Parameter.FILTERS) {
        throw new IllegalArgumentException("dirac is for filters, not for " + filters);
      }
      int taps = dims[0] * dims[1];
      int centre = dims[0] / 2 * dims[1] + dims[1] / 2;
      int outputs = dims[3];
      for (int row = 0; row < taps * dims[2]; row++) {
        for (int o = 0; o < Math.min(dims[2], outputs); o++) {
          boolean copied = row == centre * dims[2] + o;
          filters.data[filters.offset + row * outputs + o] = copied ? 1 : 0;
        }
      }
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
