// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * A layer in double precision, forward and backward, written from the definition, and what a float
 * kernel may be off by: for a sum of k products {@code (k + 2) * 2^-24 * sum |a||b|}.
 */
public abstract class Oracle {
  /** A rounding of 1. */
  public static final double UNIT = 0x1p-24;

  /** The seed of the pass that an oracle is compared with; in step 0, from image 0 on. */
  public static final long SEED = 1;

  private final Layer layer;
  private final Shape[] inputs;

  protected Oracle(Layer layer, Shape... inputs) {
    this.layer = layer;
    this.inputs = inputs;
  }

  /** Values, and what a float computation of them may be off by. */
  public record Bounded(double[] value, double[] error) {
    public static Bounded exactly(double[] value) {
      return new Bounded(value, new double[value.length]);
    }

    /** The sum of two of them, rounded once more. */
    public Bounded twice() {
      double[] twice = value.clone();
      double[] twiceOff = error.clone();
      Arrays.setAll(twice, i -> 2 * value[i]);
      Arrays.setAll(twiceOff, i -> 2 * error[i] + UNIT * Math.abs(twice[i]));
      return new Bounded(twice, twiceOff);
    }

    /** Whether a tensor's values are these, as far as they may be off. */
    public void assertHolds(String what, Tensor actual) {
      assertEquals(value.length, actual.size(), what);
      for (int i = 0; i < value.length; i++) {
        double off = Math.abs(value[i] - actual.data[actual.offset + i]);
        if (!(off <= error[i])) {
          fail(
              what + "[" + i + "] should be " + value[i] + ", is off by " + off + " > " + error[i]);
        }
      }
    }
  }

  /**
   * What a backward pass gives.
   *
   * @param dx the gradients of the inputs
   * @param dp the gradients of the parameters
   */
  public record Gradients(List<Bounded> dx, List<Bounded> dp) {}

  /** The layer that is to compute the same. */
  public final Layer layer() {
    return layer;
  }

  /** The shapes of one image of each input. */
  public final Shape[] inputs() {
    return inputs.clone();
  }

  /** The sizes of the batches to be compared. */
  public int[] batches() {
    return new int[] {2};
  }

  /**
   * y from x.
   *
   * @param batch how many images
   * @param x [input][element]
   * @param p [parameter][element], in the order of the layer
   */
  public abstract Bounded forward(int batch, double[][] x, double[][] p);

  /**
   * The gradients from dy.
   *
   * @param batch how many images
   * @param x [input][element]
   * @param dy of y
   * @param p [parameter][element], in the order of the layer
   */
  public abstract Gradients backward(int batch, double[][] x, double[] dy, double[][] p);

  @Override
  public String toString() {
    return layer + " of " + Arrays.toString(inputs);
  }

  /** The input pixel of a batch that an output pixel sees through a tap, or -1: padding. */
  static int source(WindowGrid grid, int pixel, int tap) {
    Window w = grid.window();
    int n = pixel / grid.outputPixels();
    int oy = pixel % grid.outputPixels() / grid.outputW();
    int ox = pixel % grid.outputW();
    int iy = oy * w.strideH() - grid.padTop() + tap / w.kernelW() * w.dilationH();
    int ix = ox * w.strideW() - grid.padLeft() + tap % w.kernelW() * w.dilationW();
    boolean inside = iy >= 0 && iy < grid.inputH() && ix >= 0 && ix < grid.inputW();
    return inside ? n * grid.inputPixels() + iy * grid.inputW() + ix : -1;
  }
}
