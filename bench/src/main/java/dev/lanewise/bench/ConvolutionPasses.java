// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.engine.Convolution;
import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.Padding;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;

/** One convolution with its operands, to be run pass by pass on one thread. */
final class ConvolutionPasses {
  /** A pass. */
  enum Pass {
    FORWARD,
    DX,
    DWEIGHT
  }

  private final Conv2dShape shape;
  private final int batch;
  private final Convolution convolution;
  private final Floats x; // [N, H, W, C]
  private final Floats weight; // [KH, KW, C, OC]
  private final Floats bias; // [OC]
  private final Floats y; // [N, OH, OW, OC]
  private final Floats dy; // [N, OH, OW, OC]
  private final Floats dx; // [N, H, W, C]
  private final Floats dWeight; // [KH, KW, C, OC]
  private final Floats dBias; // [OC]

  ConvolutionPasses(Conv2dShape shape, int batch, Convolution.Algorithm algorithm) {
    this.shape = shape;
    this.batch = batch;
    Workspace workspace = new Workspace(WorkerTeam.single());
    convolution = new Convolution(shape, batch, algorithm, Epilogue.NONE, workspace);
    x = integers(batch * shape.inputSize(), 1);
    weight = integers(shape.weightSize(), 2);
    bias = integers(shape.outChannels(), 4);
    dy = integers(batch * shape.outputSize(), 3);
    y = zeros(dy.size());
    dx = zeros(x.size());
    dWeight = zeros(weight.size());
    dBias = zeros(bias.size());
  }

  private static Floats integers(int size, long seed) {
    return new Floats(Operands.integers(size + Padding.FLOATS, seed), 0, size);
  }

  private static Floats zeros(int size) {
    return new Floats(new float[size + Padding.FLOATS], 0, size);
  }

  void run(Pass pass) {
    switch (pass) {
      case FORWARD -> convolution.forward(batch, x, weight, bias, y);
      case DX -> convolution.backwardData(batch, dy, weight, null, dx);
      case DWEIGHT -> convolution.backwardWeights(batch, x, dy, dWeight, dBias);
    }
  }

  /** Operations of a pass / 1e9, counted as direct convolution. */
  double gflop() {
    return 1e-9 * shape.flops() * batch;
  }
}
