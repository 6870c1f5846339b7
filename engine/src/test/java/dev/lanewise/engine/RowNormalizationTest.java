// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import static dev.lanewise.engine.testing.Refusals.assertRefused;
import static dev.lanewise.engine.testing.Views.at;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.testing.Guards;
import dev.lanewise.engine.testing.Values;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The facade: how rows are cut, against the definition, and what is refused. */
final class RowNormalizationTest {
  private static final double EPS = 0.01;

  /** Few long rows, of several tiles, and many short ones, of several tasks and parts. */
  @ParameterizedTest
  @CsvSource({"3, 5000", "700, 17", "40, 512", "1, 1"})
  void rowsAreNormalizedByAnyTeam(int rows, int n) {
    SplittableRandom random = new SplittableRandom(n);
    float[] x = Values.REALS.guarded(3, rows * n, 5, random);
    float[] dy = Values.REALS.guarded(2, rows * n, 5, random);
    float[] weight = Values.REALS.array(n, random);
    float[] bias = Values.REALS.array(n, random);
    float[][] first = null;
    for (int threads : new int[] {1, 2, 3, 8}) {
      try (WorkerTeam team = new WorkerTeam(threads)) {
        RowNormalization norm = new RowNormalization(n, team);
        double[] mean = new double[rows];
        double[] deviation = new double[rows];
        float[] y = Guards.array(x.length);
        float[] dx = Guards.array(x.length);
        float[] dWeight = new float[n];
        float[] dBias = new float[n];
        Floats w = Floats.of(weight);
        norm.measure(rows, EPS, at(x, 3), mean, deviation);
        norm.normalize(
            rows, at(x, 3), mean, deviation, w, Floats.of(bias), Epilogue.NONE, at(y, 3));
        norm.backwardData(rows, at(x, 3), mean, deviation, w, at(dy, 2), at(dx, 3));
        norm.backwardParameters(
            rows, at(x, 3), mean, deviation, at(dy, 2), Floats.of(dWeight), Floats.of(dBias));
        float[][] results = {y, dx, dWeight, dBias};
        if (first == null) {
          first = results;
          assertDefinition(rows, n, x, dy, weight, bias, results);
        }
        for (int i = 0; i < results.length; i++) {
          Guards.assertSame(first[i], results[i], threads + " threads: " + i);
        }
      }
    }
  }

  private static void assertDefinition(
      int rows, int n, float[] x, float[] dy, float[] weight, float[] bias, float[][] results) {
    double[] dWeight = new double[n];
    double[] dBias = new double[n];
    for (int r = 0; r < rows; r++) {
      double mean = 0;
      double var = 0;
      for (int i = 0; i < n; i++) {
        mean += x[3 + r * n + i] / (double) n;
      }
      for (int i = 0; i < n; i++) {
        var += Math.pow(x[3 + r * n + i] - mean, 2) / n;
      }
      double s = 1 / Math.sqrt(var + EPS);
      double sum = 0;
      double sumH = 0;
      for (int i = 0; i < n; i++) {
        double h = (x[3 + r * n + i] - mean) * s;
        double dh = (double) weight[i] * dy[2 + r * n + i];
        sum += dh / n;
        sumH += dh * h / n;
        dWeight[i] += dy[2 + r * n + i] * h;
        dBias[i] += dy[2 + r * n + i];
        assertEquals(weight[i] * h + bias[i], results[0][3 + r * n + i], 1e-4, "y");
      }
      for (int i = 0; i < n; i++) {
        double h = (x[3 + r * n + i] - mean) * s;
        double dh = (double) weight[i] * dy[2 + r * n + i];
        double bound = 1e-6 * s * (Math.abs(dh) + Math.abs(sum) + Math.abs(h * sumH) + 1);
        assertEquals(s * (dh - sum - h * sumH), results[1][3 + r * n + i], bound, "dx");
      }
    }
    for (int i = 0; i < n; i++) {
      assertEquals(dWeight[i], results[2][i], 1e-7 * (Math.abs(dWeight[i]) + 1e-3), "dWeight");
      assertEquals(dBias[i], results[3][i], 1e-7 * (Math.abs(dBias[i]) + 1e-3), "dBias");
    }
  }

  @Test
  void withoutWeightAndBias() {
    RowNormalization norm = new RowNormalization(2, WorkerTeam.single());
    Floats x = Floats.of(1, 3, 5, 9);
    double[] mean = new double[2];
    double[] deviation = new double[2];
    norm.measure(2, 3, x, mean, deviation);
    assertArrayEquals(new double[] {2, 7}, mean);
    float[] y = new float[4];
    norm.normalize(1, x, mean, deviation, null, null, Epilogue.RELU, Floats.of(y));
    assertArrayEquals(new float[] {0, 0.5f, 0, 0}, y);
    float[] dBias = {1, 1};
    float[] dWeight = {1, 1};
    norm.backwardParameters(
        1, x, mean, deviation, Floats.of(2, 4), Floats.of(dWeight), Floats.of(dBias));
    assertArrayEquals(new float[] {3, 5}, dBias);
    assertArrayEquals(new float[] {0, 3}, dWeight);
    norm.backwardParameters(0, x, mean, deviation, x, Floats.of(dWeight), Floats.of(dBias));
    assertArrayEquals(new float[] {3, 5}, dBias);
  }

  @Test
  void argumentsAreCheckedBeforeAnythingIsWritten() {
    RowNormalization n = new RowNormalization(2, WorkerTeam.single());
    Floats x = Floats.of(new float[10]);
    Floats z = Floats.of(new float[10]);
    float[] out = Guards.array(10);
    Floats y = Floats.of(out);
    Floats two = Floats.of(1, 1);
    Floats one = Floats.of(1);
    double[] five = new double[5];
    double[] four = new double[4];
    Epilogue none = Epilogue.NONE;
    assertRefused("n must", () -> new RowNormalization(0, WorkerTeam.single()));
    assertRefused("rows must", () -> n.measure(-1, 1, x, five, five));
    assertRefused("x needs", () -> n.measure(6, 1, x, five, five));
    assertRefused("mean needs", () -> n.measure(5, 1, x, four, five));
    assertRefused("deviation needs", () -> n.measure(5, 1, x, five, four));
    assertRefused("x needs", () -> n.normalize(6, x, five, five, two, two, none, y));
    assertRefused("y needs", () -> n.normalize(5, x, five, five, two, two, none, at(out, 1)));
    assertRefused("overlaps x", () -> n.normalize(2, x, five, five, two, two, none, at(x.data, 1)));
    assertRefused("weight needs", () -> n.normalize(5, x, five, five, one, two, none, y));
    assertRefused("bias needs", () -> n.normalize(5, x, five, five, two, one, none, y));
    assertRefused("overlaps weight", () -> n.normalize(5, x, five, five, y, two, none, y));
    assertRefused("overlaps bias", () -> n.normalize(5, x, five, five, two, y, none, y));
    assertRefused("dx needs", () -> n.backwardData(5, x, five, five, two, z, at(out, 1)));
    assertRefused("dy needs", () -> n.backwardData(5, x, five, five, two, at(z.data, 1), y));
    assertRefused("overlaps x", () -> n.backwardData(5, x, five, five, two, z, x));
    assertRefused("overlaps dy", () -> n.backwardData(2, x, five, five, two, z, at(z.data, 1)));
    assertRefused("weight needs", () -> n.backwardData(5, x, five, five, one, z, y));
    assertRefused("overlaps weight", () -> n.backwardData(5, x, five, five, y, z, y));
    assertRefused("dWeight needs", () -> n.backwardParameters(5, x, five, five, z, one, two));
    assertRefused("dBias needs", () -> n.backwardParameters(5, x, five, five, z, two, one));
    Guards.assertSame(Guards.array(10), out, "out");
  }
}
