// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.FloatDataset;
import dev.lanewise.layers.optim.CosineDecay;
import dev.lanewise.layers.optim.Sgd;
import dev.lanewise.layers.train.Evaluation;
import dev.lanewise.layers.train.Sampling;
import dev.lanewise.layers.train.Trainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bits of a training, whatever the tasks, the partitions and the faults. */
final class TrainingTest {
  private static final int BATCH = 30;
  private static final int SHARDS = 5;
  private static final int EPOCHS = 3;
  private static final List<Row> ROWS = Patterns.rows(310, 1);

  private static SparkSession spark;
  private static String single;

  @TempDir static Path models;
  @TempDir Path temp;

  @BeforeAll
  static void trainInOneProcess() throws Exception {
    spark = Sessions.local();
    Patterns.network().save(models.resolve("begun.safetensors"));
    Network network = Patterns.network();
    train(network, Patterns.sorted(ROWS));
    single = Patterns.sha(network);
  }

  private static void train(Network network, dev.lanewise.layers.data.Dataset data) {
    int steps = Math.ceilDiv(data.size(), BATCH);
    try (WorkerTeam team = new WorkerTeam(2)) {
      Trainer.of(network)
          .optimizer(new Sgd().momentum(0.9))
          .schedule(new CosineDecay(0.05, (long) EPOCHS * steps))
          .batchSize(BATCH)
          .seed(4)
          .shards(SHARDS)
          .sampling(Sampling.byShards(SHARDS, BATCH))
          .team(team)
          .build()
          .fit(EPOCHS, data);
    }
  }

  private static LanewiseClassifier classifier() {
    return new LanewiseClassifier()
        .setNetwork(models.resolve("begun.safetensors").toString())
        .setBatchSize(BATCH)
        .setEpochs(EPOCHS)
        .setSeed(4)
        .setShards(SHARDS);
  }

  private static String fitted(LanewiseClassifier classifier, List<Row> rows) throws Exception {
    return Patterns.sha(classifier.fit(Patterns.frame(spark, rows)).network());
  }

  @Test
  void anyNumberOfTasksComesToTheBitsOfOneProcess() throws Exception {
    for (int tasks = 1; tasks <= 3; tasks++) {
      assertEquals(single, fitted(classifier().setTasks(tasks), ROWS), tasks + " tasks");
    }
    assertNotEquals(single, fitted(classifier().setShards(4), ROWS), "another number of shards");
  }

  /** The weights divided by their mean, which is exact: none of the sums is rounded. */
  @Test
  void weightsOfRowsComeToTheBitsOfOneProcess() throws Exception {
    List<Row> rows = ROWS.subList(0, 100);
    List<Row> weighted = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      weighted.add(RowFactory.create(rows.get(i).get(0), rows.get(i).get(1), 0.5 * (i % 4)));
    }
    Network network = Patterns.network();
    train(network, Patterns.sorted(weighted));
    Dataset<Row> frame =
        spark.createDataFrame(
            Patterns.shuffled(weighted), Patterns.schema(Patterns.FLOATS).add("weight", "double"));
    LanewiseClassifier classifier = classifier().setWeightCol("weight");
    for (int tasks : new int[] {1, 3}) {
      LanewiseClassificationModel model = classifier.setTasks(tasks).fit(frame.repartition(tasks));
      assertEquals(Patterns.sha(network), Patterns.sha(model.network()), tasks + " tasks");
    }
  }

  @Test
  void neitherOrderNorPartitionsOfTheRowsMatter() throws Exception {
    LanewiseClassificationModel model =
        classifier().setTasks(2).fit(Patterns.frame(spark, Patterns.shuffled(ROWS)).repartition(7));
    assertEquals(single, Patterns.sha(model.network()));
  }

  @Test
  void emptyPartitionsAndFewRows() throws Exception {
    List<Row> few = ROWS.subList(0, 4); // fewer than shards
    Network network = Patterns.network();
    Trainer.of(network)
        .optimizer(new Sgd().momentum(0.9))
        .schedule(new CosineDecay(0.05, EPOCHS))
        .batchSize(BATCH)
        .seed(4)
        .shards(SHARDS)
        .sampling(Sampling.byShards(SHARDS, BATCH))
        .build()
        .fit(EPOCHS, Patterns.sorted(few));
    LanewiseClassificationModel model =
        classifier().setTasks(3).fit(Patterns.frame(spark, few).repartition(6));
    assertEquals(Patterns.sha(network), Patterns.sha(model.network()));
  }

  @Test
  void theRowsHeldOutAreLookedAtAfterEachEpoch() throws Exception {
    LanewiseClassifier classifier = classifier().setTasks(3).setValidationFraction(0.25);
    LanewiseClassificationModel model = classifier.fit(Patterns.frame(spark, ROWS));
    int held = (int) Math.rint(0.25 * ROWS.size());
    FloatDataset sorted = (FloatDataset) Patterns.sorted(ROWS);
    Network network = Patterns.network();
    train(network, sorted.slice(held, sorted.size()));
    assertEquals(Patterns.sha(network), Patterns.sha(model.network()));
    Evaluation expected = Evaluation.of(network, sorted.slice(0, held), WorkerTeam.single());
    EpochSummary last = model.history().getLast();
    assertEquals(EPOCHS, model.history().size());
    assertEquals(EPOCHS, last.epoch());
    assertEquals(expected.accuracy(), last.validationAccuracy(), 1e-12);
    assertEquals(expected.loss(), last.validationLoss(), 1e-6);
    assertTrue(last.trainLoss() < model.history().getFirst().trainLoss());
  }

  /** The second epoch cannot be saved: the stage is tried again, after the first one. */
  @Test
  void aStageThatFailsGoesOnAfterTheLastCheckpoint() throws Exception {
    FullDisk.CHECKPOINTS.set(0);
    FullDisk.failing = 1;
    LanewiseClassifier classifier =
        classifier().setTasks(2).setCheckpointFolder("full://" + temp.resolve("points"));
    LanewiseClassificationModel model = classifier.fit(Patterns.frame(spark, ROWS));
    assertEquals(single, Patterns.sha(model.network()));
    assertEquals(EPOCHS, model.history().size());
    assertEquals(EPOCHS + 1, FullDisk.CHECKPOINTS.get(), "the first epoch was not made twice");
    assertFalse(Files.exists(temp.resolve("points/epoch-1.safetensors")), "two are kept");
    assertTrue(Files.exists(temp.resolve("points/epoch-3.safetensors")));
    // Again: all epochs are there.
    FullDisk.failing = -1;
    assertEquals(single, fitted(classifier.setTasks(3), ROWS));
    assertEquals(EPOCHS + 1, FullDisk.CHECKPOINTS.get());
    // A damaged one is passed over.
    Files.write(temp.resolve("points/epoch-3.safetensors"), new byte[100]);
    assertEquals(single, fitted(classifier, ROWS));
    assertEquals(EPOCHS + 2, FullDisk.CHECKPOINTS.get());
  }

  @Test
  void checkpointsOfAnotherTrainingAreLeftAlone() throws Exception {
    LanewiseClassifier classifier =
        classifier().setTasks(1).setEpochs(1).setCheckpointFolder(temp.toString());
    fitted(classifier, ROWS);
    byte[] before = Files.readAllBytes(temp.resolve("epoch-1.safetensors"));
    for (LanewiseClassifier other :
        List.of(
            classifier.copy(ParamMap.empty()).setSeed(5),
            classifier.copy(ParamMap.empty()).setShards(2))) {
      String message =
          assertThrows(LanewiseSparkException.class, () -> fitted(other, ROWS)).getMessage();
      assertTrue(message.contains("are of a training with other data, another network"), message);
    }
    assertThrows(LanewiseSparkException.class, () -> fitted(classifier, ROWS.subList(0, 300)));
    assertArrayEquals(before, Files.readAllBytes(temp.resolve("epoch-1.safetensors")));
  }

  @Test
  void aConstantRateMayGoOnForMoreEpochs() throws Exception {
    LanewiseClassifier classifier = classifier().setTasks(2).setSchedule("constant");
    String whole = fitted(classifier, ROWS);
    LanewiseClassifier saved = classifier.setCheckpointFolder(temp.toString());
    fitted(saved.setEpochs(2), ROWS);
    LanewiseClassificationModel model = saved.setEpochs(EPOCHS).fit(Patterns.frame(spark, ROWS));
    assertEquals(whole, Patterns.sha(model.network()));
    assertEquals(EPOCHS, model.history().size());
  }

  @Test
  void aTrainingThatDivergesSaysSo() {
    LanewiseClassifier classifier = classifier().setTasks(2).setLearningRate(1e30);
    String message =
        assertThrows(LanewiseSparkException.class, () -> fitted(classifier, ROWS)).getMessage();
    assertTrue(message.contains("the training has diverged"), message);
    assertEquals(1, message.lines().count());
    assertTimeoutPreemptively(Duration.ofSeconds(60), TrainingTest::awaitNoStage, "waiting");
  }

  /** Spark says a little later that a stage has ended. */
  private static void awaitNoStage() throws InterruptedException {
    while (spark.sparkContext().statusTracker().getActiveStageIds().length > 0) {
      Thread.sleep(20);
    }
  }
}
