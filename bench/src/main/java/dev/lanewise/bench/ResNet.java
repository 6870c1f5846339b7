package dev.lanewise.bench;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.BatchNorm2d;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Residual;
import dev.lanewise.layers.Sequential;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Residual networks for small images: He, Zhang, Ren and Sun ("Deep residual learning for image
 * recognition", 2015), section 4.2. Where the shape changes, the shortcut is a 1x1 convolution with
 * batch normalisation (their option B).
 */
final class ResNet {
  private static final int BLOCKS = 3; // of a stage

  private ResNet() {}

  /** 19 convolutions and a dense layer; three stages of 16, 32 and 64 channels. */
  static Network resnet20(Shape input, int classes) {
    List<Block> blocks = new ArrayList<>(List.of(conv3x3(16, 1), new BatchNorm2d(), new Relu()));
    int in = 16;
    for (int out : new int[] {16, 32, 64}) {
      for (int i = 0; i < BLOCKS; i++) {
        blocks.add(basicBlock(in, out));
        blocks.add(new Relu());
        in = out;
      }
    }
    blocks.add(AvgPool2d.global());
    blocks.add(new Dense(classes));
    return new Network(input, blocks);
  }

  private static Residual basicBlock(int in, int out) {
    int stride = in == out ? 1 : 2;
    Sequential branch =
        new Sequential(
            conv3x3(out, stride),
            new BatchNorm2d(),
            new Relu(),
            conv3x3(out, 1),
            new BatchNorm2d());
    if (in == out) {
      return new Residual(branch);
    }
    Conv2d projection = new Conv2d(out, Window.valid(1).stride(stride)).bias(false);
    return new Residual(branch, new Sequential(projection, new BatchNorm2d()));
  }

  /** Padded by one pixel on each side, as in PyTorch, whatever the stride. */
  private static Conv2d conv3x3(int channels, int stride) {
    return new Conv2d(channels, Window.valid(3).padding(1, 1, 1, 1).stride(stride)).bias(false);
  }
}
