package dev.lanewise.bench;

import dev.lanewise.engine.Conv2dShape;
import dev.lanewise.engine.Convolution;
import dev.lanewise.engine.WorkerTeam;

/** One convolution with its operands, to be run pass by pass on one thread. */
final class ConvolutionPasses {
  /** A pass. */
  enum Pass {
    FORWARD,
    DX,
    DWEIGHT
  }

  /** Behind each array, as the engine's own have it: see {@code Spare.FLOATS}. */
  private static final int SPARE = 16;

  private final Conv2dShape shape;
  private final int batch;
  private final Convolution convolution;
  private final float[] x; // [N, H, W, C]
  private final float[] weight; // [KH, KW, C, OC]
  private final float[] bias; // [OC]
  private final float[] y; // [N, OH, OW, OC]
  private final float[] dy; // [N, OH, OW, OC]
  private final float[] dx; // [N, H, W, C]
  private final float[] dWeight; // [KH, KW, C, OC]
  private final float[] dBias; // [OC]

  ConvolutionPasses(Conv2dShape shape, int batch, Convolution.Algorithm algorithm) {
    this.shape = shape;
    this.batch = batch;
    convolution = new Convolution(shape, batch, algorithm, WorkerTeam.single());
    x = Operands.integers(batch * shape.inputSize() + SPARE, 1);
    weight = Operands.integers(shape.weightSize() + SPARE, 2);
    bias = Operands.integers(shape.outChannels() + SPARE, 4);
    dy = Operands.integers(batch * shape.outputSize() + SPARE, 3);
    y = new float[dy.length];
    dx = new float[x.length];
    dWeight = new float[weight.length];
    dBias = new float[shape.outChannels() + SPARE];
  }

  void run(Pass pass) {
    switch (pass) {
      case FORWARD -> convolution.forward(batch, x, 0, weight, 0, bias, 0, y, 0);
      case DX -> convolution.backwardData(batch, dy, 0, weight, 0, dx, 0);
      case DWEIGHT -> convolution.backwardWeights(batch, x, 0, dy, 0, dWeight, 0, dBias, 0);
    }
  }

  /** Operations of a pass / 1e9, counted as direct convolution. */
  double gflop() {
    return 1e-9 * shape.flops() * batch;
  }
}
