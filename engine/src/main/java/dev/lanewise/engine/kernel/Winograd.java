// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.kernel;

import dev.lanewise.engine.math.Fma;

/**
 * The transforms of Winograd's minimal filtering F(4x4, 3x3) (Lavin and Gray, "Fast algorithms for
 * convolutional neural networks", 2016): a 4x4 tile of a convolution with a 3x3 kernel takes 36
 * products instead of 144,
 *
 * <pre>
 * y = A^T [ (G w G^T) . (B^T x B) ] A        x: 6x6, w: 3x3, y: 4x4, . element by element
 * </pre>
 *
 * <p>It rests on evaluating polynomials at 0, 1, -1, 2, -2 and infinity. The backward passes are
 * the exact adjoints: with respect to the weights {@code dw = G^T [(B^T x B) . (A dy A^T)] G}.
 *
 * <p>At the lower and right edge of an image a tile may have two rows or columns instead of four.
 * Two outputs take four points, 0, 1, -1 and infinity. For these G is the same but for factors,
 * which stand in B^T here: so all tiles share the transformed weights, and a small one simply has
 * no products at 2 and -2. (docs/winograd.md)
 *
 * <p>Each constant is one matrix L, and a transform computes {@code L X R^T}, where R is L but for
 * the size of the tile. {@link #apply} is the model of the vector version: same operations, same
 * order. Constants other than powers of two are rounded once, in G.
 */
public enum Winograd {
  /** B^T: input tile, 6x6. */
  INPUT(6, 6),
  /** A^T: products to output tile, 4x6. */
  OUTPUT(6, 4),
  /** A: gradient of the output tile to that of the products, 6x4. */
  OUTPUT_GRADIENT(4, 6),
  /** G: weights, 6x3. */
  WEIGHT(3, 6),
  /** G^T: gradient of the transformed weights to that of the weights, 3x6. */
  WEIGHT_GRADIENT(6, 3);

  /** Rows or columns of an output tile. */
  public static final int TILE = 4;

  /** Rows or columns of a small output tile. */
  public static final int SMALL_TILE = 2;

  /** The points, and the rows or columns of an input tile. */
  public static final int POINTS = 6;

  /** Products per tile and pair of channels. */
  public static final int PRODUCTS = POINTS * POINTS;

  /**
   * Channels of a tile, or pairs of channels of weights, that are transformed together, at most.
   * Divides the pairs of 16 and 16 channels.
   */
  public static final int RUN = 128;

  /**
   * Floats of work space of a transform: stays in the L1 cache. Six rows, each an odd number of
   * cache lines, of four times as many floats as a run has.
   */
  public static final int WORK = POINTS * (TILE * 2 * RUN + 16);

  /** 1/6. */
  public static final float SIXTH = 1f / 6;

  /** 1/12. */
  public static final float TWELFTH = 1f / 12;

  /** 1/24. */
  public static final float TWENTY_FOURTH = 1f / 24;

  private final int inputs;
  private final int outputs;

  Winograd(int inputs, int outputs) {
    this.inputs = inputs;
    this.outputs = outputs;
  }

  /**
   * Whether a point belongs to a tile.
   *
   * @param point 0 to 5, for 0, 1, -1, 2, -2 and infinity
   * @param tile rows or columns of the tile, 4 or 2
   * @return false for the points 2 and -2 of a small tile
   */
  public static boolean has(int point, int tile) {
    return tile == TILE || point < 3 || point == 5;
  }

  /**
   * The columns of L.
   *
   * @param tile rows or columns of the output tile, 4 or 2
   * @return how many, those of points that the tile does not have included
   */
  public int inputs(int tile) {
    return inputs - (this == INPUT || this == OUTPUT_GRADIENT ? TILE - tile : 0);
  }

  /**
   * The rows of L.
   *
   * @param tile rows or columns of the output tile, 4 or 2
   * @return how many, those of points that the tile does not have included
   */
  public int outputs(int tile) {
    return outputs - (this == OUTPUT ? TILE - tile : 0);
  }

  /**
   * What L makes of zeros, which is not always +0.
   *
   * @param i the row of L
   * @param tile rows or columns of the output tile, 4 or 2
   * @return element i of L times a vector of zeros
   */
  public float transformedZero(int i, int tile) {
    return this == INPUT && tile == SMALL_TILE && i == 1 ? -0f : 0f;
  }

  /**
   * Multiplies L with one vector. What belongs to points that the tile does not have is neither
   * read nor written.
   *
   * @param tile rows or columns of the output tile: 4, or 2 except for weights
   * @param x input; element i at {@code xOff + i * xStep}
   * @param xOff its first element
   * @param xStep distance between elements
   * @param y output; element i at {@code yOff + i * yStep}
   * @param yOff its first element
   * @param yStep distance between elements
   */
  public void apply(int tile, float[] x, int xOff, int xStep, float[] y, int yOff, int yStep) {
    if (tile == SMALL_TILE) {
      applySmall(x, xOff, xStep, y, yOff, yStep);
      return;
    }
    float x0 = x[xOff];
    float x1 = x[xOff + xStep];
    float x2 = x[xOff + 2 * xStep];
    float x3 = inputs > 3 ? x[xOff + 3 * xStep] : 0;
    float x4 = inputs > 4 ? x[xOff + 4 * xStep] : 0;
    float x5 = inputs > 4 ? x[xOff + 5 * xStep] : 0;
    switch (this) {
      case INPUT -> {
        float even = Fma.fma(-4f, x2, x4);
        float odd = Fma.fma(-4f, x1, x3);
        float outer = x4 - x2;
        float inner = x3 - x1;
        y[yOff] = Fma.fma(4f, x0, Fma.fma(-5f, x2, x4));
        y[yOff + yStep] = even + odd;
        y[yOff + 2 * yStep] = even - odd;
        y[yOff + 3 * yStep] = Fma.fma(2f, inner, outer);
        y[yOff + 4 * yStep] = Fma.fma(-2f, inner, outer);
        y[yOff + 5 * yStep] = Fma.fma(4f, x1, Fma.fma(-5f, x3, x5));
      }
      case OUTPUT -> {
        float sum1 = x1 + x2;
        float difference1 = x1 - x2;
        float sum2 = x3 + x4;
        float difference2 = x3 - x4;
        y[yOff] = x0 + sum1 + sum2;
        y[yOff + yStep] = Fma.fma(2f, difference2, difference1);
        y[yOff + 2 * yStep] = Fma.fma(4f, sum2, sum1);
        y[yOff + 3 * yStep] = Fma.fma(8f, difference2, difference1) + x5;
      }
      case OUTPUT_GRADIENT -> {
        float even1 = x0 + x2;
        float odd1 = x1 + x3;
        float even2 = Fma.fma(4f, x2, x0);
        float odd2 = Fma.fma(4f, x3, x1);
        y[yOff] = x0;
        y[yOff + yStep] = even1 + odd1;
        y[yOff + 2 * yStep] = even1 - odd1;
        y[yOff + 3 * yStep] = Fma.fma(2f, odd2, even2);
        y[yOff + 4 * yStep] = Fma.fma(-2f, odd2, even2);
        y[yOff + 5 * yStep] = x3;
      }
      case WEIGHT -> {
        float even1 = x0 + x2;
        float even2 = Fma.fma(4f, x2, x0);
        y[yOff] = x0 * 0.25f;
        y[yOff + yStep] = (even1 + x1) * -SIXTH;
        y[yOff + 2 * yStep] = (even1 - x1) * -SIXTH;
        y[yOff + 3 * yStep] = Fma.fma(2f, x1, even2) * TWENTY_FOURTH;
        y[yOff + 4 * yStep] = Fma.fma(-2f, x1, even2) * TWENTY_FOURTH;
        y[yOff + 5 * yStep] = x2;
      }
      case WEIGHT_GRADIENT -> {
        float sum1 = x1 + x2;
        float sum2 = x3 + x4;
        float difference1 = x1 - x2;
        float difference2 = x3 - x4;
        y[yOff] = Fma.fma(sum2, TWENTY_FOURTH, Fma.fma(sum1, -SIXTH, x0 * 0.25f));
        y[yOff + yStep] = Fma.fma(difference2, TWELFTH, difference1 * -SIXTH);
        y[yOff + 2 * yStep] = Fma.fma(sum2 - sum1, SIXTH, x5);
      }
      default -> throw new AssertionError(this);
    }
  }

  private void applySmall(float[] x, int xOff, int xStep, float[] y, int yOff, int yStep) {
    float x0 = x[xOff];
    float x1 = x[xOff + xStep];
    switch (this) {
      case INPUT -> {
        float x2 = x[xOff + 2 * xStep];
        float x3 = x[xOff + 3 * xStep];
        y[yOff] = (x0 - x2) * 4f;
        y[yOff + yStep] = (x1 + x2) * -3f;
        y[yOff + 2 * yStep] = (x1 - x2) * 3f;
        y[yOff + 5 * yStep] = x3 - x1;
      }
      case OUTPUT -> {
        float x2 = x[xOff + 2 * xStep];
        float x5 = x[xOff + 5 * xStep];
        y[yOff] = x0 + x1 + x2;
        y[yOff + yStep] = x1 - x2 + x5;
      }
      case OUTPUT_GRADIENT -> {
        y[yOff] = x0;
        y[yOff + yStep] = x0 + x1;
        y[yOff + 2 * yStep] = x0 - x1;
        y[yOff + 5 * yStep] = x1;
      }
      default -> throw new AssertionError(this);
    }
  }
}
