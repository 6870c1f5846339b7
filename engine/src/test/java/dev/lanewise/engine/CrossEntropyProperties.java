// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import static dev.lanewise.engine.testing.Refusals.assertRefused;
import static dev.lanewise.engine.testing.Views.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.testing.Guards;
import dev.lanewise.engine.testing.Values;
import java.util.SplittableRandom;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Softmax with cross-entropy against double precision. */
final class CrossEntropyProperties {
  private static double logSumExp(float[] z, int from, int n) {
    double max = Double.NEGATIVE_INFINITY;
    for (int j = 0; j < n; j++) {
      max = Math.max(max, z[from + j]);
    }
    double sum = 0;
    for (int j = 0; j < n; j++) {
      sum += Math.exp(z[from + j] - max);
    }
    return max + Math.log(sum);
  }

  @Property
  void lossAndGradient(
      @ForAll @IntRange(max = 6) int batch,
      @ForAll @IntRange(min = 1, max = 70) int classes,
      @ForAll @IntRange(min = 1, max = 60) int spread,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int size = batch * classes;
    float[] z = Guards.array(2 + size + 5);
    for (int i = 0; i < size; i++) {
      z[2 + i] = (float) (spread * (random.nextDouble() - 0.5));
    }
    float[] before = z.clone();
    int[] labels = random.ints(batch + 2, 0, classes).toArray();
    float[] gradient = Guards.array(3 + size + 5);
    float scale = batch == 0 ? 1f : 1f / batch;
    double loss =
        CrossEntropy.forwardBackward(batch, classes, at(z, 2), labels, at(gradient, 3), scale);
    double expected = 0;
    for (int i = 0; i < batch; i++) {
      double log = logSumExp(z, 2 + i * classes, classes);
      expected += log - z[2 + i * classes + labels[i]];
      for (int j = 0; j < classes; j++) {
        double p = Math.exp(z[2 + i * classes + j] - log);
        double g = scale * (p - (j == labels[i] ? 1 : 0));
        // Exponential, sum, division, subtraction: a few roundings of numbers up to 1.
        double bound = scale * ((8 + spread / 16.0) * p + 1) * 0x1p-24 + Float.MIN_NORMAL;
        assertEquals(g, gradient[3 + i * classes + j], bound);
      }
    }
    assertEquals(expected, loss, batch * (8 + spread / 16.0) * 0x1p-23);
    Guards.assertSame(before, z, "logits");
    for (int i = 0; i < 3; i++) {
      assertTrue(Float.isNaN(gradient[i]) && Float.isNaN(gradient[3 + size + i]), "guards");
    }
    float[] work = Guards.array(3 + size + 5);
    assertEquals(
        loss, CrossEntropy.forwardBackward(batch, classes, at(z, 2), labels, at(work, 3), 0f), 0.0);
    for (int i = 0; i < 3; i++) {
      assertTrue(Float.isNaN(work[i]) && Float.isNaN(work[3 + size + i]), "guards");
    }
  }

  /** Integers, so that the shift is exact: then not a bit may change. */
  @Property
  void shiftsChangeNothing(
      @ForAll @IntRange(min = 1, max = 40) int classes,
      @ForAll @IntRange(min = -1000, max = 1000) int shift,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] z = Values.INTEGERS.array(classes, random);
    float[] shifted = z.clone();
    for (int j = 0; j < classes; j++) {
      shifted[j] += shift;
    }
    int[] label = {random.nextInt(classes)};
    float[] g = new float[classes];
    float[] gShifted = new float[classes];
    double loss = CrossEntropy.forwardBackward(1, classes, Floats.of(z), label, Floats.of(g), 1f);
    double same =
        CrossEntropy.forwardBackward(
            1, classes, Floats.of(shifted), label, Floats.of(gShifted), 1f);
    assertEquals(loss, same, 0.0);
    Guards.assertSame(g, gShifted, "gradient");
  }

  /**
   * Targets of any size, among them zeros: the loss is their weighted sum of the labels' losses.
   */
  @Property
  void softTargets(
      @ForAll @IntRange(max = 6) int batch,
      @ForAll @IntRange(min = 1, max = 70) int classes,
      @ForAll @IntRange(min = 1, max = 60) int spread,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int size = batch * classes;
    float[] z = Guards.array(2 + size + 5);
    float[] t = Guards.array(1 + size + 5);
    for (int i = 0; i < size; i++) {
      z[2 + i] = (float) (spread * (random.nextDouble() - 0.5));
      t[1 + i] = random.nextInt(3) == 0 ? 0 : (float) (2 * random.nextDouble());
    }
    float[] zBefore = z.clone();
    float[] tBefore = t.clone();
    float[] gradient = Guards.array(3 + size + 5);
    double loss =
        CrossEntropy.forwardBackward(batch, classes, at(z, 2), at(t, 1), at(gradient, 3), 0.5f);
    double expected = 0;
    double weights = 0;
    for (int i = 0; i < batch; i++) {
      double log = logSumExp(z, 2 + i * classes, classes);
      double sum = 0;
      for (int j = 0; j < classes; j++) {
        expected += t[1 + i * classes + j] * (log - z[2 + i * classes + j]);
        sum += t[1 + i * classes + j];
      }
      weights += sum;
      for (int j = 0; j < classes; j++) {
        double p = sum * Math.exp(z[2 + i * classes + j] - log);
        double g = 0.5 * (p - t[1 + i * classes + j]);
        // The difference to the largest logit, up to the spread, is rounded before its exponential.
        double bound =
            0.5 * ((10 + spread) * p + t[1 + i * classes + j]) * 0x1p-24 + Float.MIN_NORMAL;
        assertEquals(g, gradient[3 + i * classes + j], bound);
      }
    }
    assertEquals(expected, loss, weights * (8 + spread / 16.0) * 0x1p-23);
    Guards.assertSame(zBefore, z, "logits");
    Guards.assertSame(tBefore, t, "targets");
    for (int i = 0; i < 3; i++) {
      assertTrue(Float.isNaN(gradient[i]) && Float.isNaN(gradient[3 + size + i]), "guards");
    }
    float[] work = Guards.array(3 + size + 5);
    assertEquals(
        loss,
        CrossEntropy.forwardBackward(batch, classes, at(z, 2), at(t, 1), at(work, 3), 0f),
        0.0);
  }

  @Property
  void oneHotTargetsHaveTheBitsOfTheirLabels(
      @ForAll @IntRange(max = 6) int batch,
      @ForAll @IntRange(min = 1, max = 70) int classes,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] z = Values.REALS.array(batch * classes, random);
    int[] labels = random.ints(batch, 0, classes).toArray();
    float[] t = new float[batch * classes];
    for (int i = 0; i < batch; i++) {
      t[i * classes + labels[i]] = 1;
    }
    float[] g = new float[batch * classes];
    float[] same = new float[batch * classes];
    double loss =
        CrossEntropy.forwardBackward(batch, classes, Floats.of(z), labels, Floats.of(g), 0.125f);
    assertEquals(
        loss,
        CrossEntropy.forwardBackward(
            batch, classes, Floats.of(z), Floats.of(t), Floats.of(same), 0.125f),
        0.0);
    Guards.assertSame(g, same, "gradient");
  }

  @Property
  void softmax(
      @ForAll @IntRange(max = 4) int batch,
      @ForAll @IntRange(min = 1, max = 40) int classes,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int size = batch * classes;
    float[] z = Guards.array(2 + size + 5);
    for (int i = 0; i < size; i++) {
      z[2 + i] = (float) (20 * (random.nextDouble() - 0.5));
    }
    float[] p = Guards.array(3 + size + 5);
    CrossEntropy.softmax(batch, classes, at(z, 2), at(p, 3));
    float[] expected = Guards.array(p.length);
    for (int i = 0; i < batch; i++) {
      double log = logSumExp(z, 2 + i * classes, classes);
      for (int j = 0; j < classes; j++) {
        int at = 3 + i * classes + j;
        expected[at] = p[at]; // the guards around them must be as they were
        double exact = Math.exp(z[2 + i * classes + j] - log);
        // Logits up to 20 apart: their difference is rounded by up to 16 of these. Then
        // exponential, sum and division.
        assertEquals(exact, p[at], (16 + 8) * exact * 0x1p-24);
      }
    }
    Guards.assertSame(expected, p, "probabilities");
  }

  @Example
  void hugeLogitsStayFinite() {
    for (float huge : new float[] {1e30f, Float.MAX_VALUE}) {
      float[] z = {huge, -huge, 0f, huge};
      float[] g = new float[4];
      for (int label = 0; label < 4; label++) {
        int[] labels = {label};
        double loss = CrossEntropy.forwardBackward(1, 4, Floats.of(z), labels, Floats.of(g), 1f);
        double expected = Math.log(2) + ((double) huge - z[label]);
        assertEquals(expected, loss, 1e-7 * expected);
        for (int j = 0; j < 4; j++) {
          assertEquals((z[j] == huge ? 0.5f : 0f) - (j == label ? 1f : 0f), g[j]);
        }
      }
    }
  }

  @Example
  void nanIsNotHidden() {
    float[] g = new float[3];
    float[] z = {1f, Float.NaN, 2f};
    assertTrue(
        Double.isNaN(
            CrossEntropy.forwardBackward(1, 3, Floats.of(z), new int[1], Floats.of(g), 1f)));
    assertTrue(Float.isNaN(g[0]) && Float.isNaN(g[1]) && Float.isNaN(g[2]));
  }

  @Example
  void argumentsAreCheckedBeforeAnythingIsWritten() {
    float[] z = new float[6];
    int[] labels = {0, 2};
    float[] g = Guards.array(6);
    assertRefused(
        "batch", () -> CrossEntropy.forwardBackward(-1, 3, Floats.of(z), labels, Floats.of(g), 1f));
    assertRefused(
        "classes",
        () -> CrossEntropy.forwardBackward(2, 0, Floats.of(z), labels, Floats.of(g), 1f));
    assertRefused(
        "scale", () -> CrossEntropy.forwardBackward(2, 3, Floats.of(z), labels, Floats.of(g), -1f));
    assertRefused(
        "NaN",
        () -> CrossEntropy.forwardBackward(2, 3, Floats.of(z), labels, Floats.of(g), Float.NaN));
    assertRefused(
        "logits needs",
        () -> CrossEntropy.forwardBackward(2, 3, at(z, 1), labels, Floats.of(g), 1f));
    assertRefused(
        "work needs", () -> CrossEntropy.forwardBackward(2, 3, Floats.of(z), labels, at(g, 1), 1f));
    assertRefused(
        "labels needs",
        () -> CrossEntropy.forwardBackward(3, 2, Floats.of(z), labels, Floats.of(g), 1f));
    assertRefused(
        "overlaps",
        () -> CrossEntropy.forwardBackward(2, 3, Floats.of(z), labels, Floats.of(z), 1f));
    assertRefused(
        "label 1 must be from 0 to 2, but is 3",
        () -> CrossEntropy.forwardBackward(2, 3, Floats.of(z), new int[] {0, 3}, Floats.of(g), 1f));
    assertRefused(
        "label 0 must be from 0 to 2, but is -1",
        () ->
            CrossEntropy.forwardBackward(2, 3, Floats.of(z), new int[] {-1, 0}, Floats.of(g), 1f));
    assertRefused("batch", () -> CrossEntropy.softmax(-1, 3, Floats.of(z), Floats.of(g)));
    assertRefused("classes", () -> CrossEntropy.softmax(2, 0, Floats.of(z), Floats.of(g)));
    assertRefused("logits needs", () -> CrossEntropy.softmax(2, 3, at(z, 1), Floats.of(g)));
    assertRefused("probabilities needs", () -> CrossEntropy.softmax(2, 3, Floats.of(z), at(g, 1)));
    assertRefused("overlaps", () -> CrossEntropy.softmax(1, 3, Floats.of(z), at(z, 2)));
    Floats t = Floats.of(new float[6]);
    Floats work = Floats.of(g);
    assertRefused("batch", () -> CrossEntropy.forwardBackward(-1, 3, Floats.of(z), t, work, 1f));
    assertRefused("classes", () -> CrossEntropy.forwardBackward(2, 0, Floats.of(z), t, work, 1f));
    assertRefused("scale", () -> CrossEntropy.forwardBackward(2, 3, Floats.of(z), t, work, -1f));
    assertRefused("logits needs", () -> CrossEntropy.forwardBackward(2, 3, at(z, 1), t, work, 1f));
    assertRefused(
        "targets needs",
        () -> CrossEntropy.forwardBackward(2, 3, Floats.of(z), at(new float[6], 1), work, 1f));
    assertRefused(
        "work needs", () -> CrossEntropy.forwardBackward(2, 3, Floats.of(z), t, at(g, 1), 1f));
    assertRefused("overlaps logits", () -> CrossEntropy.forwardBackward(2, 3, work, t, work, 1f));
    assertRefused(
        "overlaps targets", () -> CrossEntropy.forwardBackward(2, 3, Floats.of(z), work, work, 1f));
    Guards.assertSame(Guards.array(6), g, "gradient");
  }
}
