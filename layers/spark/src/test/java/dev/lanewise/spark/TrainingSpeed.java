// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.FloatDataset;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.models.Models;
import dev.lanewise.layers.optim.Sgd;
import dev.lanewise.layers.train.Sampling;
import dev.lanewise.layers.train.Trainer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Measures a training by two tasks of one thread beside one of a single process with two threads,
 * in turn: {@code TrainingSpeed [shards]}. The time of Spark's epochs is that of a fit of many less
 * that of a fit of one.
 */
final class TrainingSpeed {
  private static final Shape SHAPE = Shape.of(28, 28, 1);
  private static final int IMAGES = 10_240;
  private static final int BATCH = 512;
  private static final int EPOCHS = 5;
  private static final int ROUNDS = 5;

  private TrainingSpeed() {}

  public static void main(String[] args) throws IOException {
    int shards = args.length > 0 ? Integer.parseInt(args[0]) : 2;
    float[] pixels = new float[IMAGES * SHAPE.size()];
    Random random = new Random(1);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextFloat();
    }
    int[] labels = random.ints(IMAGES, 0, 10).toArray();
    try (SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", false)
            .config("spark.driver.host", "localhost")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .getOrCreate()) {
      spark.sparkContext().setLogLevel("ERROR");
      Dataset<Row> rows = rows(spark, pixels, labels);
      double[] ratios = new double[ROUNDS];
      for (int round = -1; round < ROUNDS; round++) {
        double one = fit(rows, 1, shards);
        double ofSpark = speed(EPOCHS - 1, fit(rows, EPOCHS, shards) - one);
        double own = single(new FloatDataset(SHAPE, 10, pixels, labels), shards);
        System.out.printf(
            Locale.ROOT,
            "%d shards, images/s: Spark %.0f, one process %.0f, ratio %.2f%n",
            shards,
            ofSpark,
            own,
            ofSpark / own);
        if (round >= 0) {
          ratios[round] = ofSpark / own;
        }
      }
      Arrays.sort(ratios);
      System.out.printf(Locale.ROOT, "median of all but the first %.2f%n", ratios[ROUNDS / 2]);
    }
  }

  private static Dataset<Row> rows(SparkSession spark, float[] pixels, int[] labels) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < IMAGES; i++) {
      float[] image = Arrays.copyOfRange(pixels, i * SHAPE.size(), (i + 1) * SHAPE.size());
      rows.add(RowFactory.create(image, (double) labels[i]));
    }
    StructType schema =
        new StructType()
            .add("features", DataTypes.createArrayType(DataTypes.FloatType))
            .add("label", DataTypes.DoubleType);
    Dataset<Row> cached = spark.createDataFrame(rows, schema).repartition(2).cache();
    cached.count();
    return cached;
  }

  private static double speed(int epochs, double seconds) {
    return epochs * IMAGES / seconds;
  }

  private static double fit(Dataset<Row> rows, int epochs, int shards) {
    long begun = System.nanoTime();
    new LanewiseClassifier()
        .setNetwork("complex")
        .setImageShape(SHAPE.height(), SHAPE.width(), SHAPE.channels())
        .setBatchSize(BATCH)
        .setShards(shards)
        .setTasks(2)
        .setEpochs(epochs)
        .setSchedule("constant")
        .setLearningRate(0.01)
        .fit(rows);
    return (System.nanoTime() - begun) * 1e-9;
  }

  private static double single(FloatDataset data, int shards) {
    Network network = Models.of("complex", SHAPE, 10);
    network.initialize(1);
    try (WorkerTeam team = new WorkerTeam(2)) {
      Trainer trainer =
          Trainer.of(network)
              .optimizer(new Sgd().momentum(0.9))
              .learningRate(0.01f)
              .batchSize(BATCH)
              .shards(shards)
              .sampling(Sampling.byShards(shards, BATCH))
              .team(team)
              .build();
      trainer.fit(1, data);
      long begun = System.nanoTime();
      trainer.fit(EPOCHS - 1, data);
      return speed(EPOCHS - 1, (System.nanoTime() - begun) * 1e-9);
    }
  }
}
