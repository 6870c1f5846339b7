// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import org.apache.spark.ml.param.Param;

/**
 * The parameters that an estimator and its model have alike.
 *
 * @param <S> what has them, and its setters return
 */
public interface PredictionParams<S> extends ImageParams<S> {
  /**
   * Where the predictions go.
   *
   * @return the column that receives them, by default {@code prediction}; empty for none
   */
  Param<String> predictionCol();

  /** {@return the value of {@link #predictionCol}} */
  default String getPredictionCol() {
    return getOrDefault(predictionCol());
  }

  /** Sets {@link #predictionCol}. */
  default S setPredictionCol(String value) {
    return Declared.set(this, predictionCol(), value);
  }
}
