package dev.lanewise.engine;

import static dev.lanewise.engine.Refusals.assertRefused;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The facade: work is cut at 4 Ki elements. */
final class ElementwiseTest {
  private static final int[] SIZES = {0, 1, 100, 4_095, 4_096, 4_097, 50_001};

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
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
        elementwise.relu(n, x, 3, y, 4);
        Guards.assertSame(expected, y, "relu of " + n);

        float[] dy = Values.SPECIAL.guarded(1, n, 5, random);
        float[] dx = Guards.array(n + 9);
        float[] expectedDx = Guards.array(n + 9);
        for (int i = 0; i < n; i++) {
          expectedDx[2 + i] = y[4 + i] <= 0 ? 0f : dy[1 + i];
        }
        elementwise.reluBackward(n, y, 4, dy, 1, dx, 2);
        Guards.assertSame(expectedDx, dx, "reluBackward of " + n);

        float[] sum = dy.clone();
        for (int i = 0; i < n; i++) {
          sum[1 + i] = Math.fma(-0.3f, x[3 + i], dy[1 + i]);
        }
        elementwise.axpy(n, -0.3f, x, 3, dy, 1);
        Guards.assertSame(sum, dy, "axpy of " + n);

        float[] zeros = dy.clone();
        Arrays.fill(zeros, 1, 1 + n, 0f);
        elementwise.zero(n, dy, 1);
        Guards.assertSame(zeros, dy, "zero of " + n);

        float[] sums = Values.SPECIAL.guarded(2, n, 1, random);
        float[] expectedSums = sums.clone();
        float[] matrix = Values.SPECIAL.guarded(5, 3 * n, 2, random);
        for (int i = 0; i < 3 * n; i++) {
          expectedSums[2 + i % n] += matrix[5 + i];
        }
        elementwise.addColumnSums(3, n, matrix, 5, sums, 2);
        Guards.assertSame(expectedSums, sums, "addColumnSums of " + n);

        elementwise.relu(n, x, 3, x, 3);
        float[] inPlace = x.clone();
        System.arraycopy(expected, 4, inPlace, 3, n);
        Guards.assertSame(inPlace, x, "relu in place of " + n);
      }
    }
  }

  @Test
  void argumentsAreCheckedBeforeAnythingIsWritten() {
    Elementwise e = new Elementwise(WorkerTeam.single());
    float[] x = new float[10];
    float[] y = Guards.array(10);
    float[] z = new float[10];
    assertRefused("n must", () -> e.relu(-1, x, 0, y, 0));
    assertRefused("x needs", () -> e.relu(10, x, 1, y, 0));
    assertRefused("y needs", () -> e.relu(10, x, 0, y, 1));
    assertRefused("overlaps", () -> e.relu(5, x, 0, x, 1));
    assertRefused("overlaps", () -> e.relu(5, x, 1, x, 0));
    assertRefused("n must", () -> e.reluBackward(-1, x, 0, z, 0, y, 0));
    assertRefused("y needs", () -> e.reluBackward(10, x, 1, z, 0, y, 0));
    assertRefused("dy needs", () -> e.reluBackward(10, x, 0, z, 1, y, 0));
    assertRefused("dx needs", () -> e.reluBackward(10, x, 0, z, 0, y, 1));
    assertRefused("overlaps y", () -> e.reluBackward(5, x, 0, z, 0, x, 0));
    assertRefused("overlaps dy", () -> e.reluBackward(5, x, 0, z, 0, z, 1));
    assertRefused("n must", () -> e.axpy(-1, 1, x, 0, y, 0));
    assertRefused("x needs", () -> e.axpy(10, 1, x, -1, y, 0));
    assertRefused("y needs", () -> e.axpy(10, 1, x, 0, y, 1));
    assertRefused("overlaps", () -> e.axpy(5, 1, x, 0, x, 0));
    assertRefused("n must", () -> e.zero(-1, y, 0));
    assertRefused("y needs", () -> e.zero(10, y, 1));
    assertRefused("m must", () -> e.addColumnSums(-1, 1, x, 0, y, 0));
    assertRefused("n must", () -> e.addColumnSums(1, -1, x, 0, y, 0));
    assertRefused("x needs", () -> e.addColumnSums(3, 4, x, 0, y, 0));
    assertRefused("sums needs", () -> e.addColumnSums(1, 4, x, 0, y, 7));
    assertRefused("overlaps", () -> e.addColumnSums(2, 2, x, 0, x, 3));
    Guards.assertSame(Guards.array(10), y, "y");
  }
}
