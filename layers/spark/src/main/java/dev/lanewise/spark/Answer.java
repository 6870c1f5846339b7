// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** What a column holds of the outputs of a network for an image. */
enum Answer {
  /** The outputs themselves, a vector: logits. */
  OUTPUTS {
    @Override
    Object of(double[] z) {
      return Vectors.dense(z);
    }
  },

  /** What the softmax makes of them, a vector. */
  PROBABILITIES {
    @Override
    Object of(double[] z) {
      double largest = z[best(z)];
      double[] p = new double[z.length];
      double sum = 0;
      for (int c = 0; c < z.length; c++) {
        p[c] = StrictMath.exp(z[c] - largest);
        sum += p[c];
      }
      for (int c = 0; c < z.length; c++) {
        p[c] /= sum;
      }
      return Vectors.dense(p);
    }
  },

  /** The place of the largest, a number. */
  CLASS {
    @Override
    Object of(double[] z) {
      return (double) best(z);
    }
  },

  /** The only output, a number. */
  NUMBER {
    @Override
    Object of(double[] z) {
      return z[0];
    }
  };

  /**
   * Tells it.
   *
   * @param z the outputs; kept
   * @return a value of a column of {@link #type}
   */
  abstract Object of(double[] z);

  DataType type() {
    return this == CLASS || this == NUMBER ? DataTypes.DoubleType : SQLDataTypes.VectorType();
  }

  private static int best(double[] z) {
    int best = 0;
    for (int c = 1; c < z.length; c++) {
      best = z[c] > z[best] ? c : best;
    }
    return best;
  }
}
