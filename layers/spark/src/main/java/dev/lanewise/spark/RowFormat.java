// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;

/**
 * How rows of a frame become bytes, as {@link RowLayout} says.
 *
 * @param images the column of images
 * @param target the column of what is to be predicted
 * @param weight the column of weights; empty for none
 */
record RowFormat(ImageColumn images, TargetColumn target, String weight) implements Serializable {
  private static final int IMAGE = 2; // the place of the columns

  RowLayout layout() {
    return new RowLayout(target.size(), !weight.isEmpty(), images.shape().size());
  }

  /**
   * What {@link #encode} takes: target, weight, image, and where that comes from if it is known.
   */
  Column[] columns() {
    List<Column> columns = new ArrayList<>();
    Column targets = Columns.column(target.name());
    columns.add(target.size() > 1 ? targets : targets.cast(DataTypes.DoubleType));
    columns.add(
        weight.isEmpty() ? functions.lit(1.0) : Columns.column(weight).cast(DataTypes.DoubleType));
    images.columns().forEach(name -> columns.add(Columns.column(name)));
    return columns.toArray(Column[]::new);
  }

  /**
   * The bytes of a row.
   *
   * @param row of {@link #columns}
   * @param image room for the values of an image
   * @throws LanewiseSparkException if the row is not as it should be
   */
  byte[] encode(Row row, float[] image) {
    ByteBuffer bytes = ByteBuffer.allocate(layout().bytes()).order(ByteOrder.LITTLE_ENDIAN);
    target.write(row.get(0), bytes);
    if (!weight.isEmpty()) {
      bytes.putFloat(weight(row));
    }
    String origin = row.length() > IMAGE + 1 ? row.getString(IMAGE + 1) : null;
    images.read(row.get(IMAGE), origin, image, 0);
    bytes.asFloatBuffer().put(image);
    return bytes.array();
  }

  private float weight(Row row) {
    float weight = row.isNullAt(1) ? Float.NaN : (float) row.getDouble(1);
    if (!(weight >= 0 && weight <= Float.MAX_VALUE)) {
      throw new LanewiseSparkException(
          ("column '" + weight() + "' has the weight " + row.get(1))
              + ", expected finite numbers of at least 0");
    }
    return weight;
  }
}
