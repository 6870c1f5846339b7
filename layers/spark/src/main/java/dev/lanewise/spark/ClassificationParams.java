// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import org.apache.spark.ml.param.Param;

/**
 * The parameters that a classifier and its model have alike.
 *
 * @param <S> what has them, and its setters return
 */
public interface ClassificationParams<S> extends PredictionParams<S> {
  /**
   * Where the probabilities go.
   *
   * @return the column that receives them, by default {@code probability}; empty for none
   */
  Param<String> probabilityCol();

  /** {@return the value of {@link #probabilityCol}} */
  default String getProbabilityCol() {
    return getOrDefault(probabilityCol());
  }

  /** Sets {@link #probabilityCol}. */
  default S setProbabilityCol(String value) {
    return Declared.set(this, probabilityCol(), value);
  }

  /**
   * Where the logits go.
   *
   * @return the column that receives them, by default {@code rawPrediction}; empty for none
   */
  Param<String> rawPredictionCol();

  /** {@return the value of {@link #rawPredictionCol}} */
  default String getRawPredictionCol() {
    return getOrDefault(rawPredictionCol());
  }

  /** Sets {@link #rawPredictionCol}. */
  default S setRawPredictionCol(String value) {
    return Declared.set(this, rawPredictionCol(), value);
  }
}
