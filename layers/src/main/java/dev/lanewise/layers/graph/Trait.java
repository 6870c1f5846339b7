// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

/**
 * What a layer allows a plan to do with it. A layer that claims nothing is always run right, on
 * whole batches and with tensors of its own; each trait saves time or memory, and changes no bit.
 */
public enum Trait {
  /**
   * Every image is treated by itself. Images of one batch may then go through several passes of the
   * layer, each in a thread of its own, and {@link Pass#backwardParameters} through yet another
   * one, which has not run forward: it must get by with its arguments.
   */
  PER_IMAGE,
  /**
   * A pass may be given a y that is the same elements as the first x, and a first dx that is the
   * same as dy. Implies {@link #IGNORES_X}.
   */
  IN_PLACE,
  /** y is x under another shape, and dx is dy: a plan may leave the layer out. */
  RESHAPE,
  /** {@link Pass#backward} does not read x. */
  IGNORES_X,
  /** {@link Pass#backward} does not read y. */
  IGNORES_Y,
  /**
   * The passes that share a batch can add up the gradients of the parameters themselves, by {@link
   * Pass#addGradients}.
   */
  GRADIENTS_BY_SLICES,
  /** This is ReLU, {@code y = max(x, 0)}: what other layers may take over. */
  RELU,
  /** Takes over a ReLU after it: forward ends as {@link Site#epilogue} says. */
  FUSES_RELU_AFTER,
  /**
   * In an inference this is a scale and a shift for each channel, the same for all images, and its
   * pass a {@link ScalingPass}: what other layers may take over.
   */
  SCALES_CHANNELS,
  /**
   * Takes over such a layer after it, as a convolution does a batch normalisation: forward scales
   * its output as {@link Site#scale} says, before the epilogue.
   */
  FUSES_SCALE_AFTER,
  /**
   * A function of each element by itself, whose pass is an {@link ElementwisePass}: what other
   * layers may take over in an inference.
   */
  MAPS_ELEMENTS,
  /**
   * Takes over such a layer after it: forward ends as {@link Site#function} says, after its scale.
   */
  FUSES_MAP_AFTER,
  /** Takes over the gradient of a ReLU before it: dx ends as {@link Site#gated} says. */
  FUSES_GATE,
  /**
   * Takes over a ReLU before it altogether: with {@code Epilogue.RELU}, forward computes what it
   * would of {@code max(x, 0)}, and backward the gradient with respect to x.
   */
  FUSES_RELU_BEFORE
}
