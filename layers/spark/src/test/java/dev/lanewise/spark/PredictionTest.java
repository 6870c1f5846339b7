// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.Predictor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models: what they predict, how they are kept, and what Spark does with them. */
final class PredictionTest {
  private static final List<Row> ROWS = Patterns.rows(150, 2);

  private static SparkSession spark;

  @TempDir Path temp;

  @BeforeAll
  static void start() {
    spark = Sessions.local();
  }

  private static LanewiseClassifier classifier() {
    return new LanewiseClassifier()
        .setNetwork("simple")
        .setImageShape(6, 6, 1)
        .setBatchSize(16)
        .setEpochs(6)
        .setShards(2)
        .setMean(new double[] {0.4})
        .setStd(new double[] {0.3});
  }

  private static LanewiseClassificationModel model() {
    return LanewiseClassificationModel.of("lanewise", Patterns.network());
  }

  @Test
  void aModelPredictsWhatItsNetworkDoes() {
    Network network = Patterns.network();
    Predictor predictor = new Predictor(network);
    List<Row> found =
        model()
            .setInferenceBatch(7)
            .transform(Patterns.frame(spark, ROWS).repartition(8))
            .collectAsList();
    assertEquals(ROWS.size(), found.size());
    for (Row row : found) {
      float[] image = new float[36];
      List<Float> values = row.getList(0);
      for (int i = 0; i < 36; i++) {
        image[i] = values.get(i);
      }
      float[] logits = predictor.outputs(image);
      Vector raw = row.getAs("rawPrediction");
      assertArrayEquals(Patterns.doubles(logits), raw.toArray());
      Vector probability = row.getAs("probability");
      assertArrayEquals(
          Patterns.doubles(predictor.probabilities(image)), probability.toArray(), 1e-6);
      assertEquals(raw.argmax(), row.<Double>getAs("prediction"));
    }
  }

  @Test
  void tasksShareANetworkAndItsPredictors() {
    var model =
        new JavaSparkContext(spark.sparkContext()).broadcast(ModelBytes.of(Patterns.network()));
    List<Predictor> all =
        IntStream.range(0, 40)
            .parallel()
            .mapToObj(i -> new Inference(model, "", 1 + i % 2).predictor())
            .toList();
    assertEquals(2, Set.copyOf(all).size());
    for (int i = 0; i < all.size(); i++) {
      assertSame(all.get(i % 2), all.get(i));
    }
  }

  @Test
  void vectorsArraysAndBytesAreImages() {
    List<Row> vectors = new ArrayList<>();
    List<Row> doubles = new ArrayList<>();
    List<Row> bytes = new ArrayList<>();
    List<Row> floats = new ArrayList<>();
    for (Row row : ROWS.subList(0, 20)) {
      byte[] pixels = Patterns.bytes((float[]) row.get(0));
      float[] image = new float[36];
      for (int i = 0; i < 36; i++) {
        image[i] = (pixels[i] & 0xFF) / 255f;
      }
      Object label = row.get(1);
      vectors.add(RowFactory.create(Vectors.dense(Patterns.doubles(image)).toSparse(), label));
      doubles.add(RowFactory.create(Patterns.doubles(image), label));
      bytes.add(RowFactory.create(pixels, label));
      floats.add(RowFactory.create(image, label));
    }
    List<Object> expected = logits(Patterns.frame(spark, floats));
    assertEquals(
        expected,
        logits(spark.createDataFrame(vectors, Patterns.schema(SQLDataTypes.VectorType()))));
    assertEquals(
        expected,
        logits(
            spark.createDataFrame(
                doubles, Patterns.schema(DataTypes.createArrayType(DataTypes.DoubleType)))));
    assertEquals(
        expected, logits(spark.createDataFrame(bytes, Patterns.schema(DataTypes.BinaryType))));
  }

  private static List<Object> logits(Dataset<Row> data) {
    return model().setProbabilityCol("").transform(data.coalesce(1)).collectAsList().stream()
        .map(row -> row.getAs("rawPrediction"))
        .toList();
  }

  @Test
  void aPipelineWithNamesOfClasses() throws Exception {
    Dataset<Row> named =
        Patterns.frame(spark, ROWS)
            .withColumn("name", functions.concat(functions.lit("kind "), functions.col("label")))
            .drop("label");
    Pipeline pipeline =
        new Pipeline()
            .setStages(
                new PipelineStage[] {
                  new StringIndexer().setInputCol("name").setOutputCol("label"), classifier()
                });
    PipelineModel model = pipeline.fit(named);
    double accuracy = accuracy(model.transform(named));
    assertTrue(accuracy > 0.9, "accuracy " + accuracy);
    String path = temp.resolve("pipeline").toString();
    model.write().overwrite().save(path);
    assertEquals(
        model.transform(named).collectAsList(),
        PipelineModel.load(path).transform(named).collectAsList());
    pipeline.write().overwrite().save(path);
    LanewiseClassifier read = (LanewiseClassifier) Pipeline.load(path).getStages()[1];
    assertEquals(6, read.getEpochs());
    assertArrayEquals(new int[] {6, 6, 1}, read.getImageShape());
  }

  private static double accuracy(Dataset<Row> predictions) {
    return evaluator().evaluate(predictions);
  }

  private static MulticlassClassificationEvaluator evaluator() {
    return new MulticlassClassificationEvaluator().setMetricName("accuracy");
  }

  @Test
  void crossValidationChoosesTheRateThatLearns() throws Exception {
    LanewiseClassifier classifier = classifier().setTasks(1);
    ParamMap[] grid =
        new ParamGridBuilder()
            .addGrid(classifier.learningRate(), new double[] {1e-9, 0.05})
            .build();
    CrossValidatorModel best =
        new CrossValidator()
            .setEstimator(classifier)
            .setEstimatorParamMaps(grid)
            .setEvaluator(evaluator())
            .setNumFolds(2)
            .setParallelism(2)
            .fit(Patterns.frame(spark, ROWS));
    assertTrue(best.avgMetrics()[1] > best.avgMetrics()[0]);
    LanewiseClassificationModel model = (LanewiseClassificationModel) best.bestModel();
    assertEquals(0.05, ((LanewiseClassifier) model.parent()).getLearningRate());
  }

  @Test
  void aModelIsReadAsItWasSaved() throws Exception {
    LanewiseClassificationModel model =
        classifier()
            .setTasks(2)
            .setEpochs(1)
            .setPredictionCol("class")
            .fit(Patterns.frame(spark, ROWS));
    model.setInferenceBatch(5);
    String path = temp.resolve("model").toString();
    model.write().overwrite().save(path);
    model.write().overwrite().save(path);
    LanewiseClassificationModel read = LanewiseClassificationModel.load(path);
    assertEquals(model.uid(), read.uid());
    assertEquals("class", read.getPredictionCol());
    assertEquals(5, read.getInferenceBatch());
    assertEquals(Patterns.sha(model.network()), Patterns.sha(read.network()));
    // Without Spark: with its normalisation.
    Network network = Network.load(Path.of(path, "network.safetensors"));
    assertEquals(model.network().preparation(), network.preparation());
    assertEquals(0.4f, network.preparation().normalize().mean()[0]);
    Files.write(Path.of(path, "network.safetensors"), new byte[30]);
    Files.deleteIfExists(Path.of(path, ".network.safetensors.crc"));
    assertThrows(LanewiseSparkException.class, () -> LanewiseClassificationModel.load(path));
  }

  @Test
  void aClassifierIsReadAsItWasSaved() throws Exception {
    LanewiseClassifier classifier = classifier().setOptimizer("adamw").setCheckpointFolder("x");
    String path = temp.resolve("classifier").toString();
    classifier.write().overwrite().save(path);
    LanewiseClassifier read = LanewiseClassifier.load(path);
    assertEquals(classifier.uid(), read.uid());
    assertEquals("adamw", read.getOptimizer());
    assertEquals("x", read.getCheckpointFolder());
    assertArrayEquals(new double[] {0.4}, read.getMean());
    assertEquals(classifier.extractParamMap().size(), read.extractParamMap().size());
  }
}
