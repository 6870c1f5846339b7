package dev.lanewise.spark;

import java.util.Arrays;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;

/** Checks of a schema. */
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

  static void requireNumeric(StructType schema, String name) {
    DataType type = type(schema, name);
    if (!(type instanceof NumericType)) {
      throw new LanewiseSparkException(
          ("column '" + name + "' is of type " + type.simpleString() + ", expected numbers from 0;")
              + " StringIndexer makes them of names");
    }
  }
}
