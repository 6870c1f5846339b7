// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * A column that a prediction adds.
 *
 * @param name of the column, not empty
 * @param answer what it holds
 */
record AnswerColumn(String name, Answer answer) {
  /** Those of a classification that have a name. */
  static List<AnswerColumn> of(ClassificationParams<?> params) {
    return named(
        new AnswerColumn(params.getRawPredictionCol(), Answer.OUTPUTS),
        new AnswerColumn(params.getProbabilityCol(), Answer.PROBABILITIES),
        new AnswerColumn(params.getPredictionCol(), Answer.CLASS));
  }

  /** Those of some columns that have a name. */
  static List<AnswerColumn> named(AnswerColumn... columns) {
    return Stream.of(columns).filter(column -> !column.name.isEmpty()).toList();
  }

  /**
   * A schema with the columns at its end.
   *
   * @throws LanewiseSparkException if one is there already
   */
  static StructType added(StructType schema, List<AnswerColumn> columns) {
    StructType result = schema;
    for (AnswerColumn column : columns) {
      if (List.of(result.fieldNames()).contains(column.name)) {
        throw new LanewiseSparkException("there is a column '" + column.name + "' already");
      }
      result =
          result.add(new StructField(column.name, column.answer.type(), false, Metadata.empty()));
    }
    return result;
  }
}
