// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import dev.lanewise.engine.testing.Values;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The bits of the facades, fixed. The build runs this test with either back end, several vector
 * widths and tile heights: they, and every machine, must give the same. A hash may change only with
 * an algorithm, never with a way to compute it.
 */
final class GoldenBitsTest {
  private static final String GOLDEN =
      "169640b5e3306ec5f92698ff4ec09ea41a6817aa3479e1a75a4449a9aa4e1985";

  private static final String GROUPED =
      "23d38e05208515cf01a6417c7a98739a50f53e91b08201411b2ca26c40ed086c";

  private static final String EXPONENTIALS =
      "df275fcf76034df70e24d2683a9a0a9a130533cecd4955c22eb9d70b7d359643";

  private final MessageDigest digest = sha256();
  private final SplittableRandom random = new SplittableRandom(2025);

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8, 16})
  void bits(int threads) {
    try (WorkerTeam team = new WorkerTeam(threads)) {
      for (Values values : new Values[] {Values.REALS, Values.SPECIAL}) {
        products(values, team);
        convolutions(values, team);
        fastConvolutions(values, team);
        pooling(values, 19, team);
        elements(values, team);
      }
      losses();
      innerProducts(team);
      for (Values values : new Values[] {Values.REALS, Values.SPECIAL}) {
        pooling(values, 32, team);
        denseGradients(values, team);
      }
    }
    assertEquals(GOLDEN, HexFormat.of().formatHex(digest.digest()));
  }

  @Test
  void exponentials() {
    for (Values values : new Values[] {Values.REALS, Values.SPECIAL}) {
      float[] x = values.array(20_007, random);
      float[] y = new float[x.length];
      Elementwise.silu(x, y, 0, x.length);
      Elementwise.exp(x, 0, x.length);
      update(x);
      update(y);
    }
    assertEquals(EXPONENTIALS, HexFormat.of().formatHex(digest.digest()));
  }

  /** Depthwise, few channels in a group, and many. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8, 16})
  void groupedConvolutions(int threads) {
    Window[] windows = {
      Window.same(3), Window.valid(5).stride(2), Window.same(2, 3).dilation(2, 3), Window.same(1)
    };
    int[][] groups = {{19, 19, 19}, {5, 15, 5}, {12, 9, 3}, {34, 40, 2}};
    try (WorkerTeam team = new WorkerTeam(threads)) {
      for (Values values : new Values[] {Values.REALS, Values.SPECIAL}) {
        for (Window window : windows) {
          for (int[] g : groups) {
            Conv2dShape shape = new Conv2dShape(WindowGrid.of(window, 37, 24), g[0], g[1], g[2]);
            convolution(shape, Convolution.Algorithm.AUTO, values, team);
          }
        }
      }
    }
    assertEquals(GROUPED, HexFormat.of().formatHex(digest.digest()));
  }

  private void convolution(
      Conv2dShape shape, Convolution.Algorithm algorithm, Values values, WorkerTeam team) {
    ConvolutionCase c = new ConvolutionCase(shape, 3, true, values, random.nextLong());
    Convolution convolution =
        new Convolution(shape, 3, algorithm, Epilogue.NONE, new Workspace(team));
    ConvolutionCase.Passes passes = c.run(convolution);
    update(passes.y());
    update(passes.dx());
    update(passes.dWeight());
    update(passes.dBias());
  }

  private void products(Values values, WorkerTeam team) {
    Gemm gemm = new Gemm(team);
    for (int[] mnk : new int[][] {{1, 10, 300}, {10, 128, 99}, {70, 69, 300}, {33, 7, 20}}) {
      int m = mnk[0];
      int n = mnk[1];
      int k = mnk[2];
      float[] a = values.array(m * k, random);
      float[] b = values.array(k * n, random);
      float[] c = values.array(m * n, random);
      gemm.multiply(m, n, k, Floats.of(a), k, 1, Floats.of(b), n, 1, true, Floats.of(c), n);
      update(c);
      gemm.multiply(m, n, k, Floats.of(a), 1, m, Floats.of(b), 1, k, false, Floats.of(c), n);
      update(c);
    }
  }

  private void convolutions(Values values, WorkerTeam team) {
    Window[] windows = {
      Window.same(3), Window.valid(5).stride(2), Window.same(2, 3).dilation(2, 3)
    };
    for (Window window : windows) {
      for (int channels : new int[] {1, 3, 20}) {
        Conv2dShape shape = new Conv2dShape(WindowGrid.of(window, 17, 14), channels, 13 + channels);
        convolution(shape, Convolution.Algorithm.DIRECT, values, team);
      }
    }
  }

  private void fastConvolutions(Values values, WorkerTeam team) {
    for (Window window : new Window[] {Window.same(3), Window.valid(3).padding(0, 2, 1, 0)}) {
      Conv2dShape shape = new Conv2dShape(WindowGrid.of(window, 11, 9), 16, 32);
      convolution(shape, Convolution.Algorithm.AUTO, values, team);
    }
  }

  private void pooling(Values values, int channels, WorkerTeam team) {
    for (Window window : new Window[] {Window.valid(2).stride(2), Window.same(3).stride(2)}) {
      WindowGrid grid = WindowGrid.of(window, 9, 12);
      int in = 2 * grid.inputPixels() * channels;
      int out = 2 * grid.outputPixels() * channels;
      float[] y = new float[out];
      float[] dx = new float[in];
      MaxPooling pooling = new MaxPooling(grid, channels, Epilogue.NONE, team);
      int[] argmax = new int[out];
      pooling.forward(2, Floats.of(values.array(in, random)), Floats.of(y), argmax);
      pooling.backward(2, Floats.of(values.array(out, random)), argmax, Floats.of(dx));
      update(y);
      update(dx);
    }
  }

  private void elements(Values values, WorkerTeam team) {
    int n = 20_007;
    Elementwise elementwise = new Elementwise(team);
    float[] x = values.array(n, random);
    float[] y = values.array(n, random);
    elementwise.axpy(n, 0.7f, Floats.of(x), Floats.of(y));
    elementwise.relu(n, Floats.of(y), Floats.of(y));
    elementwise.reluBackward(n, Floats.of(y), Floats.of(x), Floats.of(x));
    update(x);
    update(y);
  }

  private void losses() {
    for (int classes : new int[] {2, 10, 16, 17, 100}) {
      float[] z = Values.REALS.array(5 * classes, random);
      float[] gradient = new float[5 * classes];
      int[] labels = random.ints(5, 0, classes).toArray();
      double loss =
          CrossEntropy.forwardBackward(5, classes, Floats.of(z), labels, Floats.of(gradient), 0.2f);
      digest.update(ByteBuffer.allocate(8).putLong(0, Double.doubleToLongBits(loss)));
      update(gradient);
    }
  }

  private void innerProducts(WorkerTeam team) {
    for (Values values : new Values[] {Values.REALS, Values.SPECIAL}) {
      float[] a = values.array(12 * 83, random);
      float[] b = values.array(11 * 83, random);
      float[] c = new float[12 * 11];
      float[] bias = values.array(11, random);
      new InnerProducts(team)
          .multiply(12, 11, 83, Floats.of(a), Floats.of(b), Floats.of(bias), Floats.of(c));
      update(c);
    }
  }

  private void denseGradients(Values values, WorkerTeam team) {
    for (int out : new int[] {11, 70}) {
      float[] x = values.array(12 * 83, random);
      float[] w = values.array(out * 83, random);
      float[] dy = values.array(12 * out, random);
      float[] dw = values.array(out * 83, random);
      float[] dx = new float[12 * 83];
      new DenseGradient(team)
          .backward(
              12, 83, out, Floats.of(x), Floats.of(w), Floats.of(dy), Floats.of(dw), Floats.of(dx));
      update(dw);
      update(dx);
    }
  }

  private void update(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length);
    for (float value : values) {
      bytes.putInt(Float.floatToIntBits(value));
    }
    digest.update(bytes.flip());
  }
}
