// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.engine.Convolution.Algorithm;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.ConvTranspose2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Sigmoid;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Initializer;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** See {@link ConvTranspose2d}. */
final class ConvTranspose2dCase implements LayerCase {
  /** x: [N, H, W, C], weight: [KH, KW, OC/G, C], bias: [OC], y: [N, OH, OW, OC]. */
  private static final class Painted extends Bilinear {
    private final Shape in;
    private final Shape out;
    private final Window window;
    private final int padTop;
    private final int padLeft;
    private final int groups;

    /** Pads of the window if it has none of its own. */
    Painted(
        ConvTranspose2d layer,
        int fast,
        Shape in,
        Shape out,
        Window window,
        int padTop,
        int padLeft,
        int groups) {
      super(layer, fast, in);
      this.in = in;
      this.out = out;
      this.window = window;
      this.padTop = padTop;
      this.padLeft = padLeft;
      this.groups = groups;
    }

    @Override
    int outputs() {
      return out.size();
    }

    @Override
    int biases() {
      return out.channels();
    }

    @Override
    void terms(int batch, Term term) {
      int taps = window.kernelH() * window.kernelW();
      int seen = out.channels() / groups;
      int pixels = in.height() * in.width();
      for (int pixel = 0; pixel < batch * pixels; pixel++) {
        int iy = pixel % pixels / in.width();
        int ix = pixel % in.width();
        for (int tap = 0; tap < taps; tap++) {
          int oy = iy * window.strideH() - padTop + tap / window.kernelW() * window.dilationH();
          int ox = ix * window.strideW() - padLeft + tap % window.kernelW() * window.dilationW();
          if (oy < 0 || oy >= out.height() || ox < 0 || ox >= out.width()) {
            continue;
          }
          int at = ((pixel / pixels * out.height() + oy) * out.width() + ox) * out.channels();
          for (int c = 0; c < in.channels(); c++) {
            int first = c / (in.channels() / groups) * seen;
            for (int o = 0; o < seen; o++) {
              int wi = (tap * seen + o) * in.channels() + c;
              term.at(pixel * in.channels() + c, wi, at + first + o);
            }
          }
        }
      }
    }
  }

  private static Oracle painted(ConvTranspose2d layer, Shape in, Shape out, Window w, int groups) {
    return new Painted(layer, 0, in, out, w, w.padTop(), w.padLeft(), groups);
  }

  @Override
  public List<Oracle> oracles() {
    Window two = Window.valid(2).stride(2);
    Window padded = Window.valid(3).stride(2).padding(1, 1, 1, 1);
    Window oblong = Window.valid(3, 2).stride(2, 1).dilation(1, 2).padding(0, 0, 1, 1);
    Window uneven = Window.valid(4, 3).stride(3, 2).padding(1, 0, 0, 2);
    return List.of(
        painted(
            new ConvTranspose2d(2, Window.valid(3)),
            Shape.of(3, 4, 3),
            Shape.of(5, 6, 2),
            Window.valid(3),
            1),
        painted(new ConvTranspose2d(3, two), Shape.of(3, 2, 2), Shape.of(6, 4, 3), two, 1),
        painted(new ConvTranspose2d(2, padded), Shape.of(3, 4, 3), Shape.of(5, 7, 2), padded, 1),
        painted(
            new ConvTranspose2d(2, padded).outputPadding(1, 1).bias(false),
            Shape.of(3, 4, 3),
            Shape.of(6, 8, 2),
            padded,
            1),
        painted(
            new ConvTranspose2d(4, oblong).outputPadding(1, 1).groups(2),
            Shape.of(3, 4, 6),
            Shape.of(8, 5, 4),
            oblong,
            2),
        painted(
            new ConvTranspose2d(3, uneven).outputPadding(2, 1),
            Shape.of(2, 3, 2),
            Shape.of(8, 6, 3),
            uneven,
            1),
        painted(
            new ConvTranspose2d(18, padded).groups(18),
            Shape.of(3, 2, 18),
            Shape.of(5, 3, 18),
            padded,
            18),
        // 6x8 of y: the total padding of a 3x3 window with stride 2 is 1, at the end
        new Painted(
            new ConvTranspose2d(2, Window.same(3).stride(2)),
            0,
            Shape.of(3, 4, 3),
            Shape.of(6, 8, 2),
            Window.same(3).stride(2),
            0,
            0,
            1),
        new Painted(
            new ConvTranspose2d(3, Window.same(3)),
            0,
            Shape.of(4, 3, 2),
            Shape.of(4, 3, 3),
            Window.same(3),
            1,
            1,
            1));
  }

  /** By Winograd. */
  @Override
  public List<Oracle> slowOracles() {
    Window same = Window.same(3);
    ConvTranspose2d layer = new ConvTranspose2d(16, same);
    return List.of(new Painted(layer, 16, Shape.of(5, 6, 16), Shape.of(5, 6, 16), same, 1, 1, 1));
  }

  @Override
  public List<Said> said() {
    Shape image = Shape.of(4, 3, 2);
    ConvTranspose2d doubling = new ConvTranspose2d(6, Window.valid(2).stride(2));
    String text = "conv_transpose2d(channels=6, kernel=[2, 2], stride=[2, 2]";
    return List.of(
        new Said(doubling, text + ")", traits(true), Shape.of(8, 6, 6), image),
        new Said(
            doubling
                .outputPadding(1, 0)
                .groups(2)
                .bias(false)
                .initializer(Initializer.GLOROT_NORMAL)
                .algorithm(Algorithm.DIRECT),
            text
                + ", output_padding=[1, 0], groups=2, bias=false, initializer=glorot_normal,"
                + " algorithm=DIRECT)",
            traits(true),
            Shape.of(9, 6, 6),
            image),
        new Said(
            new ConvTranspose2d(64, Window.same(5).stride(3)),
            "conv_transpose2d(channels=64, kernel=[5, 5], stride=[3, 3], same=true)",
            traits(false),
            Shape.of(12, 9, 64),
            image));
  }

  private static Set<Trait> traits(boolean gradientsBySlices) {
    Set<Trait> traits = EnumSet.of(Trait.PER_IMAGE, Trait.IGNORES_Y);
    if (gradientsBySlices) {
      traits.add(Trait.GRADIENTS_BY_SLICES);
    }
    return traits;
  }

  /** Small and large again, as an auto-encoder. */
  @Override
  public List<Block> trained() {
    return List.of(
        new Conv2d(16, Window.same(3).stride(2)),
        new Relu(),
        new ConvTranspose2d(16, Window.same(3)),
        new Relu(),
        new ConvTranspose2d(8, Window.valid(2).stride(2)),
        new Relu(),
        new ConvTranspose2d(4, Window.valid(3).stride(2).padding(1, 1, 1, 1))
            .outputPadding(1, 1)
            .groups(2),
        new Sigmoid(), // else the training diverges
        new Flatten(),
        new Dense(4));
  }
}
