package dev.lanewise.spark;

import java.util.Arrays;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** The parameters that name columns, and checks of a schema by them. */
final class Columns {
  final Param<String> features;
  final Param<String> prediction;
  final Param<String> probability;
  final Param<String> rawPrediction;

  Columns(Params owner) {
    features = new Param<>(owner, "featuresCol", "features column name: images [H, W, C]");
    prediction = new Param<>(owner, "predictionCol", "prediction column name");
    probability =
        new Param<>(
            owner,
            "probabilityCol",
            "column name for predicted class probabilities; empty for no such column");
    rawPrediction =
        new Param<>(
            owner, "rawPredictionCol", "column name for the logits; empty for no such column");
  }

  /** The type of a column. */
  static DataType type(StructType schema, String name) {
    if (!Arrays.asList(schema.fieldNames()).contains(name)) {
      throw new LanewiseSparkException(
          "there is no column '" + name + "': there are " + String.join(", ", schema.fieldNames()));
    }
    return schema.apply(name).dataType();
  }

  static void requireNumeric(StructType schema, String name) {
    DataType type = type(schema, name);
    if (!(type instanceof NumericType)) {
      throw new LanewiseSparkException(
          ("column '" + name + "' is of type " + type.simpleString() + ", expected numbers from 0;")
              + " StringIndexer makes them of names");
    }
  }

  /** The schema with the columns of a prediction. */
  static StructType withPredictions(
      StructType schema, String rawPrediction, String probability, String prediction) {
    StructType result = with(schema, rawPrediction, SQLDataTypes.VectorType());
    result = with(result, probability, SQLDataTypes.VectorType());
    return with(result, prediction, DataTypes.DoubleType);
  }

  private static StructType with(StructType schema, String name, DataType type) {
    if (name.isEmpty()) {
      return schema;
    }
    if (Arrays.asList(schema.fieldNames()).contains(name)) {
      throw new LanewiseSparkException("there is a column '" + name + "' already");
    }
    return schema.add(new StructField(name, type, false, Metadata.empty()));
  }
}
