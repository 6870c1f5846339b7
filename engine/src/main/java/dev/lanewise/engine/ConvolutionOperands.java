// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.shape.Conv2dShape;

/** What the operands of a convolution's passes must be, for whole batches and for slices. */
final class ConvolutionOperands {
  private ConvolutionOperands() {}

  /** All but the weight. */
  static void forward(Conv2dShape shape, int maxBatch, int batch, Floats x, Floats bias, Floats y) {
    Check.atMost("batch", batch, maxBatch);
    long sizeX = (long) batch * shape.inputSize();
    long sizeY = (long) batch * shape.outputSize();
    Operands.holds("x", x, sizeX);
    Operands.holds("y", y, sizeY);
    Operands.disjoint("y", y, sizeY, "x", x, sizeX);
    if (bias != null) {
      Operands.holds("bias", bias, shape.outChannels());
      Operands.disjoint("y", y, sizeY, "bias", bias, shape.outChannels());
    }
  }

  /** All but the weight. */
  static void backwardData(
      Conv2dShape shape, int maxBatch, int batch, Floats dy, Floats gate, Floats dx) {
    Check.atMost("batch", batch, maxBatch);
    long sizeDy = (long) batch * shape.outputSize();
    long sizeDx = (long) batch * shape.inputSize();
    Operands.holds("dy", dy, sizeDy);
    Operands.holds("dx", dx, sizeDx);
    Operands.disjoint("dx", dx, sizeDx, "dy", dy, sizeDy);
    if (gate != null) {
      Operands.holds("gate", gate, sizeDx);
      Operands.disjoint("dx", dx, sizeDx, "gate", gate, sizeDx);
    }
  }

  /** A weight that an output of {@code outSize} elements must not overlap. */
  static void weight(Conv2dShape shape, Floats weight, String outName, Floats out, long outSize) {
    Operands.holds("weight", weight, shape.weightSize());
    Operands.disjoint(outName, out, outSize, "weight", weight, shape.weightSize());
  }

  static void gradients(Conv2dShape shape, Floats dWeight, Floats dBias) {
    int sizeW = shape.weightSize();
    int sizeB = shape.outChannels();
    Operands.holds("dWeight", dWeight, sizeW);
    if (dBias != null) {
      Operands.holds("dBias", dBias, sizeB);
      Operands.disjoint("dBias", dBias, sizeB, "dWeight", dWeight, sizeW);
    }
  }

  static void backwardWeights(
      Conv2dShape shape,
      int maxBatch,
      int batch,
      Floats x,
      Floats dy,
      Floats dWeight,
      Floats dBias) {
    Check.atMost("batch", batch, maxBatch);
    long sizeX = (long) batch * shape.inputSize();
    long sizeDy = (long) batch * shape.outputSize();
    int sizeW = shape.weightSize();
    Operands.holds("x", x, sizeX);
    Operands.holds("dy", dy, sizeDy);
    gradients(shape, dWeight, dBias);
    Operands.disjoint("dWeight", dWeight, sizeW, "x", x, sizeX);
    Operands.disjoint("dWeight", dWeight, sizeW, "dy", dy, sizeDy);
    if (dBias != null) {
      int sizeB = shape.outChannels();
      Operands.disjoint("dBias", dBias, sizeB, "x", x, sizeX);
      Operands.disjoint("dBias", dBias, sizeB, "dy", dy, sizeDy);
    }
  }
}
