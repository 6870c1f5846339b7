// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.layers.check.GradientCheck;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every loss. */
final class LossTest {
  private static final int BATCH = 4;

  private static final float[] WEIGHTS = {0.5f, 1, 0, 3, 2};

  /** A loss, the shape of its outputs, and whether its targets are probabilities. */
  static Stream<Arguments> losses() {
    SoftmaxCrossEntropy weighted = new SoftmaxCrossEntropy().classWeights(WEIGHTS);
    return Stream.concat(
        withoutClassWeights(),
        Stream.of(
            Arguments.of(weighted, Shape.flat(5), true),
            Arguments.of(weighted.labelSmoothing(0.1), Shape.flat(5), true),
            Arguments.of(weighted, new Shape(2, 1, 5), true)));
  }

  static Stream<Arguments> withoutClassWeights() {
    Shape five = Shape.flat(5);
    SoftmaxCrossEntropy cross = new SoftmaxCrossEntropy();
    return Stream.of(
        Arguments.of(cross, five, true),
        Arguments.of(cross.labelSmoothing(0.2), five, true),
        Arguments.of(cross.labelSmoothing(0.1), new Shape(2, 3, 4), true),
        Arguments.of(new BinaryCrossEntropy(), five, true),
        Arguments.of(new BinaryCrossEntropy(), Shape.flat(1), true),
        Arguments.of(new BinaryCrossEntropy().positiveWeights(WEIGHTS), five, true),
        Arguments.of(new BinaryCrossEntropy().positiveWeights(4), new Shape(2, 2, 2), true),
        Arguments.of(new MeanSquaredError(), five, false),
        Arguments.of(new MeanAbsoluteError(), five, false),
        Arguments.of(new Huber(), five, false),
        Arguments.of(new Huber(0.25), new Shape(3, 1, 2), false));
  }

  /** Real values in a window of a longer array. */
  private static Tensor drawn(int offset, int size, RandomStream random) {
    float[] data = new float[offset + size + 7];
    Arrays.fill(data, Float.NaN);
    for (int i = 0; i < size; i++) {
      data[offset + i] = (float) (4 * random.nextDouble() - 2);
    }
    return new Tensor(data, offset, BATCH, size / BATCH);
  }

  private static Targets values(int size, boolean probabilities, RandomStream random) {
    Tensor values = drawn(3, size, random);
    for (int i = 0; probabilities && i < size; i++) {
      values.data[3 + i] = Math.abs(values.data[3 + i]) / 2;
    }
    if (probabilities) {
      values.data[3] = 0;
      values.data[4] = 1;
    }
    return Targets.of(values);
  }

  private static Targets labels(Shape output, RandomStream random) {
    Targets targets = new Targets(BATCH, output.size());
    int classes = Math.max(2, output.size());
    Arrays.setAll(targets.labels(), i -> i < 2 ? classes - 1 - i : random.nextInt(classes));
    return targets;
  }

  /** Values; and labels where there is one for an output. */
  private static List<Targets> targets(
      Loss loss, Shape output, boolean probabilities, RandomStream random) {
    Targets values = values(BATCH * output.size(), probabilities, random);
    return loss instanceof SoftmaxCrossEntropy && !output.isFlat()
        ? List.of(values)
        : List.of(values, labels(output, random));
  }

  @ParameterizedTest
  @MethodSource("losses")
  void theGradientIsThatOfTheMean(Loss loss, Shape output, boolean probabilities) {
    RandomStream random = new RandomStream(3);
    for (Targets targets : targets(loss, output, probabilities, random)) {
      Tensor y = drawn(2, BATCH * output.size(), random);
      float[] before = y.data.clone();
      Loss.Pass pass = loss.newPass(output, BATCH);
      GradientCheck.Result result =
          new GradientCheck()
              .tolerance(2, 1e-3) // each output rounds for itself
              .function(y, (z, dz) -> pass.forwardBackward(BATCH, z, targets, dz) / BATCH);
      assertEquals(BATCH * output.size(), result.compared() + result.undecided());
      assertTrue(result.undecided() <= 1, result::toString);
      assertArrayEquals(before, y.data, "unchanged");
    }
  }

  /** So is a smaller batch in a larger pass, and what the pass was used for before. */
  @ParameterizedTest
  @MethodSource("losses")
  void theLossAloneIsTheLossWithItsGradient(Loss loss, Shape output, boolean probabilities) {
    RandomStream random = new RandomStream(4);
    int size = BATCH * output.size();
    for (Targets targets : targets(loss, output, probabilities, random)) {
      Tensor y = drawn(2, size, random);
      Loss.Pass large = loss.newPass(output, BATCH + 3);
      large.forward(BATCH, drawn(0, size, random), targets);
      for (int batch = 0; batch <= BATCH; batch++) {
        int used = batch * output.size();
        Tensor dy = drawn(1, size, random);
        float[] before = dy.data.clone();
        double sum = large.forwardBackward(batch, y, targets, dy);
        assertEquals(sum, large.forward(batch, y, targets), 0.0);
        Tensor again = drawn(1, size, random);
        assertEquals(
            sum,
            loss.newPass(output, Math.max(1, batch)).forwardBackward(batch, y, targets, again),
            0.0);
        assertArrayEquals(
            Arrays.copyOfRange(dy.data, 1, 1 + used), Arrays.copyOfRange(again.data, 1, 1 + used));
        assertArrayEquals(
            Arrays.copyOfRange(before, 1 + used, before.length),
            Arrays.copyOfRange(dy.data, 1 + used, before.length),
            "beyond the batch");
        assertEquals(batch == 0, sum == 0);
      }
    }
  }

  /** Class weights divide the mean of labels, not that of values. */
  @ParameterizedTest
  @MethodSource("withoutClassWeights")
  void labelsAreOneHotVectors(Loss loss, Shape output, boolean probabilities) {
    if (loss instanceof SoftmaxCrossEntropy && !output.isFlat()) {
      return; // takes no labels
    }
    RandomStream random = new RandomStream(5);
    Tensor y = drawn(2, BATCH * output.size(), random);
    Targets targets = labels(output, random);
    Tensor dy = drawn(0, y.size(), random);
    Tensor expected = drawn(0, y.size(), random);
    Loss.Pass pass = loss.newPass(output, BATCH);
    double sum = pass.forwardBackward(BATCH, y, targets, dy);
    targets.labelsToValues(BATCH);
    assertEquals(sum, pass.forwardBackward(BATCH, y, targets, expected), 0.0);
    assertArrayEquals(expected.data, dy.data);
  }

  @ParameterizedTest
  @MethodSource("losses")
  void badTargetsAreRefusedBeforeAnythingIsWritten(Loss loss, Shape output, boolean probabilities) {
    RandomStream random = new RandomStream(6);
    int size = BATCH * output.size();
    Tensor y = drawn(2, size, random);
    Loss.Pass pass = loss.newPass(output, BATCH);
    Tensor dy = drawn(0, size, random);
    float[] before = dy.data.clone();
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, -0.01f, 1.01f}) {
      if (!probabilities && Math.abs(bad) < 2) {
        continue;
      }
      Targets targets = values(size, probabilities, random);
      Tensor t = targets.values();
      t.data[t.offset + size - 1] = bad;
      assertMessage(
          ("target value " + (output.size() - 1) + " of image 3 must be ")
              + ((probabilities ? "from 0 to 1" : "finite") + ", but is " + bad),
          () -> pass.forwardBackward(BATCH, y, targets, dy));
      assertThrows(IllegalArgumentException.class, () -> pass.forward(BATCH, y, targets));
      pass.forward(BATCH - 1, y, targets); // not among them
    }
    Targets others = Targets.of(Tensor.zeros(BATCH, output.size() + 1));
    assertThrows(IllegalArgumentException.class, () -> pass.forwardBackward(BATCH, y, others, dy));
    Targets few = Targets.of(Tensor.zeros(BATCH - 1, output.size()));
    assertThrows(IllegalArgumentException.class, () -> pass.forwardBackward(BATCH, y, few, dy));
    if (output.isFlat()) {
      int classes = Math.max(2, output.size());
      for (int label : new int[] {-1, classes}) {
        assertMessage(
            "label 2 must be from 0 to " + (classes - 1) + ", but is " + label,
            () -> pass.forwardBackward(BATCH, y, Targets.of(0, 1, label, 0), dy));
      }
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> pass.forwardBackward(BATCH, y, Targets.of(0, 1, 0), dy));
    assertArrayEquals(before, dy.data);
    Targets good = values(size, probabilities, random);
    Tensor shorter = new Tensor(dy.data, 0, BATCH - 1, output.size());
    assertThrows(
        IllegalArgumentException.class, () -> pass.forwardBackward(BATCH, y, good, shorter));
    assertThrows(
        IllegalArgumentException.class, () -> pass.forwardBackward(BATCH, shorter, good, dy));
    assertThrows(IllegalArgumentException.class, () -> pass.forward(BATCH + 1, y, good));
    assertThrows(IllegalArgumentException.class, () -> pass.forward(-1, y, good));
    assertThrows(IllegalArgumentException.class, () -> loss.newPass(output, 0));
    assertArrayEquals(before, dy.data);
  }

  @ParameterizedTest
  @MethodSource("losses")
  void nanIsNotHidden(Loss loss, Shape output, boolean probabilities) {
    RandomStream random = new RandomStream(7);
    int size = BATCH * output.size();
    for (Targets targets : targets(loss, output, probabilities, random)) {
      Tensor y = drawn(0, size, random);
      y.data[size - 1] = Float.NaN;
      Tensor dy = drawn(0, size, random);
      Loss.Pass pass = loss.newPass(output, BATCH);
      assertTrue(Double.isNaN(pass.forwardBackward(BATCH, y, targets, dy)));
      assertTrue(Float.isNaN(dy.data[size - 1]));
    }
  }

  /** In the end, when C2 has compiled the vectors of the softmax. */
  @ParameterizedTest
  @MethodSource("losses")
  void aPassAllocatesNothing(Loss loss, Shape output, boolean probabilities) {
    ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    RandomStream random = new RandomStream(8);
    int size = BATCH * output.size();
    Tensor y = drawn(0, size, random);
    Tensor dy = drawn(0, size, random);
    Loss.Pass pass = loss.newPass(output, BATCH);
    for (Targets targets : targets(loss, output, probabilities, random)) {
      long bytes = Long.MAX_VALUE;
      for (int round = 0; round < 2000 && bytes > 0; round++) {
        long before = bean.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 100; i++) {
          pass.forwardBackward(BATCH, y, targets, dy);
        }
        bytes = bean.getCurrentThreadAllocatedBytes() - before;
      }
      assertEquals(0, bytes);
    }
  }

  @Test
  void aBinaryLossIsFiniteForAllLogits() {
    float[] logits = {Float.MAX_VALUE, -Float.MAX_VALUE, 200, -200, 0};
    Loss.Pass pass = new BinaryCrossEntropy().newPass(Shape.flat(5), 1);
    Tensor y = new Tensor(logits, 0, 1, 5);
    Tensor dy = Tensor.zeros(1, 5);
    Targets right = Targets.of(new Tensor(new float[] {1, 0, 1, 0, 0.5f}, 0, 1, 5));
    assertEquals(Math.log(2) / 5, pass.forwardBackward(1, y, right, dy), 1e-8);
    assertArrayEquals(new float[5], Arrays.copyOf(dy.data, 5), 1e-30f);
    Targets wrong = Targets.of(new Tensor(new float[] {0, 1, 0, 1, 0}, 0, 1, 5));
    double sum = 2 * (double) Float.MAX_VALUE + 400 + Math.log(2);
    assertEquals(sum / 5, pass.forwardBackward(1, y, wrong, dy), 1e-15 * sum);
    assertArrayEquals(
        new float[] {0.2f, -0.2f, 0.2f, -0.2f, 0.1f}, Arrays.copyOf(dy.data, 5), 1e-8f);
  }

  @Test
  void optionsAreChecked() {
    SoftmaxCrossEntropy cross = new SoftmaxCrossEntropy();
    for (double bad : new double[] {Double.NaN, -0.1, 1.1}) {
      assertMessage(
          "label smoothing must be from 0 to 1, but is " + bad, () -> cross.labelSmoothing(bad));
    }
    assertMessage(
        "the weight of class 1 must be finite and at least 0, but is -1.0",
        () -> cross.classWeights(1, -1));
    assertMessage(
        "the weight of class 0 must be finite and at least 0, but is NaN",
        () -> cross.classWeights(Float.NaN, 1));
    assertThrows(IllegalArgumentException.class, () -> cross.classWeights(0, 0));
    assertThrows(IllegalArgumentException.class, cross::classWeights);
    assertMessage(
        "expected a class weight for each of the 3 classes, but there are 2",
        () -> cross.classWeights(1, 2).newPass(Shape.flat(3), 1));
    BinaryCrossEntropy binary = new BinaryCrossEntropy();
    assertMessage(
        "positive weight 1 must be finite and at least 0, but is Infinity",
        () -> binary.positiveWeights(1, Float.POSITIVE_INFINITY));
    assertThrows(IllegalArgumentException.class, binary::positiveWeights);
    assertMessage(
        "expected a positive weight for each of the 3 outputs, or one, but there are 2",
        () -> binary.positiveWeights(1, 2).newPass(Shape.flat(3), 1));
    for (double bad : new double[] {Double.NaN, 0, -1, Double.POSITIVE_INFINITY, 1e-60, 1e60}) {
      assertMessage("delta must be finite and positive, but is " + bad, () -> new Huber(bad));
    }
    float[] weights = {1, 2};
    SoftmaxCrossEntropy weighted = cross.classWeights(weights);
    weights[0] = 0;
    Loss.Pass pass = weighted.newPass(Shape.flat(2), 1);
    assertEquals(Math.log(2), pass.forward(1, Tensor.zeros(1, 2), Targets.of(0)), 1e-7, "a copy");
  }

  /** One output alone tells two classes apart. */
  @Test
  void valuesTellAsManyClassesAsThereAreOutputs() {
    for (Loss loss :
        List.of(
            new BinaryCrossEntropy(),
            new Huber(1),
            new MeanAbsoluteError(),
            new MeanSquaredError())) {
      assertEquals(2, loss.classes(Shape.flat(1)), loss.toString());
      assertEquals(5, loss.classes(Shape.flat(5)), loss.toString());
    }
    assertEquals(5, new SoftmaxCrossEntropy().classes(Shape.flat(5)));
  }

  @Test
  void anOutputWithoutPositiveWeightLearnsFromTheOthersAlone() {
    Loss.Pass pass = new BinaryCrossEntropy().positiveWeights(0).newPass(Shape.flat(1), 1);
    Tensor y = Tensor.zeros(1, 1);
    assertEquals(0, pass.forward(1, y, Targets.of(1)));
    assertEquals(Math.log(2), pass.forward(1, y, Targets.of(0)), 1e-7);
  }

  /** PyTorch divides 0 by 0 here; a training would end for a batch that teaches nothing. */
  @Test
  void aBatchOfNoWeightHasNoLoss() {
    for (double smoothing : new double[] {0, 0.5}) {
      Loss.Pass pass =
          new SoftmaxCrossEntropy()
              .classWeights(0, 1)
              .labelSmoothing(smoothing)
              .newPass(Shape.flat(2), 2);
      Tensor dy = Tensor.zeros(2, 2);
      Arrays.fill(dy.data, 5);
      assertEquals(0, pass.forwardBackward(2, Tensor.zeros(2, 2), Targets.of(0, 0), dy));
      assertArrayEquals(new float[4], Arrays.copyOf(dy.data, 4));
      double weighed = pass.forward(2, Tensor.zeros(2, 2), Targets.of(0, 1));
      assertEquals(2 * Math.log(2), weighed, smoothing == 0 ? 1e-7 : 1, "as a mean");
    }
  }

  @Test
  void aTargetOfZeroAsksNothingOfAnImpossibleClass() {
    Loss.Pass pass = new SoftmaxCrossEntropy().newPass(Shape.flat(3), 1);
    Tensor y = new Tensor(new float[] {0, Float.NEGATIVE_INFINITY, 0}, 0, 1, 3);
    Tensor dy = Tensor.zeros(1, 3);
    Targets half = Targets.of(new Tensor(new float[] {0.25f, 0, 0.75f}, 0, 1, 3));
    assertEquals(Math.log(2), pass.forwardBackward(1, y, half, dy), 1e-7);
    assertArrayEquals(new float[] {0.25f, 0, -0.25f}, Arrays.copyOf(dy.data, 3));
    Targets all = Targets.of(new Tensor(new float[] {0.25f, 0.25f, 0.5f}, 0, 1, 3));
    assertEquals(Double.POSITIVE_INFINITY, pass.forward(1, y, all));
  }

  @Test
  void aLabelIsNotForManyPixels() {
    Loss.Pass pass = new SoftmaxCrossEntropy().newPass(new Shape(2, 3, 4), 2);
    assertMessage(
        "outputs of 6 pixels need target values for each, not a label for all",
        () -> pass.forward(1, Tensor.zeros(1, 24), Targets.of(0)));
  }

  private static void assertMessage(
      String message, org.junit.jupiter.api.function.Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }
}
