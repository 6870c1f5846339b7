// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.io.Serializable;
import java.nio.ByteBuffer;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;

/**
 * A column of what is to be predicted.
 *
 * @param name of the column
 * @param size how many numbers a row has; 0: a label, a whole number from 0
 */
record TargetColumn(String name, int size) implements Serializable {
  /**
   * A column of labels.
   *
   * @throws LanewiseSparkException if there is no such column, or not of numbers
   */
  static TargetColumn labels(StructType schema, String name) {
    DataType type = Columns.type(schema, name);
    if (!(type instanceof NumericType)) {
      throw new LanewiseSparkException(
          ("column '" + name + "' is of type " + type.simpleString() + ", expected numbers from 0;")
              + " StringIndexer makes them of names");
    }
    return new TargetColumn(name, 0);
  }

  /** Whether a column has a number in each row, not a vector of them. */
  static boolean isNumber(StructType schema, String name) {
    DataType type = Columns.type(schema, name);
    if (!(type instanceof NumericType) && !type.equals(SQLDataTypes.VectorType())) {
      throw new LanewiseSparkException(
          ("column '" + name + "' is of type " + type.simpleString())
              + ", expected numbers or vectors of them");
    }
    return type instanceof NumericType;
  }

  /**
   * A column of numbers, or of vectors of as many numbers as the first one.
   *
   * @throws LanewiseSparkException if there is no such column
   */
  static TargetColumn numbers(Dataset<?> data, String name) {
    if (isNumber(data.schema(), name)) {
      return new TargetColumn(name, 1);
    }
    Dataset<Row> column = data.select(Columns.column(name)).na().drop();
    int size = column.isEmpty() ? 0 : ((Vector) column.first().get(0)).size();
    if (size < 2) { // a model of one output predicts a number, not a vector
      throw new LanewiseSparkException(
          ("column '"
                  + name
                  + "' begins with a vector of "
                  + size
                  + " numbers, expected 2 or more;")
              + " a single one is a number");
    }
    return new TargetColumn(name, size);
  }

  /**
   * Writes a target.
   *
   * @param value a number, or for several a vector
   * @param to receives it, as {@link RowLayout} says
   * @throws LanewiseSparkException if there is none, or not such a one
   */
  void write(Object value, ByteBuffer to) {
    switch (value) {
      case null ->
          throw new LanewiseSparkException(
              "column '"
                  + name
                  + "' has a row without a "
                  + (size == 0 ? "label" : "target")
                  + ": null");
      case Vector vector -> {
        if (vector.size() != size) {
          throw new LanewiseSparkException(
              "column '" + name + "' has a vector of " + vector.size() + ", expected " + size);
        }
        for (double number : vector.toArray()) {
          to.putFloat(finite(number));
        }
      }
      default -> {
        double number = (Double) value;
        if (size == 0) {
          to.putInt(label(number));
        } else {
          to.putFloat(finite(number));
        }
      }
    }
  }

  private int label(double label) {
    if (!(label >= 0 && label < Integer.MAX_VALUE && label == Math.rint(label))) {
      throw new LanewiseSparkException(
          "column '" + name + "' has the label " + label + ", expected whole numbers from 0");
    }
    return (int) label;
  }

  private float finite(double number) {
    if (!Float.isFinite((float) number)) {
      throw new LanewiseSparkException(
          "column '" + name + "' has the target " + number + ", expected finite numbers");
    }
    return (float) number;
  }
}
