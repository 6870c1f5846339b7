// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import static dev.lanewise.engine.testing.Views.at;

import dev.lanewise.engine.run.ElementFunction;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import dev.lanewise.engine.testing.Guards;
import dev.lanewise.engine.testing.Values;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * One image of few pixels meets many weights: output channels are divided, weights packed or
 * transformed block by block, pixels copied. All of it gives the bits of a slice, which divides and
 * packs nothing.
 */
class FewPixelsTest {
  private static final ElementFunction HALF =
      (y, from, to, worker) -> {
        for (int i = from; i < to; i++) {
          y[i] = 0.5f * y[i];
        }
      };

  /** Pixels are copied for a slice, too; whole numbers leave no room for another result. */
  @ParameterizedTest
  @CsvSource({"1, 3, 5, 1024, 80", "2, 6, 6, 512, 80", "2, 5, 7, 1024, 48"})
  void pixelsAreTheRightOnes(int stride, int height, int width, int channels, int outChannels) {
    Window window = Window.valid(1).stride(stride);
    WindowGrid grid = WindowGrid.of(window, height, width);
    Conv2dShape shape = new Conv2dShape(grid, channels, outChannels);
    SplittableRandom random = new SplittableRandom(11);
    float[] x = Values.INTEGERS.array(shape.inputSize(), random);
    float[] w = Values.INTEGERS.array(shape.weightSize(), random);
    float[] y = Guards.array(shape.outputSize());
    float[] expected = Guards.array(shape.outputSize());
    for (int pixel = 0; pixel < grid.outputPixels(); pixel++) {
      int row = pixel / grid.outputW() * stride;
      int column = pixel % grid.outputW() * stride;
      for (int oc = 0; oc < outChannels; oc++) {
        double sum = 0;
        for (int c = 0; c < channels; c++) {
          sum += (double) x[(row * width + column) * channels + c] * w[c * outChannels + oc];
        }
        expected[pixel * outChannels + oc] = (float) sum;
      }
    }
    Convolution convolution =
        new Convolution(
            shape,
            1,
            Convolution.Algorithm.AUTO,
            Epilogue.NONE,
            new Workspace(WorkerTeam.single()));
    convolution.forward(1, Floats.of(x), Floats.of(w), null, Floats.of(y));
    Guards.assertSame(expected, y, "y");
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, 7, 5, 48, 208", // a view of the image, packed
    "1, 1, 1, 3, 5, 1024, 80", // pixels 4 KiB apart
    "1, 2, 1, 6, 6, 512, 80", // and seen with a stride
    "3, 2, 1, 9, 9, 24, 272", // patches
    "3, 2, 1, 9, 32, 24, 80", // rows of a frame
    "3, 1, 1, 7, 6, 176, 208", // Winograd, with weights as they are
    "3, 1, 16, 7, 6, 16, 32", // a lane for each weight
  })
  void givesTheBitsOfASlice(
      int kernel, int stride, int groups, int height, int width, int channels, int outChannels) {
    Window window =
        Window.valid(kernel).padding(kernel / 2, kernel / 2, kernel / 2, kernel / 2).stride(stride);
    Conv2dShape shape =
        new Conv2dShape(WindowGrid.of(window, height, width), channels, outChannels, groups);
    SplittableRandom random = new SplittableRandom(7);
    float[] x = Values.REALS.array(shape.inputSize(), random);
    Floats w = Floats.of(Values.REALS.array(shape.weightSize(), random));
    Floats bias = Floats.of(Values.REALS.array(outChannels, random));
    float[] expected = new float[shape.outputSize()];
    Workspace single = new Workspace(WorkerTeam.single());
    Convolution plain =
        new Convolution(shape, 1, Convolution.Algorithm.AUTO, Epilogue.RELU, single);
    ConvolutionSlice slice = plain.slice(1, HALF, new Workspace(WorkerTeam.single()));
    plain.prepareForward(w);
    slice.forward(1, at(x, 0), bias, Floats.of(expected));
    for (int threads = 1; threads <= 3; threads++) {
      try (WorkerTeam team = new WorkerTeam(threads)) {
        Convolution frozen =
            new Convolution(
                shape,
                2,
                Convolution.Algorithm.AUTO,
                Epilogue.RELU,
                null,
                HALF,
                new Workspace(team));
        frozen.freezeWeight();
        for (int call = 0; call < 2; call++) {
          float[] y = Guards.array(shape.outputSize());
          frozen.forward(1, at(x, 0), w, bias, at(y, 0));
          Guards.assertSame(expected, y, "y with " + threads + " threads");
        }
      }
    }
  }
}
