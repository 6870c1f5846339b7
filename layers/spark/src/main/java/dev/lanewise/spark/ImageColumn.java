// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Framing;
import dev.lanewise.layers.data.Preparation;
import dev.lanewise.layers.file.FileKind;
import dev.lanewise.layers.graph.Shape;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.image.ImageSchema;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.collection.Iterator;
import scala.collection.Seq;

/**
 * A column of images: vectors or arrays of numbers {@code [H, W, C]}; bytes, which are unsigned and
 * become values from 0 to 1, as pictures do elsewhere; pictures in whole files; or those of Spark's
 * {@code image} source.
 *
 * @param name of the column
 * @param files whether bytes are files of pictures
 * @param path the column that tells where a file of a picture comes from; empty for none
 * @param shape of an image
 * @param framing how pictures become images
 * @param asIs whether a picture of the right size is left as it is
 */
record ImageColumn(
    String name, boolean files, String path, Shape shape, Framing framing, boolean asIs)
    implements Serializable {
  /** What a binary column holds, by names of the parameter {@code binaryFormat}. */
  static final String[] FORMATS = {"values", "pictures"};

  private static final String PATH = "path"; // of the binaryFile source

  /**
   * The column that parameters name, of a frame, for a network. Pictures become images as the
   * network says; where it takes those of the right size alone, as by the application.
   */
  static ImageColumn of(StructType schema, ImageParams<?> params, Network network) {
    Shape shape = network.inputShape();
    Preparation preparation = network.preparation();
    return of(
        schema,
        params,
        shape,
        preparation.framingOfAnySize(shape),
        preparation.framing().mode() == Framing.Mode.EXACT);
  }

  /** The same for a network that there may not be yet. */
  static ImageColumn of(
      StructType schema, ImageParams<?> params, Shape shape, Framing framing, boolean asIs) {
    boolean files = isFiles(params);
    boolean hasPath =
        files
            && List.of(schema.fieldNames()).contains(PATH)
            && schema.apply(PATH).dataType() instanceof StringType;
    return new ImageColumn(
        params.getFeaturesCol(), files, hasPath ? PATH : "", shape, framing, asIs);
  }

  private static boolean isFiles(ImageParams<?> params) {
    return params.getBinaryFormat().equals("pictures");
  }

  /** Whether a column is one of pictures, of any size. */
  static boolean isPictures(StructType schema, ImageParams<?> params) {
    DataType type = Columns.type(schema, params.getFeaturesCol());
    return type instanceof BinaryType && isFiles(params) || isImageSource(type);
  }

  /** The {@code image} source's type; which of it may be null makes no difference. */
  private static boolean isImageSource(DataType type) {
    StructField[] expected = ImageSchema.columnSchema().fields();
    if (!(type instanceof StructType struct) || struct.fields().length != expected.length) {
      return false;
    }
    for (int i = 0; i < expected.length; i++) {
      StructField field = struct.fields()[i];
      if (!field.name().equals(expected[i].name())
          || !field.dataType().equals(expected[i].dataType())) {
        return false;
      }
    }
    return true;
  }

  /**
   * Looks at the type of the column of images.
   *
   * @throws LanewiseSparkException if there is no such column, or not one of images
   */
  static void require(StructType schema, ImageParams<?> params) {
    DataType type = Columns.type(schema, params.getFeaturesCol());
    boolean numbers = type instanceof ArrayType array && array.elementType() instanceof NumericType;
    if (!numbers
        && !type.equals(SQLDataTypes.VectorType())
        && !(type instanceof BinaryType)
        && !isImageSource(type)) {
      throw new LanewiseSparkException(
          ("column '" + params.getFeaturesCol() + "' is of type " + type.simpleString())
              + ", expected a vector, an array of numbers, binary, or an image of Spark's source");
    }
  }

  /** The columns of a frame that are read: this one, and that of the paths where there is one. */
  List<String> columns() {
    return path.isEmpty() ? List.of(name) : List.of(name, path);
  }

  /**
   * Reads an image.
   *
   * @param value of a row
   * @param origin where it comes from; {@code null} if nobody knows
   * @param x receives the values
   * @param at where the first one goes
   * @throws LanewiseSparkException if there is none, or it has other values than finite ones, or
   *     another number of them
   */
  void read(Object value, String origin, float[] x, int at) {
    switch (value) {
      case null ->
          throw new LanewiseSparkException(
              "column '" + name + "' has a row without an image: null" + from(origin));
      case Vector vector -> readVector(vector, x, at);
      case Seq<?> numbers -> readNumbers(numbers, x, at);
      case Row image -> readBytes(pictures().ofSource(image), x, at);
      default -> readBinary(value, origin, x, at);
    }
    for (int i = at; i < at + shape.size(); i++) {
      if (!Float.isFinite(x[i])) {
        throw new LanewiseSparkException(
            ("column '" + name + "' has a row with the value " + x[i] + " at " + (i - at))
                + ", expected finite numbers");
      }
    }
  }

  private static String from(String origin) {
    return origin == null ? "" : " (" + origin + ")";
  }

  private Pictures pictures() {
    return new Pictures(name, shape, framing, asIs);
  }

  private void readVector(Vector vector, float[] x, int at) {
    requireSize(vector.size(), "");
    double[] values = vector.toArray();
    for (int i = 0; i < values.length; i++) {
      x[at + i] = (float) values[i];
    }
  }

  private void readNumbers(Seq<?> numbers, float[] x, int at) {
    requireSize(numbers.length(), "");
    Iterator<?> values = numbers.iterator();
    for (int i = at; i < at + shape.size(); i++) {
      if (!(values.next() instanceof Number number)) {
        throw new LanewiseSparkException(
            "column '" + name + "' has a row with a null at " + (i - at) + ", expected numbers");
      }
      x[i] = number.floatValue();
    }
  }

  private void readBinary(Object value, String origin, float[] x, int at) {
    if (!(value instanceof byte[] bytes)) {
      throw new LanewiseSparkException(
          "column '" + name + "' has a " + value.getClass().getName() + ", expected an image");
    }
    if (!files && bytes.length != shape.size()) {
      FileKind kind = FileKind.of(Arrays.copyOf(bytes, Math.min(bytes.length, FileKind.HEAD)));
      boolean picture = kind != null && kind.isPicture();
      requireSize(
          bytes.length, picture ? "; it is " + kind.what + ": set binaryFormat to pictures" : "");
    }
    readBytes(files ? pictures().ofFile(bytes, origin) : bytes, x, at);
  }

  private static void readBytes(byte[] bytes, float[] x, int at) {
    for (int i = 0; i < bytes.length; i++) {
      x[at + i] = (bytes[i] & 0xFF) / 255f;
    }
  }

  private void requireSize(int found, String advice) {
    if (found != shape.size()) {
      throw new LanewiseSparkException(
          ("column '" + name + "' has a row of " + found + " values, expected " + shape.size())
              + (" for images " + shape + advice));
    }
  }
}
