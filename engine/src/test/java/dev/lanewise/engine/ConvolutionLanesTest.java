package dev.lanewise.engine;

import static dev.lanewise.engine.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lanes compute one image each, in memory that they borrow, with the bits of the whole batch. */
class ConvolutionLanesTest {
  private static final int BATCH = 3;

  /** Winograd; direct with turned weights; direct through col2im. */
  @ParameterizedTest
  @CsvSource({"AUTO, 1", "DIRECT, 1", "DIRECT, 2"})
  void lanesGiveTheBitsOfTheBatch(Convolution.Algorithm algorithm, int stride) {
    SplittableRandom random = new SplittableRandom(5);
    Window window = Window.valid(3).padding(1, 1, 1, 1).stride(stride);
    Conv2dShape shape = new Conv2dShape(window.over(7, 9), 16, 32);
    int in = shape.inputSize();
    int out = shape.outputSize();
    float[] x = Values.REALS.array(BATCH * in, random);
    float[] w = Values.REALS.array(shape.weightSize(), random);
    float[] bias = Values.REALS.array(32, random);
    float[] dy = Values.REALS.array(BATCH * out, random);
    float[] y = new float[BATCH * out];
    float[] dx = new float[BATCH * in];
    float[] yOfLanes = Guards.array(BATCH * out);
    float[] dxOfLanes = Guards.array(BATCH * in);
    try (WorkerTeam team = new WorkerTeam(2)) {
      Convolution whole = new Convolution(shape, BATCH, algorithm, team);
      Workspace[] workers = {
        new Workspace(WorkerTeam.single()), new Workspace(WorkerTeam.single())
      };
      Workspace[] borrowers = new Workspace[BATCH];
      Convolution[] lanes = new Convolution[BATCH];
      for (int i = 0; i < BATCH; i++) {
        borrowers[i] = Workspace.borrower();
        lanes[i] = whole.lane(1, borrowers[i]);
      }
      whole.forward(BATCH, x, 0, w, 0, bias, 0, y, 0);
      whole.backwardData(BATCH, dy, 0, w, 0, dx, 0);
      float[] other = new float[w.length]; // what the lanes must not take
      whole.prepareForward(other, 0);
      whole.prepareBackward(other, 0);
      whole.prepareForward(w, 0);
      team.run(
          BATCH,
          (i, worker) -> {
            borrowers[i].borrow(workers[worker]);
            lanes[i].forward(1, x, i * in, w, 0, bias, 0, yOfLanes, i * out);
          });
      whole.prepareBackward(w, 0);
      team.run(
          BATCH,
          (i, worker) -> {
            borrowers[i].borrow(workers[worker]);
            lanes[i].backwardData(1, dy, i * out, w, 0, dxOfLanes, i * in);
          });
    }
    Guards.assertSame(y, yOfLanes, "y");
    Guards.assertSame(dx, dxOfLanes, "dx");
  }

  /**
   * Winograd, by halves; direct, by images. Two threads bring one half each. The sums outlive a
   * memory that grows.
   */
  @ParameterizedTest
  @CsvSource({"AUTO, 16, 5", "AUTO, 16, 2", "AUTO, 16, 1", "AUTO, 16, 0", "DIRECT, 2, 5"})
  void lanesGiveTheGradientsOfTheBatch(Convolution.Algorithm algorithm, int channels, int batch) {
    SplittableRandom random = new SplittableRandom(7);
    Conv2dShape shape = new Conv2dShape(Window.same(3).over(7, 9), channels, 32);
    int in = shape.inputSize();
    int out = shape.outputSize();
    float[] x = Values.REALS.array(batch * in, random);
    float[] dy = Values.REALS.array(batch * out, random);
    float[] dw = Values.REALS.array(shape.weightSize(), random);
    float[] db = Values.REALS.array(32, random);
    float[] dwOfLanes = Guards.array(dw.length);
    float[] dbOfLanes = Guards.array(db.length);
    System.arraycopy(dw, 0, dwOfLanes, 0, dw.length);
    System.arraycopy(db, 0, dbOfLanes, 0, db.length);
    try (WorkerTeam team = new WorkerTeam(2)) {
      new Convolution(shape, 5, algorithm, team).backwardWeights(batch, x, 0, dy, 0, dw, 0, db, 0);
      Workspace workspace = new Workspace(team);
      Convolution whole = new Convolution(shape, 5, algorithm, workspace);
      Convolution other = new Convolution(shape, 5, algorithm, workspace);
      assertTrue(whole.weightsByLanes());
      Workspace[] memory = {new Workspace(WorkerTeam.single()), new Workspace(WorkerTeam.single())};
      Convolution[] lanes = {whole.lane(5, memory[0]), whole.lane(5, memory[1])};
      other.beginWeights(batch); // several layers are under way at the same time
      whole.beginWeights(batch);
      team.run(
          2,
          (half, worker) -> {
            int end = batch * (half + 1) / 2;
            for (int i = batch * half / 2; i < end; i += 2) {
              lanes[half].addWeights(i, Math.min(2, end - i), x, i * in, dy, i * out);
            }
          });
      workspace.reserve(1 << 20, 1 << 20);
      other.endWeights(new float[dw.length], 0, null, 0);
      whole.endWeights(dwOfLanes, 0, dbOfLanes, 0);
    }
    Guards.assertSame(dw, dwOfLanes, "dWeight");
    Guards.assertSame(db, dbOfLanes, "dBias");
  }

  @Test
  void wrongArgumentsAreRefused() {
    Conv2dShape shape = new Conv2dShape(Window.same(3).over(4, 5), 16, 16);
    int size = shape.inputSize();
    int weights = shape.weightSize();
    Convolution whole = new Convolution(shape, 3, Convolution.Algorithm.AUTO, WorkerTeam.single());
    assertRefused("maxBatch", () -> whole.lane(0, new Workspace(WorkerTeam.single())));
    Convolution lane = whole.lane(2, new Workspace(WorkerTeam.single()));
    float[] two = new float[2 * size];
    float[] w = new float[weights];
    float[] b = new float[16];
    assertRefused("weight", () -> whole.prepareForward(w, 1));
    assertRefused("weight", () -> whole.prepareBackward(w, 1));
    assertRefused("batch", () -> whole.beginWeights(4));
    whole.beginWeights(3);
    assertRefused("images", () -> lane.addWeights(0, 3, new float[3 * size], 0, two, 0));
    assertRefused("first image", () -> lane.addWeights(2, 2, two, 0, two, 0));
    assertRefused("first image", () -> lane.addWeights(-1, 2, two, 0, two, 0));
    assertRefused("x", () -> lane.addWeights(0, 2, two, 1, two, 0));
    assertRefused("dy", () -> lane.addWeights(0, 2, two, 0, two, 1));
    assertRefused("dWeight", () -> whole.endWeights(w, 1, b, 0));
    assertRefused("dBias", () -> whole.endWeights(w, 0, b, 1));
    assertRefused("dBias", () -> whole.endWeights(w, 0, w, weights - 16));
  }

  /** Begin, add, end; the lane adds, the other begins and ends. */
  @Test
  void gradientsOfLanesHaveAnOrder() {
    Conv2dShape shape = new Conv2dShape(Window.same(3).over(4, 5), 16, 16);
    Convolution whole = new Convolution(shape, 3, Convolution.Algorithm.AUTO, WorkerTeam.single());
    Convolution lane = whole.lane(2, new Workspace(WorkerTeam.single()));
    float[] one = new float[shape.inputSize()];
    float[] w = new float[shape.weightSize()];
    assertOutOfTurn("begun", () -> lane.addWeights(0, 0, one, 0, one, 0));
    assertOutOfTurn("begun", () -> whole.endWeights(w, 0, null, 0));
    assertOutOfTurn("lane", () -> lane.beginWeights(1));
    whole.beginWeights(1);
    assertOutOfTurn("lane", () -> whole.addWeights(0, 1, one, 0, one, 0));
    assertOutOfTurn("begun", () -> lane.endWeights(w, 0, null, 0));
    lane.addWeights(0, 1, one, 0, one, 0);
    whole.endWeights(w, 0, null, 0);
    assertOutOfTurn("begun", () -> whole.endWeights(w, 0, null, 0));
    assertOutOfTurn("begun", () -> lane.addWeights(0, 1, one, 0, one, 0));
  }

  private static void assertOutOfTurn(String part, Runnable call) {
    String message = assertThrows(IllegalStateException.class, call::run).getMessage();
    assertTrue(message.contains(part), message);
  }

  /** Each sum of dWeight is then one chain over all images. */
  @Test
  void lanesCannotDivideLargeDirectGradients() {
    Conv2dShape shape = new Conv2dShape(Window.same(3).over(7, 9), 16, 32);
    Convolution.Algorithm direct = Convolution.Algorithm.DIRECT;
    Convolution whole = new Convolution(shape, 1, direct, WorkerTeam.single());
    assertFalse(whole.weightsByLanes());
    assertOutOfTurn("lanes cannot", () -> whole.beginWeights(1));
  }

  /** What is made of fixed weights outlives other operations and a memory that grows. */
  @Test
  void fixedWeightsArePreparedOnce() {
    SplittableRandom random = new SplittableRandom(6);
    Conv2dShape shape = new Conv2dShape(Window.same(3).over(7, 9), 16, 32);
    float[] x = Values.REALS.array(shape.inputSize(), random);
    float[] w = Values.REALS.array(shape.weightSize(), random);
    float[] former = w.clone();
    float[] later = Values.REALS.array(shape.weightSize(), random);
    Workspace workspace = new Workspace(WorkerTeam.single());
    Convolution other = new Convolution(shape, 1, Convolution.Algorithm.AUTO, workspace);
    Convolution fixed = new Convolution(shape, 1, Convolution.Algorithm.AUTO, workspace);
    Convolution plain = new Convolution(shape, 1, Convolution.Algorithm.AUTO, WorkerTeam.single());

    fixed.fixWeight();
    assertSame(plain, former, fixed, w, x);
    System.arraycopy(later, 0, w, 0, w.length);
    other.forward(1, x, 0, later, 0, null, 0, new float[shape.outputSize()], 0);
    assertSame(plain, former, fixed, w, x);
    assertSame(plain, later, fixed, later.clone(), x);
    assertSame(plain, later, fixed, w, x);
    other.backwardData(
        1, new float[shape.outputSize()], 0, former, 0, new float[shape.inputSize()], 0);
    workspace.reserve(1 << 20, 1 << 20);
    System.arraycopy(former, 0, w, 0, w.length);
    assertSame(plain, later, fixed, w, x);
    fixed.fixWeight();
    assertSame(plain, former, fixed, w, x);
  }

  private static void assertSame(
      Convolution expected, float[] expectedWeight, Convolution actual, float[] weight, float[] x) {
    float[] y = new float[7 * 9 * 32];
    float[] z = new float[7 * 9 * 32];
    expected.forward(1, x, 0, expectedWeight, 0, null, 0, y, 0);
    actual.forward(1, x, 0, weight, 0, null, 0, z, 0);
    Guards.assertSame(y, z, "y");
  }
}
