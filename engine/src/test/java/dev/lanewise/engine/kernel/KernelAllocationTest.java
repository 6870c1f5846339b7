// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import dev.lanewise.engine.testing.Jvm;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kernels leave nothing on the heap, even where vectors of two lengths were hot in the JVM before
 * C2 compiled them, and matrices with and without an edge. In a JVM of its own, since that depends
 * on what was hot.
 */
final class KernelAllocationTest {
  @TempDir Path folder;

  @Test
  void kernelsAllocateNothing() throws Exception {
    Jvm jvm = Jvm.run(folder, Program.class, Jvm.VECTOR_MODULE);
    assertEquals("", jvm.out() + String.join("\n", jvm.err()));
    assertEquals(0, jvm.exitCode());
  }

  /** Prints the kernels that go on to allocate. */
  static final class Program {
    private static final int CALLS = 5_000;
    private static final int ROUNDS = 100;

    /** For the compiler, on a machine that has other work. */
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(30);

    private static final Kernels KERNELS = BackendChoice.kernels();
    private static final float[] A = new float[4096];
    private static final float[] B = new float[4096];
    private static final float[] C = new float[4096];
    private static final float[] SCRATCH = new float[(int) TapKernels.scratch(16)];
    private static final float[] D = new float[64];
    private static final float[] WORK = new float[MatrixKernels.DOT_WORK];
    private static final double[] SUMS = new double[128];
    private static final int[] TAPS = new int[16];
    private static final int[] ARGMAX = new int[4096];
    private static final int[] SQUARE = {0, 16, 32, 160, 176, 192, 320, 336, 352};
    private static final int[] INDEX = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    private static final int[] LINE = {0, 16, 32, 48};
    private static final WindowGrid GRID = WindowGrid.of(Window.valid(2).stride(2), 8, 8);

    private Program() {}

    public static void main(String[] args) {
      for (int t = 0; t < TAPS.length; t++) {
        TAPS[t] = 100 * t;
      }
      Map<String, Runnable> calls = new LinkedHashMap<>();
      calls.put("whole vectors", () -> product(8, 16));
      calls.put("eight lanes", () -> taps(56, 8));
      Runnable[] mixture = calls.values().toArray(Runnable[]::new);
      calls.put("an edge", () -> product(5, 10));
      calls.put("vectors that overlap", () -> product(8, 40));
      calls.put("the rest of them", () -> product(3, 20));
      calls.put("the tallest tile", () -> product(14, 32));
      calls.put("a transposed matrix", () -> transposedProduct(8, 24));
      calls.put("inner products", () -> innerProducts(6, 7));
      calls.put("eight lanes of few pixels", () -> taps(12, 8));
      calls.put("six of eight lanes", () -> taps(56, 6));
      calls.put("one vector of taps", () -> taps(56, 16));
      calls.put("pairs of vectors of taps", () -> taps(20, 40));
      calls.put("a gradient of eight lanes", () -> gradient(10, 8));
      calls.put("a gradient", () -> gradient(12, 40));
      calls.put("a gradient with an edge", () -> gradient(8, 12));
      calls.put("planes", Program::planes);
      for (int channels : new int[] {GroupKernels.BLOCK, 6}) {
        calls.put("a frame of " + channels + " channels", () -> spread(channels));
        calls.put("depthwise 3x3, " + channels + " channels", () -> tapSums(channels, SQUARE));
        calls.put("depthwise, " + channels + " channels", () -> tapSums(channels, LINE));
        calls.put("its gradient, 3x3, " + channels, () -> tapGradients(channels, SQUARE));
        calls.put("its gradient, " + channels, () -> tapGradients(channels, LINE));
      }
      calls.put("a transpose", () -> KERNELS.matrix().transpose(20, 24, A, 0, 24, C, 0, 20));
      calls.put("sums of columns", () -> KERNELS.elements().addColumnSums(9, 56, A, 0, C, 0));
      calls.put("ReLU", () -> KERNELS.elements().relu(56, A, 0, C, 0));
      calls.put("its gradient", Program::zeroes);
      calls.put("exp", () -> KERNELS.elements().exp(56, A, 0, 1, C, 0));
      calls.put("SiLU", () -> KERNELS.elements().silu(56, A, 0, C, 0));
      calls.put("axpy", () -> KERNELS.elements().axpy(56, 2, A, 0, C, 0));
      calls.put("ReLU after a pooling", () -> KERNELS.pooling().rectifyPooled(56, C, 0, ARGMAX, 0));
      calls.put("normalization", () -> normalization(false));
      calls.put("normalization and ReLU", () -> normalization(true));
      calls.put("the gradient of normalization", Program::normalizationGradient);
      calls.put("sums in doubles", Program::sums);
      calls.put("pooling of few channels", () -> pooling(6));
      calls.put("pooling of half a vector", () -> pooling(8));
      calls.put("pooling with an edge", () -> pooling(24));
      calls.put("pooling", () -> pooling(32));
      for (Map.Entry<String, Runnable> call : calls.entrySet()) {
        long bytes = bytes(call.getValue(), mixture);
        if (bytes > 0) {
          System.out.println(call.getKey() + ": " + bytes + " bytes in " + CALLS + " calls");
        }
      }
    }

    /** Of the last round: calls of one kernel, with some of others between them. */
    private static long bytes(Runnable call, Runnable[] mixture) {
      com.sun.management.ThreadMXBean threads =
          (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
      long begun = System.nanoTime();
      long bytes = 1;
      for (int round = 0;
          bytes > 0 && (round < ROUNDS || System.nanoTime() - begun < PATIENCE);
          round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < CALLS; i++) {
          call.run();
          if (i % 4 == 0) {
            for (Runnable other : mixture) {
              other.run();
            }
          }
        }
        bytes = threads.getCurrentThreadAllocatedBytes() - before;
      }
      return bytes;
    }

    private static void product(int m, int n) {
      KERNELS.matrix().gemm(m, n, 8, A, 0, 8, 1, B, 0, n, null, 0, 0, C, 0, n);
    }

    private static void transposedProduct(int m, int n) {
      KERNELS.matrix().gemm(m, n, 8, A, 0, 1, m, B, 0, n, null, 0, 0, C, 0, n);
    }

    private static void innerProducts(int m, int n) {
      KERNELS.matrix().dot(m, n, 40, A, 0, 40, B, 0, 40, D, 0, C, 0, n, WORK);
    }

    private static void taps(int pixels, int n) {
      KERNELS.taps().tapProduct(pixels, n, 9, A, 0, TAPS, B, 0, null, 0, C, 0, SCRATCH, 0);
    }

    private static void gradient(int taps, int n) {
      KERNELS.taps().tapGradient(taps, n, 50, A, 0, TAPS, 0, B, 0, C, 0, SCRATCH, 0);
    }

    private static void planes() {
      KERNELS.taps().planeProduct(14, 32, 9, A, 0, B, 0, TAPS, null, 0, C, 0, 32);
    }

    private static void spread(int channels) {
      KERNELS.groups().spread(7, 7, channels, A, 0, 160, 16, INDEX, 0, C, 0, 160);
    }

    private static void tapSums(int channels, int[] offsets) {
      int taps = offsets.length;
      KERNELS
          .groups()
          .tapSums(5, 5, channels, taps, A, 0, 160, 16, offsets, B, 0, D, 0, C, 0, 100, 20);
    }

    private static void tapGradients(int channels, int[] offsets) {
      int taps = offsets.length;
      KERNELS
          .groups()
          .tapGradients(
              5, 5, channels, taps, A, 0, 160, 16, offsets, B, 0, 100, 20, C, 0, 20, SCRATCH, 0);
    }

    private static void zeroes() {
      KERNELS.elements().zeroWhereNotPositive(56, A, 0, B, 0, C, 0);
    }

    private static void normalization(boolean rectified) {
      KERNELS.normalization().scale(96, D, D, D, 48, 0, rectified, A, 0, C, 0);
    }

    private static void normalizationGradient() {
      KERNELS.normalization().gradient(96, D, D, D, D, 48, 0, A, 0, B, 0, C, 0);
    }

    private static void sums() {
      KERNELS.normalization().sums(9, 56, 56, A, 0, B, 0, SUMS, 0, SUMS, 64);
    }

    private static void pooling(int channels) {
      KERNELS.pooling().maxPool(GRID, channels, A, 0, C, 0, ARGMAX, 0);
      KERNELS.pooling().maxPoolBackward(GRID, channels, C, 0, ARGMAX, 0, A, 0);
    }
  }
}
