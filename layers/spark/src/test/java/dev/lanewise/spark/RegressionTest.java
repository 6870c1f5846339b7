// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.Predictor;
import dev.lanewise.layers.data.FloatDataset;
import dev.lanewise.layers.loss.Huber;
import dev.lanewise.layers.models.Models;
import dev.lanewise.layers.optim.CosineDecay;
import dev.lanewise.layers.optim.Sgd;
import dev.lanewise.layers.train.Sampling;
import dev.lanewise.layers.train.Trainer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.evaluation.RegressionEvaluator;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks that tell numbers, or vectors of them. */
final class RegressionTest {
  private static final int EPOCHS = 2;
  private static final List<Row> ROWS = Patterns.rows(60, 7);

  private static SparkSession spark;

  @TempDir Path temp;

  @BeforeAll
  static void start() {
    spark = Sessions.local();
  }

  private static LanewiseRegressor regressor() {
    return new LanewiseRegressor()
        .setNetwork("simple")
        .setImageShape(6, 6, 1)
        .setBatchSize(10)
        .setShards(2)
        .setEpochs(EPOCHS);
  }

  /** The mean of the upper half, and that of the lower one. */
  private static float[] halves(Row row) {
    float[] means = new float[2];
    float[] image = (float[]) row.get(0);
    for (int i = 0; i < image.length; i++) {
      means[2 * i / image.length] += image[i] / 18;
    }
    return means;
  }

  private static Dataset<Row> vectors() {
    List<Row> rows = new ArrayList<>();
    for (Row row : ROWS) {
      float[] t = halves(row);
      rows.add(RowFactory.create(row.get(0), Vectors.dense(t[0], t[1])));
    }
    return spark.createDataFrame(
        rows,
        new StructType().add("features", Patterns.FLOATS).add("label", SQLDataTypes.VectorType()));
  }

  /** The rows in the order of the hashes of target and values. */
  private static FloatDataset sorted() throws Exception {
    Map<String, Row> sorted = new TreeMap<>();
    for (Row row : ROWS) {
      ByteBuffer bytes = ByteBuffer.allocate(4 * 38).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(halves(row)).put((float[]) row.get(0));
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes.array());
      sorted.put(HexFormat.of().formatHex(hash), row);
    }
    float[] images = new float[36 * ROWS.size()];
    float[] targets = new float[2 * ROWS.size()];
    int at = 0;
    for (Row row : sorted.values()) {
      System.arraycopy((float[]) row.get(0), 0, images, 36 * at, 36);
      System.arraycopy(halves(row), 0, targets, 2 * at++, 2);
    }
    return new FloatDataset(Patterns.SHAPE, 2, images, targets);
  }

  @Test
  void vectorsAreLearntToTheBitsOfOneProcess() throws Exception {
    Network network = Models.named("simple", Patterns.SHAPE, 2);
    network.initialize(1);
    Trainer.of(network)
        .optimizer(new Sgd().momentum(0.9))
        .schedule(new CosineDecay(0.05, EPOCHS * 6L))
        .loss(new Huber(0.2))
        .batchSize(10)
        .shards(2)
        .sampling(Sampling.byShards(2, 10))
        .build()
        .fit(EPOCHS, sorted());
    LanewiseRegressionModel model =
        regressor().setLoss("huber").setDelta(0.2).setTasks(2).fit(vectors());
    assertEquals(Patterns.sha(network), Patterns.sha(model.network()));
    Row row = model.transform(vectors()).first();
    float[] image = new float[36];
    for (int i = 0; i < 36; i++) {
      image[i] = (Float) row.getList(0).get(i);
    }
    assertArrayEquals(
        Patterns.doubles(new Predictor(network).outputs(image)),
        row.<Vector>getAs("prediction").toArray());
  }

  @Test
  void aPipelineTellsNumbers() throws Exception {
    Dataset<Row> data = Patterns.frame(spark, ROWS).withColumn("label", functions.lit(0.7));
    Pipeline pipeline =
        new Pipeline()
            .setStages(
                new PipelineStage[] {
                  regressor().setLoss("mae").setEpochs(8).setValidationFraction(0.2)
                });
    PipelineModel fitted = pipeline.fit(data);
    LanewiseRegressionModel model = (LanewiseRegressionModel) fitted.stages()[0];
    assertEquals(8, model.history().size());
    EpochSummary last = model.history().getLast();
    assertTrue(last.validationLoss() < model.history().getFirst().validationLoss());
    assertTrue(Double.isNaN(last.validationAccuracy()));
    String path = temp.resolve("pipeline").toString();
    fitted.write().overwrite().save(path);
    Dataset<Row> predictions = PipelineModel.load(path).transform(data);
    assertEquals(DataTypes.DoubleType, predictions.schema().apply("prediction").dataType());
    assertTrue(new RegressionEvaluator().setMetricName("mae").evaluate(predictions) < 0.2);
    pipeline.write().overwrite().save(path);
    assertEquals("mae", ((LanewiseRegressor) Pipeline.load(path).getStages()[0]).getLoss());
  }

  private static void assertRefused(String part, Dataset<Row> data) {
    String message =
        assertThrows(LanewiseSparkException.class, () -> regressor().fit(data)).getMessage();
    assertTrue(message.contains(part), message);
  }

  @Test
  void badTargets() {
    Dataset<Row> data = Patterns.frame(spark, ROWS.subList(0, 9));
    assertRefused(
        "column 'label' has the target NaN, expected finite numbers",
        data.withColumn("label", functions.lit(Double.NaN)));
    assertRefused(
        "column 'label' is of type string, expected numbers or vectors",
        data.withColumn("label", functions.lit("much")));
    List<Row> ragged =
        List.of(
            RowFactory.create(new float[36], Vectors.dense(1, 2)),
            RowFactory.create(new float[36], Vectors.dense(1, 2, 3)));
    assertRefused(
        "column 'label' has a vector of 3, expected 2",
        spark.createDataFrame(ragged, vectors().schema()));
  }
}
