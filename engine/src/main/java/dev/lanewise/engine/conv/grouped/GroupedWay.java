// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.grouped;

import dev.lanewise.engine.run.Floats;

/**
 * A way to compute a convolution with groups, which {@link GroupedConvolution} divides among
 * threads: bands of images, and what an image adds to the gradient of the weights. All of these may
 * run in several threads at once, with the weights that were prepared last.
 */
interface GroupedWay {
  /** Takes the weights {@code [KH, KW, C/G, OC]} for {@link #forward}. */
  void prepareForward(Floats weight);

  /** Takes the weights for {@link #backward}. */
  void prepareBackward(Floats weight);

  /** From x to y. */
  Band forward();

  /** From dy to dx. */
  Band backward();

  /** From x and dy to dWeight. */
  Gradient gradient();

  /** Computes bands of the rows of one image. */
  interface Band {
    /** Rows of the result that are computed together, at least. */
    int unit();

    /** Units of a band, at most. */
    int units();

    /** Scratch memory of a band. */
    int floats();

    /**
     * Computes some units.
     *
     * @param first the first of them
     * @param count how many; the last one of an image may have fewer rows
     * @param x the image
     * @param bias for each channel of the result; {@code null} for zeros
     * @param y receives the result of the image
     * @param memory scratch memory
     */
    void compute(
        int first,
        int count,
        float[] x,
        int xOff,
        Floats bias,
        float[] y,
        int yOff,
        float[] memory,
        int own);
  }

  /** Computes what one image adds to dWeight. */
  interface Gradient {
    /** Into how many pieces dWeight is divided. */
    int pieces();

    /** Scratch memory for one image. */
    int floats();

    /**
     * Adds the gradients of some pieces.
     *
     * @param from the first of them
     * @param to where they end
     * @param x the image
     * @param dy its gradient
     * @param dw {@code [KH, KW, C/G, OC]}, added to
     * @param memory scratch memory
     */
    void add(
        int from,
        int to,
        float[] x,
        int xOff,
        float[] dy,
        int dyOff,
        float[] dw,
        int dwOff,
        float[] memory,
        int own);
  }
}
