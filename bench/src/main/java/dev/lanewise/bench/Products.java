// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.engine.Gemm;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.ludovic.netlib.blas.BLAS;
import dev.ludovic.netlib.blas.JavaBLAS;
import java.util.Locale;
import org.ejml.data.FMatrixRMaj;
import org.ejml.dense.row.CommonOps_FDRM;

/** The same matrix product by the engine and by other libraries in Java. */
enum Products {
  LANEWISE {
    @Override
    Runnable product(Shape s, float[] a, float[] b, float[] c, WorkerTeam team) {
      Gemm gemm = new Gemm(team);
      int rsA = s.transposedA ? 1 : s.k;
      int csA = s.transposedA ? s.m : 1;
      int rsB = s.transposedB ? 1 : s.n;
      int csB = s.transposedB ? s.k : 1;
      Floats viewA = Floats.of(a);
      Floats viewB = Floats.of(b);
      Floats viewC = Floats.of(c);
      return () ->
          gemm.multiply(s.m, s.n, s.k, viewA, rsA, csA, viewB, rsB, csB, false, viewC, s.n);
    }
  },

  /** On one thread, whatever the team. */
  EJML {
    @Override
    Runnable product(Shape s, float[] a, float[] b, float[] c, WorkerTeam team) {
      FMatrixRMaj matrixA = matrix(s.transposedA, s.m, s.k, a);
      FMatrixRMaj matrixB = matrix(s.transposedB, s.k, s.n, b);
      FMatrixRMaj matrixC = matrix(false, s.m, s.n, c);
      if (s.transposedA) {
        return s.transposedB
            ? () -> CommonOps_FDRM.multTransAB(matrixA, matrixB, matrixC)
            : () -> CommonOps_FDRM.multTransA(matrixA, matrixB, matrixC);
      }
      return s.transposedB
          ? () -> CommonOps_FDRM.multTransB(matrixA, matrixB, matrixC)
          : () -> CommonOps_FDRM.mult(matrixA, matrixB, matrixC);
    }

    private FMatrixRMaj matrix(boolean transposed, int rows, int columns, float[] values) {
      return transposed
          ? FMatrixRMaj.wrap(columns, rows, values)
          : FMatrixRMaj.wrap(rows, columns, values);
    }
  },

  /** The implementation on the Vector API; on one thread, whatever the team. */
  NETLIB {
    @Override
    Runnable product(Shape s, float[] a, float[] b, float[] c, WorkerTeam team) {
      BLAS blas = JavaBLAS.getInstance();
      String implementation = blas.getClass().getSimpleName();
      if (!implementation.equals("VectorBLAS")) {
        throw new IllegalStateException("netlib has chosen " + implementation);
      }
      // BLAS stores columns: what is C in rows is C transposed to it, and that is B^T A^T.
      String first = s.transposedB ? "T" : "N";
      String second = s.transposedA ? "T" : "N";
      int ldB = s.transposedB ? s.k : s.n;
      int ldA = s.transposedA ? s.m : s.k;
      return () -> blas.sgemm(first, second, s.n, s.m, s.k, 1f, b, ldB, a, ldA, 0f, c, s.n);
    }
  };

  static Products of(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  /**
   * What is multiplied.
   *
   * @param m rows of C
   * @param n columns of C
   * @param k the inner index
   * @param transposedA whether A is stored as [k, m] instead of [m, k]
   * @param transposedB whether B is stored as [n, k] instead of [k, n]
   */
  record Shape(int m, int n, int k, boolean transposedA, boolean transposedB) {
    /** Operations / 1e9, a multiply-add counted as two. */
    double gflop() {
      return 2e-9 * m * n * k;
    }

    /** An element of C by a plain loop. */
    double element(float[] a, float[] b, int index) {
      int row = index / n;
      int column = index % n;
      double sum = 0;
      for (int p = 0; p < k; p++) {
        double fromA = a[transposedA ? p * m + row : row * k + p];
        sum += fromA * b[transposedB ? column * k + p : p * n + column];
      }
      return sum;
    }
  }

  /**
   * Prepares C = AB.
   *
   * @param shape of the operands
   * @param a A
   * @param b B
   * @param c C; overwritten by each run
   * @param team the threads to use
   * @return computes the product
   */
  abstract Runnable product(Shape shape, float[] a, float[] b, float[] c, WorkerTeam team);
}
