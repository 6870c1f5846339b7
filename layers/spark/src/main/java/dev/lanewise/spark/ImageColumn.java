package dev.lanewise.spark;

import dev.lanewise.layers.graph.Shape;
import java.io.Serializable;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;
import scala.collection.Iterator;
import scala.collection.Seq;

/**
 * A column of images: vectors or arrays of numbers {@code [H, W, C]}, or bytes, which are unsigned
 * and become values from 0 to 1, as pictures do elsewhere.
 *
 * @param name of the column
 * @param kind of its values
 * @param shape of an image, as {@code [H, W, C]}
 * @param size how many values an image has
 */
record ImageColumn(String name, Kind kind, String shape, int size) implements Serializable {
  /** What a row has. */
  enum Kind {
    VECTOR,
    NUMBERS,
    BYTES
  }

  private static final String EXPECTED = "expected a vector, an array of numbers, or binary";

  /** Looks at the type of a column. */
  static ImageColumn of(StructType schema, String name, Shape shape) {
    DataType type = Columns.type(schema, name);
    Kind kind;
    if (type.equals(SQLDataTypes.VectorType())) {
      kind = Kind.VECTOR;
    } else if (type instanceof ArrayType array && array.elementType() instanceof NumericType) {
      kind = Kind.NUMBERS;
    } else if (type instanceof BinaryType) {
      kind = Kind.BYTES;
    } else {
      throw new LanewiseSparkException(
          "column '" + name + "' is of type " + type.simpleString() + ", " + EXPECTED);
    }
    return new ImageColumn(name, kind, shape.toString(), shape.size());
  }

  /**
   * Reads an image.
   *
   * @param value of a row
   * @param x receives the values
   * @param at where the first one goes
   * @throws LanewiseSparkException if there is none, or it has other than {@link #size} finite
   *     values
   */
  void read(Object value, float[] x, int at) {
    if (value == null) {
      throw new LanewiseSparkException("column '" + name + "' has a row without an image: null");
    }
    switch (kind) {
      case VECTOR -> readVector((Vector) value, x, at);
      case NUMBERS -> readNumbers((Seq<?>) value, x, at);
      case BYTES -> readBytes((byte[]) value, x, at);
    }
    for (int i = at; i < at + size; i++) {
      if (!Float.isFinite(x[i])) {
        throw new LanewiseSparkException(
            ("column '" + name + "' has a row with the value " + x[i] + " at " + (i - at))
                + ", expected finite numbers");
      }
    }
  }

  private void readVector(Vector vector, float[] x, int at) {
    requireSize(vector.size());
    double[] values = vector.toArray();
    for (int i = 0; i < size; i++) {
      x[at + i] = (float) values[i];
    }
  }

  private void readNumbers(Seq<?> numbers, float[] x, int at) {
    requireSize(numbers.length());
    Iterator<?> values = numbers.iterator();
    for (int i = at; i < at + size; i++) {
      if (!(values.next() instanceof Number number)) {
        throw new LanewiseSparkException(
            "column '" + name + "' has a row with a null at " + (i - at) + ", expected numbers");
      }
      x[i] = number.floatValue();
    }
  }

  private void readBytes(byte[] bytes, float[] x, int at) {
    requireSize(bytes.length);
    for (int i = 0; i < size; i++) {
      x[at + i] = (bytes[i] & 0xFF) / 255f;
    }
  }

  private void requireSize(int found) {
    if (found != size) {
      throw new LanewiseSparkException(
          ("column '" + name + "' has a row of " + found + " values, expected " + size)
              + (" for images " + shape));
    }
  }
}
