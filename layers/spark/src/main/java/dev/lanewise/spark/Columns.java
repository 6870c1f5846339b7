// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.util.Arrays;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;

/** Columns by name. */
final class Columns {
  private Columns() {}

  /** The type of a column. */
  static DataType type(StructType schema, String name) {
    if (!Arrays.asList(schema.fieldNames()).contains(name)) {
      throw new LanewiseSparkException(
          "there is no column '" + name + "': there are " + String.join(", ", schema.fieldNames()));
    }
    return schema.apply(name).dataType();
  }

  /** A column; a name with a dot is no path. */
  static Column column(String name) {
    return functions.col("`" + name.replace("`", "``") + "`");
  }

  /** Checks a column of weights. */
  static void requireWeights(StructType schema, String name) {
    DataType type = type(schema, name);
    if (!(type instanceof NumericType)) {
      throw new LanewiseSparkException(
          "column '"
              + name
              + "' is of type "
              + type.simpleString()
              + ", expected weights, numbers");
    }
  }
}
