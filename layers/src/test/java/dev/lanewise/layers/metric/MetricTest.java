// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.MeanAbsoluteError;
import dev.lanewise.layers.loss.Targets;
import java.util.SplittableRandom;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

final class MetricTest {
  private static final float NAN = Float.NaN;

  /** One figure of all images, taken in two batches. */
  private static double figure(Metric metric, int outputs, float[] y, Targets targets) {
    int batch = y.length / outputs;
    Metric.Counter counter = metric.newCounter(Shape.flat(outputs), !targets.hasValues());
    float[] shifted = new float[3 + y.length];
    System.arraycopy(y, 0, shifted, 3, y.length);
    counter.add(batch, new Tensor(shifted, 3, batch, outputs), targets);
    counter.add(0, Tensor.zeros(1, outputs), targets);
    return counter.value();
  }

  private static Targets values(int outputs, float... values) {
    return Targets.of(new Tensor(values, 0, values.length / outputs, outputs));
  }

  @Example
  void topK() {
    float[] y = {3, 1, 2, 0, 5, 5, 5, 5, NAN, 1, 2, 0};
    Targets targets = Targets.of(2, 1, 2);
    assertEquals(0, figure(new TopKAccuracy(1), 4, y, targets));
    assertEquals(
        1, figure(new TopKAccuracy(2), 4, y, targets), "NaN is above, equals are in order");
    assertEquals(2 / 3.0, figure(new TopKAccuracy(2), 4, y, Targets.of(2, 2, 2)));
    assertEquals(0, figure(new TopKAccuracy(3), 4, y, Targets.of(3, 3, 0)));
    assertEquals("top5", new TopKAccuracy(5).name());
    assertThrows(IllegalArgumentException.class, () -> new TopKAccuracy(0));
    assertMessage(
        "top5 needs 5 outputs or more, but the network has 4",
        () -> new TopKAccuracy(5).newCounter(Shape.flat(4), true));
    assertMessage(
        "top2 needs labels as targets, not values",
        () -> new TopKAccuracy(2).newCounter(Shape.flat(4), false));
  }

  @Example
  void anArea() {
    RocAuc auc = new RocAuc();
    assertEquals(
        0.75, figure(auc, 1, new float[] {0.1f, 0.4f, 0.35f, 0.8f}, Targets.of(0, 0, 1, 1)));
    assertEquals(0.5, figure(auc, 1, new float[] {-0f, 0, 0}, Targets.of(1, 0, 0)), "ties");
    assertEquals(1, figure(auc, 2, new float[] {0, 1, 5, 2}, Targets.of(1, 0)));
    assertEquals(0, figure(auc, 1, new float[] {1, 0}, values(1, 0, 1)));
    assertTrue(Double.isNaN(figure(auc, 1, new float[] {1, 0}, Targets.of(1, 1))));
    assertTrue(Double.isNaN(figure(auc, 1, new float[] {1, NAN}, Targets.of(1, 0))));
    assertTrue(Double.isNaN(figure(auc, 1, new float[] {NAN, 1}, Targets.of(1, 0))));
    // As floats both differences are 2^24.
    assertEquals(1, figure(auc, 2, new float[] {0, 0x1p24f, -1, 0x1p24f}, Targets.of(0, 1)));
    assertMessage(
        "label 1 must be 0 or 1 for rocAuc, but is 2",
        () -> figure(auc, 1, new float[2], Targets.of(0, 2)));
    assertMessage(
        "target value of image 0 must be 0 or 1 for rocAuc, but is 0.5",
        () -> figure(auc, 1, new float[1], values(1, 0.5f)));
    assertMessage(
        "rocAuc is of two classes, but the network has 3 outputs",
        () -> auc.newCounter(Shape.flat(3), true));
    assertMessage(
        "rocAuc needs labels as targets, not values", () -> auc.newCounter(Shape.flat(2), false));
  }

  /** The definition, pair by pair; few different scores make many ties. */
  @Property(tries = 200)
  void anAreaIsTheShareOfPairsInOrder(
      @ForAll @IntRange(min = 2, max = 300) int n,
      @ForAll @IntRange(min = 1, max = 40) int scores,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] y = new float[n];
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      y[i] = random.nextInt(scores) - scores / 2;
      labels[i] = i < 2 ? i : random.nextInt(2);
    }
    long halves = 0;
    long pairs = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        if (labels[i] == 1 && labels[j] == 0) {
          halves += y[i] > y[j] ? 2 : y[i] == y[j] ? 1 : 0;
          pairs++;
        }
      }
    }
    assertEquals(halves / (2.0 * pairs), figure(new RocAuc(), 1, y, Targets.of(labels)));
  }

  @Example
  void errorsOfARegression() {
    float[] y = {1, 2, 3, 4};
    Targets targets = values(2, 1, 4, 0, 4);
    assertEquals(5 / 4.0, figure(new MeanLoss("mae", new MeanAbsoluteError()), 2, y, targets));
    assertEquals(Math.sqrt(13 / 4.0), figure(new RootMeanSquaredError(), 2, y, targets));
    assertEquals("rmse", new RootMeanSquaredError().name());
    assertMessage(
        "rmse needs values as targets, not labels",
        () -> new RootMeanSquaredError().newCounter(Shape.flat(2), true));
    assertTrue(Double.isNaN(new RootMeanSquaredError().newCounter(Shape.flat(2), false).value()));
  }

  @Example
  void answersOfManyLabels() {
    float[] y = {1, -1, 2, 0, 0.5f, -3};
    Targets targets = values(3, 1, 0, 0, 0, 0, 1);
    assertEquals(3 / 6.0, figure(new BinaryAccuracy(), 3, y, targets));
    assertEquals(4 / 6.0, figure(new BinaryAccuracy(0.5f), 3, y, targets));
    assertMessage(
        "binaryAccuracy needs values as targets, not labels",
        () -> new BinaryAccuracy().newCounter(Shape.flat(3), true));
  }

  private static void assertMessage(
      String message, org.junit.jupiter.api.function.Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }
}
