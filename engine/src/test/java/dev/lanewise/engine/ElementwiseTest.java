// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import static dev.lanewise.engine.testing.Refusals.assertRefused;
import static dev.lanewise.engine.testing.Views.at;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.kernel.Exp;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.testing.Guards;
import dev.lanewise.engine.testing.Values;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The facade: work is cut at 4 Ki elements. */
final class ElementwiseTest {
  private static final int[] SIZES = {0, 1, 100, 4_095, 4_096, 4_097, 50_001};

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8, 16})
  void everyElementOnceByAnyTeam(int threads) {
    SplittableRandom random = new SplittableRandom(threads);
    try (WorkerTeam team = new WorkerTeam(threads)) {
      Elementwise elementwise = new Elementwise(team);
      for (int n : SIZES) {
        float[] x = Values.SPECIAL.guarded(3, n, 5, random);
        float[] y = Guards.array(n + 9);
        float[] expected = Guards.array(n + 9);
        for (int i = 0; i < n; i++) {
          expected[4 + i] = Math.max(x[3 + i], 0f);
        }
        elementwise.relu(n, at(x, 3), at(y, 4));
        Guards.assertSame(expected, y, "relu of " + n);

        float[] dy = Values.SPECIAL.guarded(1, n, 5, random);
        float[] dx = Guards.array(n + 9);
        float[] expectedDx = Guards.array(n + 9);
        for (int i = 0; i < n; i++) {
          expectedDx[2 + i] = y[4 + i] <= 0 ? 0f : dy[1 + i];
        }
        elementwise.reluBackward(n, at(y, 4), at(dy, 1), at(dx, 2));
        Guards.assertSame(expectedDx, dx, "reluBackward of " + n);

        float[] sum = dy.clone();
        for (int i = 0; i < n; i++) {
          sum[1 + i] = Math.fma(-0.3f, x[3 + i], dy[1 + i]);
        }
        elementwise.axpy(n, -0.3f, at(x, 3), at(dy, 1));
        Guards.assertSame(sum, dy, "axpy of " + n);

        float[] zeros = dy.clone();
        Arrays.fill(zeros, 1, 1 + n, 0f);
        elementwise.zero(n, at(dy, 1));
        Guards.assertSame(zeros, dy, "zero of " + n);

        float[] sums = Values.SPECIAL.guarded(2, n, 1, random);
        float[] expectedSums = sums.clone();
        float[] matrix = Values.SPECIAL.guarded(5, 3 * n, 2, random);
        for (int i = 0; i < 3 * n; i++) {
          expectedSums[2 + i % n] += matrix[5 + i];
        }
        elementwise.addColumnSums(3, n, at(matrix, 5), at(sums, 2));
        Guards.assertSame(expectedSums, sums, "addColumnSums of " + n);

        elementwise.relu(n, at(x, 3), at(x, 3));
        float[] inPlace = x.clone();
        System.arraycopy(expected, 4, inPlace, 3, n);
        Guards.assertSame(inPlace, x, "relu in place of " + n);
      }
    }
  }

  /** Whole cache lines of 16 floats, so that no two threads write to one. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8, 16})
  void rangesCoverEveryOutputOnce(int threads) {
    try (WorkerTeam team = new WorkerTeam(threads)) {
      Elementwise elementwise = new Elementwise(team);
      for (int n : SIZES) {
        int[] times = new int[n];
        elementwise.run(
            n,
            (from, to) -> {
              assertTrue(from < to && from % 16 == 0 && (to % 16 == 0 || to == n));
              for (int i = from; i < to; i++) {
                times[i]++;
              }
            });
        assertTrue(Arrays.stream(times).allMatch(t -> t == 1), n + " outputs");
      }
      assertRefused("n must", () -> elementwise.run(-1, (from, to) -> {}));
    }
  }

  /** As the model of the kernel computes it, and nothing around it. */
  @Test
  void exponentials() {
    SplittableRandom random = new SplittableRandom(6);
    for (int n : SIZES) {
      float[] x = Values.SPECIAL.guarded(3, n, 5, random);
      float[] expected = x.clone();
      for (int i = 3; i < 3 + n; i++) {
        expected[i] = Exp.exp(x[i]);
      }
      Elementwise.exp(x, 3, 3 + n);
      Guards.assertSame(expected, x, "exp of " + n);
    }
    float[] x = new float[10];
    assertRefused("elements -1 to 2 do not lie within 10", () -> Elementwise.exp(x, -1, 2));
    assertRefused("elements 3 to 2 do not", () -> Elementwise.exp(x, 3, 2));
    assertRefused("elements 3 to 11 do not", () -> Elementwise.exp(x, 3, 11));
    Guards.assertSame(new float[10], x, "x");
  }

  @Test
  void silu() {
    SplittableRandom random = new SplittableRandom(7);
    for (int n : SIZES) {
      float[] x = Values.SPECIAL.guarded(3, n, 5, random);
      float[] expected = Guards.array(x.length);
      for (int i = 3; i < 3 + n; i++) {
        expected[i] = Math.max(x[i], -Float.MAX_VALUE) / (1 + Exp.exp(-x[i]));
      }
      float[] y = Guards.array(x.length);
      Elementwise.silu(x, y, 3, 3 + n);
      Guards.assertSame(expected, y, "SiLU of " + n);
    }
    float[] x = new float[10];
    float[] y = Guards.array(9);
    assertRefused("elements -1 to 2 do not lie within 10", () -> Elementwise.silu(x, y, -1, 2));
    assertRefused("elements 3 to 10 do not lie within 9", () -> Elementwise.silu(x, y, 3, 10));
    Guards.assertSame(Guards.array(9), y, "y");
  }

  @Test
  void argumentsAreCheckedBeforeAnythingIsWritten() {
    Elementwise e = new Elementwise(WorkerTeam.single());
    float[] x = new float[10];
    float[] y = Guards.array(10);
    float[] z = new float[10];
    assertRefused("n must", () -> e.relu(-1, Floats.of(x), Floats.of(y)));
    assertRefused("x needs", () -> e.relu(10, at(x, 1), Floats.of(y)));
    assertRefused("y needs", () -> e.relu(10, Floats.of(x), at(y, 1)));
    assertRefused("overlaps", () -> e.relu(5, Floats.of(x), at(x, 1)));
    assertRefused("overlaps", () -> e.relu(5, at(x, 1), Floats.of(x)));
    assertRefused("n must", () -> e.reluBackward(-1, Floats.of(x), Floats.of(z), Floats.of(y)));
    assertRefused("y needs", () -> e.reluBackward(10, at(x, 1), Floats.of(z), Floats.of(y)));
    assertRefused("dy needs", () -> e.reluBackward(10, Floats.of(x), at(z, 1), Floats.of(y)));
    assertRefused("dx needs", () -> e.reluBackward(10, Floats.of(x), Floats.of(z), at(y, 1)));
    assertRefused("overlaps y", () -> e.reluBackward(5, Floats.of(x), Floats.of(z), Floats.of(x)));
    assertRefused("overlaps dy", () -> e.reluBackward(5, Floats.of(x), Floats.of(z), at(z, 1)));
    assertRefused("n must", () -> e.axpy(-1, 1, Floats.of(x), Floats.of(y)));
    assertRefused("y needs", () -> e.axpy(10, 1, Floats.of(x), at(y, 1)));
    assertRefused("overlaps", () -> e.axpy(5, 1, Floats.of(x), Floats.of(x)));
    assertRefused("n must", () -> e.zero(-1, Floats.of(y)));
    assertRefused("y needs", () -> e.zero(10, at(y, 1)));
    assertRefused("m must", () -> e.addColumnSums(-1, 1, Floats.of(x), Floats.of(y)));
    assertRefused("n must", () -> e.addColumnSums(1, -1, Floats.of(x), Floats.of(y)));
    assertRefused("x needs", () -> e.addColumnSums(3, 4, Floats.of(x), Floats.of(y)));
    assertRefused("sums needs", () -> e.addColumnSums(1, 4, Floats.of(x), at(y, 7)));
    assertRefused("overlaps", () -> e.addColumnSums(2, 2, Floats.of(x), at(x, 3)));
    Guards.assertSame(Guards.array(10), y, "y");
  }
}
