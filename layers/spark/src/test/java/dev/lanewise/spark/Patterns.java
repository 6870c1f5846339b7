// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.BatchNorm2d;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Dropout;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.data.FloatDataset;
import dev.lanewise.layers.data.WeightedDataset;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Noisy images of three classes that are easy to tell apart, and a network for them. */
final class Patterns {
  static final Shape SHAPE = Shape.of(6, 6, 1);
  static final DataType FLOATS = DataTypes.createArrayType(DataTypes.FloatType);

  private Patterns() {}

  static float[] image(int label, RandomStream random) {
    float[] image = new float[36];
    int phase = random.nextInt(3);
    for (int y = 0; y < 6; y++) {
      for (int x = 0; x < 6; x++) {
        int at =
            switch (label) {
              case 0 -> y;
              case 1 -> x;
              default -> x + y;
            };
        float noise = 0.4f * (float) random.nextDouble();
        image[6 * y + x] = (at + phase) % 3 == 0 ? 1 - noise : noise;
      }
    }
    return image;
  }

  /** Rows of an image and a label. */
  static List<Row> rows(int size, long seed) {
    RandomStream random = new RandomStream(seed);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      int label = random.nextInt(3);
      rows.add(RowFactory.create(image(label, random), (double) label));
    }
    return rows;
  }

  static StructType schema(DataType features) {
    return new StructType().add("features", features).add("label", DataTypes.DoubleType);
  }

  static Dataset<Row> frame(SparkSession spark, List<Row> rows) {
    return spark.createDataFrame(rows, schema(FLOATS));
  }

  static List<Row> shuffled(List<Row> rows) {
    List<Row> shuffled = new ArrayList<>(rows);
    Collections.shuffle(shuffled, new Random(5));
    return shuffled;
  }

  /**
   * The rows in the order of their hashes, as the documentation says it.
   *
   * @param rows an image, a label, and perhaps a weight
   */
  static dev.lanewise.layers.data.Dataset sorted(List<Row> rows) throws Exception {
    boolean weighted = rows.getFirst().length() > 2;
    TreeMap<String, Row> sorted = new TreeMap<>();
    for (Row row : rows) {
      float[] image = (float[]) row.get(0);
      ByteBuffer bytes =
          ByteBuffer.allocate(4 + (weighted ? 4 : 0) + 4 * image.length)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putInt((int) row.getDouble(1));
      if (weighted) {
        bytes.putFloat((float) row.getDouble(2));
      }
      bytes.asFloatBuffer().put(image);
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes.array());
      sorted.put(HexFormat.of().formatHex(hash), row);
    }
    float[] images = new float[36 * rows.size()];
    int[] labels = new int[rows.size()];
    float[] weights = new float[rows.size()];
    double sum = weighted ? rows.stream().mapToDouble(row -> row.getDouble(2)).sum() : 0;
    int at = 0;
    for (Row row : sorted.values()) {
      System.arraycopy((float[]) row.get(0), 0, images, 36 * at, 36);
      weights[at] = weighted ? (float) ((float) row.getDouble(2) / (sum / rows.size())) : 1;
      labels[at++] = (int) row.getDouble(1);
    }
    FloatDataset data = new FloatDataset(SHAPE, 3, images, labels);
    return weighted ? new WeightedDataset(data, weights) : data;
  }

  /** With everything that depends on how a batch is cut. */
  static Network network() {
    Network network =
        new Network(
            SHAPE,
            new Conv2d(4, Window.same(3)),
            new BatchNorm2d(),
            new Relu(),
            new Flatten(),
            new Dropout(0.1),
            new Dense(3));
    network.initialize(3);
    return network;
  }

  static String sha(Network network) throws Exception {
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(ModelBytes.of(network));
    return HexFormat.of().formatHex(hash);
  }

  static byte[] bytes(float[] image) {
    byte[] bytes = new byte[image.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Math.round(255 * image[i]);
    }
    return bytes;
  }

  static double[] doubles(float[] image) {
    double[] doubles = new double[image.length];
    Arrays.setAll(doubles, i -> image[i]);
    return doubles;
  }
}
