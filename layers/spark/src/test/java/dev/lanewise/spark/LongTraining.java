// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * A training of some seconds, long enough to be killed; by itself, the driver of one: {@code
 * LongTraining TASKS FOLDER}.
 */
final class LongTraining {
  static final int SHARDS = 8;
  private static final int EPOCHS = 15;
  private static final List<Row> ROWS = Patterns.rows(2000, 8);

  private LongTraining() {}

  /**
   * Trains.
   *
   * @param folder for the network to begin with
   * @param checkpoints where to save each epoch; empty for nowhere
   * @return the SHA-256 of the weights
   */
  static String run(SparkSession spark, int tasks, Path folder, String checkpoints)
      throws Exception {
    return run(Patterns.frame(spark, ROWS), tasks, folder, checkpoints);
  }

  /** With the rows in another order, in so many partitions. */
  static String shuffled(SparkSession spark, int tasks, Path folder, int partitions)
      throws Exception {
    Dataset<Row> data = Patterns.frame(spark, Patterns.shuffled(ROWS)).repartition(partitions);
    return run(data, tasks, folder, "");
  }

  private static String run(Dataset<Row> data, int tasks, Path folder, String checkpoints)
      throws Exception {
    Path begun = folder.resolve("begun.safetensors");
    if (!Files.exists(begun)) {
      Patterns.network().save(begun);
    }
    LanewiseClassifier classifier =
        new LanewiseClassifier()
            .setNetwork(begun.toString())
            .setBatchSize(40)
            .setEpochs(EPOCHS)
            .setSeed(4)
            .setShards(SHARDS)
            .setTasks(tasks)
            .setCheckpointFolder(checkpoints);
    LanewiseClassificationModel model = classifier.fit(data);
    if (model.history().size() != EPOCHS) {
      throw new AssertionError("epochs are missing: " + model.history());
    }
    return Patterns.sha(model.network());
  }

  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[1]);
    SparkSession spark = Sessions.cluster(Integer.parseInt(args[0]), 1);
    System.out.println("begins");
    String sha = run(spark, Integer.parseInt(args[0]), folder, folder.resolve("points").toString());
    System.out.println(sha);
    spark.stop();
  }
}
