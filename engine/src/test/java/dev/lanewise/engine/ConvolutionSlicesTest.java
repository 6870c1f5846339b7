// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import static dev.lanewise.engine.testing.Refusals.assertRefused;
import static dev.lanewise.engine.testing.Views.at;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import dev.lanewise.engine.testing.Guards;
import dev.lanewise.engine.testing.Values;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Slices compute one image each, in memory that they borrow, with the bits of the whole batch. */
class ConvolutionSlicesTest {
  private static final int BATCH = 3;

  /** Winograd; direct with flipped weights; direct through col2im. */
  @ParameterizedTest
  @CsvSource({"AUTO, 1", "DIRECT, 1", "DIRECT, 2"})
  void slicesGiveTheBitsOfTheBatch(Convolution.Algorithm algorithm, int stride) {
    SplittableRandom random = new SplittableRandom(5);
    Window window = Window.valid(3).padding(1, 1, 1, 1).stride(stride);
    Conv2dShape shape = new Conv2dShape(WindowGrid.of(window, 7, 9), 16, 32);
    int in = shape.inputSize();
    int out = shape.outputSize();
    float[] x = Values.REALS.array(BATCH * in, random);
    float[] w = Values.REALS.array(shape.weightSize(), random);
    float[] bias = Values.REALS.array(32, random);
    float[] dy = Values.REALS.array(BATCH * out, random);
    float[] y = new float[BATCH * out];
    float[] dx = new float[BATCH * in];
    float[] yOfSlices = Guards.array(BATCH * out);
    float[] dxOfSlices = Guards.array(BATCH * in);
    try (WorkerTeam team = new WorkerTeam(2)) {
      Convolution whole =
          new Convolution(shape, BATCH, algorithm, Epilogue.NONE, new Workspace(team));
      Workspace[] workers = {
        new Workspace(WorkerTeam.single()), new Workspace(WorkerTeam.single())
      };
      Workspace[] borrowers = new Workspace[BATCH];
      ConvolutionSlice[] slices = new ConvolutionSlice[BATCH];
      for (int i = 0; i < BATCH; i++) {
        borrowers[i] = Workspace.borrower();
        slices[i] = whole.slice(1, borrowers[i]);
      }
      whole.forward(BATCH, Floats.of(x), Floats.of(w), Floats.of(bias), Floats.of(y));
      whole.backwardData(BATCH, Floats.of(dy), Floats.of(w), null, Floats.of(dx));
      float[] other = new float[w.length]; // what the slices must not take
      whole.prepareForward(Floats.of(other));
      whole.prepareBackward(Floats.of(other));
      whole.prepareForward(Floats.of(w));
      team.run(
          BATCH,
          (i, worker) -> {
            borrowers[i].borrow(workers[worker]);
            slices[i].forward(1, at(x, i * in), Floats.of(bias), at(yOfSlices, i * out));
          });
      whole.prepareBackward(Floats.of(w));
      team.run(
          BATCH,
          (i, worker) -> {
            borrowers[i].borrow(workers[worker]);
            slices[i].backwardData(1, at(dy, i * out), null, at(dxOfSlices, i * in));
          });
    }
    Guards.assertSame(y, yOfSlices, "y");
    Guards.assertSame(dx, dxOfSlices, "dx");
  }

  /**
   * Winograd, by halves; direct, by images. Two threads bring one half each. The sums outlive a
   * memory that grows.
   */
  @ParameterizedTest
  @CsvSource({"AUTO, 16, 5", "AUTO, 16, 2", "AUTO, 16, 1", "AUTO, 16, 0", "DIRECT, 2, 5"})
  void slicesGiveTheGradientsOfTheBatch(Convolution.Algorithm algorithm, int channels, int batch) {
    SplittableRandom random = new SplittableRandom(7);
    Conv2dShape shape = new Conv2dShape(WindowGrid.of(Window.same(3), 7, 9), channels, 32);
    int in = shape.inputSize();
    int out = shape.outputSize();
    float[] x = Values.REALS.array(batch * in, random);
    float[] dy = Values.REALS.array(batch * out, random);
    float[] dw = Values.REALS.array(shape.weightSize(), random);
    float[] db = Values.REALS.array(32, random);
    float[] dwOfSlices = Guards.array(dw.length);
    float[] dbOfSlices = Guards.array(db.length);
    System.arraycopy(dw, 0, dwOfSlices, 0, dw.length);
    System.arraycopy(db, 0, dbOfSlices, 0, db.length);
    try (WorkerTeam team = new WorkerTeam(2)) {
      new Convolution(shape, 5, algorithm, Epilogue.NONE, new Workspace(team))
          .backwardWeights(batch, Floats.of(x), Floats.of(dy), Floats.of(dw), Floats.of(db));
      Workspace workspace = new Workspace(team);
      Convolution whole = new Convolution(shape, 5, algorithm, Epilogue.NONE, workspace);
      Convolution other = new Convolution(shape, 5, algorithm, Epilogue.NONE, workspace);
      assertTrue(whole.gradientsBySlices());
      Workspace[] memory = {new Workspace(WorkerTeam.single()), new Workspace(WorkerTeam.single())};
      ConvolutionSlice[] slices = {whole.slice(5, memory[0]), whole.slice(5, memory[1])};
      other.beginGradients(batch); // several layers are under way at the same time
      whole.beginGradients(batch);
      team.run(
          2,
          (half, worker) -> {
            int end = batch * (half + 1) / 2;
            for (int i = batch * half / 2; i < end; i += 2) {
              int images = Math.min(2, end - i);
              slices[half].addGradients(i, images, at(x, i * in), at(dy, i * out));
            }
          });
      workspace.reserve(1 << 20, 1 << 20);
      other.endGradients(Floats.of(new float[dw.length]), null);
      whole.endGradients(Floats.of(dwOfSlices), Floats.of(dbOfSlices));
    }
    Guards.assertSame(dw, dwOfSlices, "dWeight");
    Guards.assertSame(db, dbOfSlices, "dBias");
  }

  @Test
  void wrongArgumentsAreRefused() {
    Conv2dShape shape = new Conv2dShape(WindowGrid.of(Window.same(3), 4, 5), 16, 16);
    int size = shape.inputSize();
    int weights = shape.weightSize();
    Convolution whole =
        new Convolution(
            shape,
            3,
            Convolution.Algorithm.AUTO,
            Epilogue.NONE,
            new Workspace(WorkerTeam.single()));
    assertRefused("maxBatch", () -> whole.slice(0, new Workspace(WorkerTeam.single())));
    ConvolutionSlice slice = whole.slice(2, new Workspace(WorkerTeam.single()));
    float[] two = new float[2 * size];
    float[] w = new float[weights];
    float[] b = new float[16];
    assertRefused("weight", () -> whole.prepareForward(at(w, 1)));
    assertRefused("weight", () -> whole.prepareBackward(at(w, 1)));
    assertRefused("batch", () -> whole.beginGradients(4));
    whole.prepareForward(Floats.of(w));
    whole.prepareBackward(Floats.of(w));
    float[] y = Guards.array(2 * size);
    assertRefused("batch", () -> slice.forward(3, Floats.of(two), null, Floats.of(y)));
    assertRefused("x", () -> slice.forward(2, at(two, 1), null, Floats.of(y)));
    assertRefused("y", () -> slice.forward(2, Floats.of(two), null, at(y, 1)));
    assertRefused("bias", () -> slice.forward(2, Floats.of(two), at(b, 1), Floats.of(y)));
    assertRefused("batch", () -> slice.backwardData(3, Floats.of(two), null, Floats.of(y)));
    assertRefused("dy", () -> slice.backwardData(2, at(two, 1), null, Floats.of(y)));
    assertRefused("dx", () -> slice.backwardData(2, Floats.of(two), null, at(y, 1)));
    assertRefused("gate", () -> slice.backwardData(2, Floats.of(two), at(two, 1), Floats.of(y)));
    Guards.assertSame(Guards.array(2 * size), y, "y");
    whole.beginGradients(3);
    assertRefused(
        "images", () -> slice.addGradients(0, 3, Floats.of(new float[3 * size]), Floats.of(two)));
    assertRefused("first image", () -> slice.addGradients(2, 2, Floats.of(two), Floats.of(two)));
    assertRefused("first image", () -> slice.addGradients(-1, 2, Floats.of(two), Floats.of(two)));
    assertRefused("x", () -> slice.addGradients(0, 2, at(two, 1), Floats.of(two)));
    assertRefused("dy", () -> slice.addGradients(0, 2, Floats.of(two), at(two, 1)));
    assertRefused("dWeight", () -> whole.endGradients(at(w, 1), Floats.of(b)));
    assertRefused("dBias", () -> whole.endGradients(Floats.of(w), at(b, 1)));
    assertRefused("dBias", () -> whole.endGradients(Floats.of(w), at(w, weights - 16)));
  }

  /** The whole convolution begins, then slices add, then it ends. */
  @Test
  void gradientsOfSlicesHaveAnOrder() {
    Conv2dShape shape = new Conv2dShape(WindowGrid.of(Window.same(3), 4, 5), 16, 16);
    Convolution whole =
        new Convolution(
            shape,
            3,
            Convolution.Algorithm.AUTO,
            Epilogue.NONE,
            new Workspace(WorkerTeam.single()));
    ConvolutionSlice slice = whole.slice(2, new Workspace(WorkerTeam.single()));
    float[] one = new float[shape.inputSize()];
    float[] w = new float[shape.weightSize()];
    assertOutOfTurn("begun", () -> slice.addGradients(0, 0, Floats.of(one), Floats.of(one)));
    assertOutOfTurn("begun", () -> whole.endGradients(Floats.of(w), null));
    whole.beginGradients(1);
    slice.addGradients(0, 1, Floats.of(one), Floats.of(one));
    whole.endGradients(Floats.of(w), null);
    assertOutOfTurn("begun", () -> whole.endGradients(Floats.of(w), null));
    assertOutOfTurn("begun", () -> slice.addGradients(0, 1, Floats.of(one), Floats.of(one)));
  }

  private static void assertOutOfTurn(String part, Runnable call) {
    String message = assertThrows(IllegalStateException.class, call::run).getMessage();
    assertTrue(message.contains(part), message);
  }

  /** Each sum of dWeight is then one chain over all images. */
  @Test
  void slicesCannotDivideLargeDirectGradients() {
    Conv2dShape shape = new Conv2dShape(WindowGrid.of(Window.same(3), 7, 9), 16, 32);
    Convolution.Algorithm direct = Convolution.Algorithm.DIRECT;
    Convolution whole =
        new Convolution(shape, 1, direct, Epilogue.NONE, new Workspace(WorkerTeam.single()));
    assertFalse(whole.gradientsBySlices());
    assertOutOfTurn("slices cannot", () -> whole.beginGradients(1));
  }

  /** What is derived of frozen weights outlives other operations and a memory that grows. */
  @Test
  void frozenWeightsArePreparedOnce() {
    SplittableRandom random = new SplittableRandom(6);
    Conv2dShape shape = new Conv2dShape(WindowGrid.of(Window.same(3), 7, 9), 16, 32);
    float[] x = Values.REALS.array(shape.inputSize(), random);
    float[] w = Values.REALS.array(shape.weightSize(), random);
    float[] former = w.clone();
    float[] later = Values.REALS.array(shape.weightSize(), random);
    Workspace workspace = new Workspace(WorkerTeam.single());
    Convolution other =
        new Convolution(shape, 1, Convolution.Algorithm.AUTO, Epilogue.NONE, workspace);
    Convolution frozen =
        new Convolution(shape, 1, Convolution.Algorithm.AUTO, Epilogue.NONE, workspace);
    Convolution plain =
        new Convolution(
            shape,
            1,
            Convolution.Algorithm.AUTO,
            Epilogue.NONE,
            new Workspace(WorkerTeam.single()));

    frozen.freezeWeight();
    assertSame(plain, former, frozen, w, x);
    System.arraycopy(later, 0, w, 0, w.length);
    other.forward(
        1, Floats.of(x), Floats.of(later), null, Floats.of(new float[shape.outputSize()]));
    assertSame(plain, former, frozen, w, x);
    assertSame(plain, later, frozen, later.clone(), x);
    assertSame(plain, later, frozen, w, x);
    other.backwardData(
        1,
        Floats.of(new float[shape.outputSize()]),
        Floats.of(former),
        null,
        Floats.of(new float[shape.inputSize()]));
    workspace.reserve(1 << 20, 1 << 20);
    System.arraycopy(former, 0, w, 0, w.length);
    assertSame(plain, later, frozen, w, x);
    frozen.freezeWeight();
    assertSame(plain, former, frozen, w, x);
  }

  private static void assertSame(
      Convolution expected, float[] expectedWeight, Convolution actual, float[] weight, float[] x) {
    float[] y = new float[7 * 9 * 32];
    float[] z = new float[7 * 9 * 32];
    expected.forward(1, Floats.of(x), Floats.of(expectedWeight), null, Floats.of(y));
    actual.forward(1, Floats.of(x), Floats.of(weight), null, Floats.of(z));
    Guards.assertSame(y, z, "y");
  }
}
