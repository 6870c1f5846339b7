// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Add;
import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.BatchNorm2d;
import dev.lanewise.layers.Celu;
import dev.lanewise.layers.ChannelPad;
import dev.lanewise.layers.ChannelShuffle;
import dev.lanewise.layers.Concatenate;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.ConvTranspose2d;
import dev.lanewise.layers.Crop2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Dropout;
import dev.lanewise.layers.Dropout2d;
import dev.lanewise.layers.Elu;
import dev.lanewise.layers.Gelu;
import dev.lanewise.layers.GroupNorm;
import dev.lanewise.layers.HardSigmoid;
import dev.lanewise.layers.HardSwish;
import dev.lanewise.layers.LayerNorm;
import dev.lanewise.layers.LeakyRelu;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Mish;
import dev.lanewise.layers.Multiply;
import dev.lanewise.layers.PRelu;
import dev.lanewise.layers.Pad2d;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Relu6;
import dev.lanewise.layers.Selu;
import dev.lanewise.layers.Sigmoid;
import dev.lanewise.layers.Silu;
import dev.lanewise.layers.Softmax;
import dev.lanewise.layers.Softplus;
import dev.lanewise.layers.StochasticDepth;
import dev.lanewise.layers.Tanh;
import dev.lanewise.layers.Upsample2d;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Shape;
import java.util.List;

/**
 * A layer to be measured. {@code bench/peers/pytorch_layers.py} has PyTorch's under the same name.
 *
 * @param name the kind, and what tells it from others of its kind
 * @param layer the layer
 * @param inputs the shapes of one image of each input
 */
record MeasuredLayer(String name, Layer layer, Shape... inputs) {
  private static final Shape MAP = Shape.of(32, 32, 64);
  private static final Shape HALF = Shape.of(16, 16, 64);
  private static final Shape SMALL = Shape.of(8, 8, 256);

  static final List<MeasuredLayer> ALL =
      List.of(
          of("relu", new Relu()),
          of("leaky_relu", new LeakyRelu()),
          of("relu6", new Relu6()),
          of("prelu", new PRelu().perChannel()),
          of("elu", new Elu()),
          of("selu", new Selu()),
          of("celu", new Celu()),
          of("gelu", new Gelu()),
          of("gelu-tanh", Gelu.tanh()),
          of("silu", new Silu()),
          of("mish", new Mish()),
          of("softplus", new Softplus()),
          of("hard_sigmoid", new HardSigmoid()),
          of("hard_swish", new HardSwish()),
          of("sigmoid", new Sigmoid()),
          of("tanh", new Tanh()),
          of("softmax", new Softmax()),
          of("dropout", new Dropout(0.5)),
          of("dropout2d", new Dropout2d(0.5)),
          of("stochastic_depth", new StochasticDepth(0.2)),
          of("batch_norm2d", new BatchNorm2d()),
          of("group_norm", new GroupNorm(8)),
          of("instance_norm", GroupNorm.instance()),
          of("layer_norm", new LayerNorm()),
          of("layer_norm-per-pixel", LayerNorm.perPixel()),
          of("max_pool2d-2", new MaxPool2d(2)),
          of("max_pool2d-3-stride-2", new MaxPool2d(padded(3).stride(2))),
          of("avg_pool2d-2", new AvgPool2d(2)),
          of("avg_pool2d-3", new AvgPool2d(padded(3))),
          new MeasuredLayer("avg_pool2d-global", AvgPool2d.global(), SMALL),
          new MeasuredLayer("avg_pool2d-adaptive", AvgPool2d.adaptive(3, 3), SMALL),
          of("max_pool2d-3", new MaxPool2d(padded(3))),
          new MeasuredLayer("max_pool2d-global", MaxPool2d.global(), SMALL),
          of("pad2d", new Pad2d(1)),
          of("pad2d-reflect", new Pad2d(1).reflect()),
          of("pad2d-replicate", new Pad2d(1).replicate()),
          of("crop2d", new Crop2d(1)),
          new MeasuredLayer("upsample2d-nearest", new Upsample2d(2), HALF),
          new MeasuredLayer("upsample2d-bilinear", new Upsample2d(2).bilinear(), HALF),
          of("channel_shuffle", new ChannelShuffle(2)),
          of("channel_pad", new ChannelPad(16, 16)),
          new MeasuredLayer("add", new Add(), MAP, MAP),
          new MeasuredLayer("multiply", new Multiply(), MAP, MAP),
          new MeasuredLayer("multiply-channels", new Multiply(), MAP, Shape.flat(64)),
          new MeasuredLayer("concatenate", new Concatenate(), MAP, MAP),
          of("conv2d-1", new Conv2d(64, Window.valid(1))),
          of("conv2d-3", new Conv2d(64, padded(3))),
          of("conv2d-5-stride-2", new Conv2d(64, padded(5).stride(2))),
          of("conv2d-depthwise-3", new Conv2d(64, padded(3)).groups(64)),
          of("conv2d-depthwise-3-stride-2", new Conv2d(64, padded(3).stride(2)).groups(64)),
          of("conv2d-8-groups", new Conv2d(64, padded(3)).groups(8)),
          new MeasuredLayer(
              "conv_transpose2d-2", new ConvTranspose2d(64, Window.valid(2).stride(2)), HALF),
          new MeasuredLayer("dense", new Dense(512), Shape.flat(1024)));

  private static MeasuredLayer of(String name, Layer layer) {
    return new MeasuredLayer(name, layer, MAP);
  }

  private static Window padded(int kernel) {
    int pad = kernel / 2;
    return Window.valid(kernel).padding(pad, pad, pad, pad);
  }
}
