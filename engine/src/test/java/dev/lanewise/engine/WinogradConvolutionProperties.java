// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.conv.winograd.WinogradConvolution;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import dev.lanewise.engine.testing.Team;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** The fast convolution on data for which it has nothing to round. */
final class WinogradConvolutionProperties {
  /**
   * Forward and the gradient of the data are exact to the last bit. The gradient of the weights is
   * not: G^T adds quotients that are rounded. But it is so near that the integer it belongs to is
   * certain, so that no term can be missing or counted twice.
   */
  @Tag("exact")
  @Property
  void integersAreExact(
      @ForAll @IntRange(min = 1, max = 14) int height,
      @ForAll @IntRange(min = 1, max = 14) int width,
      @ForAll @IntRange(max = 2) int top,
      @ForAll @IntRange(max = 2) int bottom,
      @ForAll @IntRange(max = 2) int left,
      @ForAll @IntRange(max = 2) int right,
      @ForAll @IntRange(min = 1, max = 3) int channelVectors,
      @ForAll @IntRange(min = 1, max = 3) int outChannelVectors,
      @ForAll @IntRange(max = 3) int batch,
      @ForAll boolean withBias,
      @ForAll Team threads,
      @ForAll long seed) {
    // Where the padding is too small for the image there is no output: then the next larger one.
    int below = Math.max(bottom, 3 - height - top);
    int behind = Math.max(right, 3 - width - left);
    WindowGrid grid =
        WindowGrid.of(Window.valid(3).padding(top, below, left, behind), height, width);
    Conv2dShape shape = new Conv2dShape(grid, 16 * channelVectors, 16 * outChannelVectors);
    assertTrue(WinogradConvolution.serves(shape), shape::toString);
    ConvolutionCase c = ConvolutionCase.exactForWinograd(shape, batch, withBias, seed);
    try (WorkerTeam team = threads.start()) {
      Convolution fast =
          new Convolution(shape, 3, Convolution.Algorithm.AUTO, Epilogue.NONE, new Workspace(team));
      c.exact().assertSame(c.run(fast).withWholeWeights(), c.toString());
    }
  }
}
