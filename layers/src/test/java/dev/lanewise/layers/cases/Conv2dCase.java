// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.engine.Convolution.Algorithm;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Initializer;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** See {@link Conv2d}. */
final class Conv2dCase implements LayerCase {
  /** x: [N, H, W, C], weight: [KH, KW, C/G, OC], bias: [OC], y: [N, OH, OW, OC]. */
  private static final class Filters extends Bilinear {
    private final int channels;
    private final int outChannels;
    private final int groups;
    private final int taps;
    private final WindowGrid grid;

    /** The fast algorithm for whole vectors of channels has larger rounding errors. */
    Filters(Conv2d layer, boolean fast, Shape in, int outChannels, Window window, int groups) {
      super(layer, fast ? 16 : 0, in);
      this.outChannels = outChannels;
      this.groups = groups;
      channels = in.channels();
      taps = window.kernelH() * window.kernelW();
      grid = WindowGrid.of(window, in.height(), in.width());
    }

    @Override
    int outputs() {
      return grid.outputPixels() * outChannels;
    }

    @Override
    int biases() {
      return outChannels;
    }

    @Override
    void terms(int batch, Term term) {
      for (int pixel = 0; pixel < batch * grid.outputPixels(); pixel++) {
        for (int tap = 0; tap < taps; tap++) {
          int at = source(grid, pixel, tap) * channels;
          int seen = channels / groups;
          for (int oc = 0; at >= 0 && oc < outChannels; oc++) {
            int first = at + oc / (outChannels / groups) * seen;
            for (int c = 0; c < seen; c++) {
              int wi = (tap * seen + c) * outChannels + oc;
              term.at(first + c, wi, pixel * outChannels + oc);
            }
          }
        }
      }
    }
  }

  static Oracle oracle(Shape in, int outChannels, Window window, Algorithm algorithm) {
    boolean fast =
        algorithm == Algorithm.AUTO
            && window.equals(Window.same(3))
            && in.channels() % 16 == 0
            && outChannels % 16 == 0;
    Conv2d layer = new Conv2d(outChannels, window).algorithm(algorithm);
    return new Filters(layer, fast, in, outChannels, window, 1);
  }

  private static Oracle grouped(Shape in, int outChannels, Window window, int groups) {
    Conv2d layer = new Conv2d(outChannels, window).groups(groups);
    return new Filters(layer, false, in, outChannels, window, groups);
  }

  private static Oracle direct(Shape in, int outChannels, Window window) {
    return oracle(in, outChannels, window, Algorithm.DIRECT);
  }

  @Override
  public List<Oracle> oracles() {
    Shape unbiased = Shape.of(4, 5, 3);
    return List.of(
        direct(Shape.of(5, 4, 1), 3, Window.same(3)),
        direct(Shape.of(5, 4, 2), 3, Window.valid(3)),
        direct(Shape.of(6, 7, 2), 2, Window.same(3).stride(2)),
        direct(Shape.of(7, 6, 2), 3, Window.valid(2, 3).stride(2, 1)),
        direct(Shape.of(7, 6, 1), 2, Window.same(3).dilation(2, 2)),
        direct(Shape.of(6, 8, 2), 2, Window.valid(2).dilation(3, 2).stride(1, 2)),
        direct(Shape.of(4, 5, 2), 3, Window.valid(3).padding(2, 1, 0, 3)),
        direct(Shape.of(3, 3, 2), 2, Window.valid(1).padding(1, 2, 2, 1)),
        direct(Shape.of(2, 2, 1), 2, Window.valid(5).padding(2, 2, 2, 2)),
        direct(Shape.of(5, 5, 2), 2, Window.valid(2).stride(3)),
        direct(Shape.of(4, 4, 3), 18, Window.same(1)),
        direct(Shape.of(1, 1, 4), 5, Window.same(3)),
        direct(Shape.of(4, 3, 17), 7, Window.same(3)),
        new Filters(
            new Conv2d(4, Window.same(3)).bias(false), false, unbiased, 4, Window.same(3), 1),
        grouped(Shape.of(5, 4, 3), 3, Window.same(3), 3),
        grouped(Shape.of(6, 5, 3), 6, Window.same(3).stride(2), 3),
        grouped(Shape.of(7, 6, 2), 2, Window.valid(2, 3).stride(2, 1).padding(2, 1, 0, 3), 2),
        grouped(Shape.of(6, 5, 18), 18, Window.same(5).dilation(1, 2), 18),
        grouped(Shape.of(4, 5, 6), 4, Window.same(3), 2),
        grouped(Shape.of(3, 4, 40), 36, Window.valid(1), 2),
        grouped(Shape.of(5, 4, 34), 38, Window.same(2).stride(2), 2));
  }

  @Override
  public List<Oracle> slowOracles() {
    Window window = Window.same(3);
    Shape in = Shape.of(5, 6, 16);
    return List.of(
        oracle(in, 16, window, Algorithm.AUTO),
        new Filters(new Conv2d(16, window).bias(false), true, in, 16, window, 1));
  }

  @Override
  public List<Said> said() {
    Shape image = Shape.of(4, 4, 2);
    Conv2d conv = new Conv2d(3, Window.same(3));
    String text = "conv2d(channels=3, kernel=[3, 3], same=true";
    Shape out = Shape.of(4, 4, 3);
    return List.of(
        new Said(conv, text + ")", traits(true), out, image),
        new Said(conv.bias(false), text + ", bias=false)", traits(true), out, image),
        new Said(
            conv.initializer(Initializer.GLOROT_NORMAL).algorithm(Algorithm.DIRECT),
            text + ", initializer=glorot_normal, algorithm=DIRECT)",
            traits(true),
            out,
            image),
        new Said(
            new Conv2d(5, Window.valid(3, 2).stride(2, 1).dilation(1, 2).padding(0, 1, 2, 3)),
            "conv2d(channels=5, kernel=[3, 2], stride=[2, 1], dilation=[1, 2],"
                + " padding=[0, 1, 2, 3])",
            traits(true),
            Shape.of(2, 7, 5),
            image),
        new Said(
            new Conv2d(16, Window.same(3)),
            "conv2d(channels=16, kernel=[3, 3], same=true)",
            traits(true),
            Shape.of(8, 8, 16),
            Shape.of(8, 8, 16)),
        new Said(
            new Conv2d(6, Window.same(3)).groups(2).bias(false),
            "conv2d(channels=6, kernel=[3, 3], same=true, groups=2, bias=false)",
            traits(true),
            Shape.of(4, 4, 6),
            image));
  }

  /** Depthwise, with two filters for a channel, and with groups of few and of many channels. */
  @Override
  public List<Block> trained() {
    return List.of(
        new Conv2d(18, Window.same(3)),
        new Conv2d(18, Window.same(3)).groups(18),
        new Relu(),
        new Conv2d(36, Window.same(5).stride(2)).groups(18),
        new Relu(),
        new Conv2d(24, Window.same(3)).groups(6),
        new Relu(),
        new Conv2d(66, Window.same(1)).groups(2),
        new Relu(),
        new Conv2d(40, Window.same(3).stride(2)).groups(2),
        new Flatten(),
        new Dense(4));
  }

  private static Set<Trait> traits(boolean gradientsBySlices) {
    Set<Trait> traits =
        EnumSet.of(
            Trait.PER_IMAGE,
            Trait.IGNORES_Y,
            Trait.FUSES_RELU_AFTER,
            Trait.FUSES_SCALE_AFTER,
            Trait.FUSES_MAP_AFTER,
            Trait.FUSES_GATE);
    if (gradientsBySlices) {
      traits.add(Trait.GRADIENTS_BY_SLICES);
    }
    return traits;
  }

  @Override
  public String pytorchWord() {
    return "conv";
  }

  /** Words: conv, channels, filters, six of the window, padding, algorithm. */
  @Override
  public Layer ofPyTorch(String... words) {
    return new Conv2d(Integer.parseInt(words[2]), PyTorchWindow.of(words))
        .initializer(Initializer.ZEROS)
        .algorithm(Algorithm.valueOf(words[10]));
  }
}
