// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv;

import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.Workspace;

/**
 * A way to compute the three passes of a convolution. The arguments are those of the facade, which
 * has checked them.
 */
public interface ConvolutionMethod {
  /** A slice of the same convolution, which reads what the prepare methods of this left. */
  Slice slice(OutputEnd end, Workspace workspace);

  /** Declares the weight of {@link #forward} frozen until the next call. */
  default void freezeWeight() {}

  /** What {@link Slice#forward} needs to know of the weight. */
  void prepareForward(Floats weight);

  /** What {@link Slice#backwardData} needs to know of the weight. */
  void prepareBackward(Floats weight);

  /** With a gate, like y, {@code y = gate <= 0 ? 0 : y} at the end; may be y. */
  void forward(int batch, Floats x, Floats weight, Floats bias, Floats y, Floats gate);

  /** With a gate, like dx, {@code dx = gate <= 0 ? 0 : dx} at the end; {@code null} for none. */
  void backwardData(int batch, Floats dy, Floats weight, Floats gate, Floats dx);

  void backwardWeights(int batch, Floats x, Floats dy, Floats dWeight, Floats dBias);

  /** Whether slices can do what {@link #backwardWeights} does. */
  boolean gradientsBySlices();

  /** Before the slices. */
  void beginGradients(int batch);

  /** After the slices. */
  void endGradients(int batch, Floats dWeight, Floats dBias);

  /** The passes over some images of a batch, in one thread. */
  interface Slice {
    /** With a gate as above. */
    void forward(int batch, Floats x, Floats bias, Floats y, Floats gate);

    void backwardData(int batch, Floats dy, Floats gate, Floats dx);

    /** The images from {@code first} on. */
    void addGradients(int first, int images, Floats x, Floats dy);
  }
}
