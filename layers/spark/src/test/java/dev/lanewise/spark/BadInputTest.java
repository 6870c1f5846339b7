// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.SparkException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One clear line on the driver. */
final class BadInputTest {
  private static final List<Row> ROWS = Patterns.rows(20, 3);

  private static SparkSession spark;

  @BeforeAll
  static void start() {
    spark = Sessions.local();
  }

  private static LanewiseClassifier classifier() {
    return new LanewiseClassifier()
        .setNetwork("simple")
        .setImageShape(6, 6, 1)
        .setBatchSize(8)
        .setEpochs(1)
        .setShards(2);
  }

  private static void assertRefused(String part, LanewiseClassifier classifier, Dataset<?> data) {
    String message =
        assertThrows(LanewiseSparkException.class, () -> classifier.fit(data)).getMessage();
    assertTrue(message.contains(part), message);
    assertEquals(1, message.lines().count(), message);
  }

  /** Among good rows, in several partitions. */
  private static void assertRowRefused(String part, Object image, Object label) {
    List<Row> rows = new ArrayList<>(ROWS);
    rows.add(7, RowFactory.create(image, label));
    assertRefused(part, classifier(), Patterns.frame(spark, rows).repartition(3));
  }

  @Test
  void badRows() {
    float[] image = new float[36];
    float[] endless = new float[36];
    endless[5] = Float.POSITIVE_INFINITY;
    assertRowRefused("column 'features' has a row without an image: null", null, 1.0);
    assertRowRefused(
        "column 'features' has a row of 35 values, expected 36 for images [6, 6, 1]",
        new float[35],
        1.0);
    assertRowRefused("has a row with the value Infinity at 5", endless, 1.0);
    assertRowRefused("has a row with a null at 2", withNull(), 1.0);
    assertRowRefused("column 'label' has a row without a label: null", image, null);
    assertRowRefused("column 'label' has the label 1.5, expected whole numbers", image, 1.5);
    assertRowRefused("column 'label' has the label -1.0", image, -1.0);
    assertRowRefused("column 'label' has the label NaN", image, Double.NaN);
  }

  private static Float[] withNull() {
    Float[] image = new Float[36];
    Arrays.fill(image, 0f);
    image[2] = null;
    return image;
  }

  @Test
  void badFrames() {
    Dataset<Row> data = Patterns.frame(spark, ROWS);
    assertRefused("the data set is empty", classifier(), data.limit(0));
    assertRefused(
        "there is no column 'pixels': there are features, label",
        classifier().setFeaturesCol("pixels"),
        data);
    assertRefused(
        "column 'label' is of type string, expected numbers from 0; StringIndexer makes them",
        classifier(),
        data.withColumn("label", functions.lit("seven")));
    assertRefused(
        "column 'features' is of type double, expected a vector",
        classifier(),
        data.withColumn("features", functions.lit(1.0)));
    assertRefused(
        "there is a column 'prediction' already",
        classifier(),
        data.withColumn("prediction", functions.lit(1.0)));
    assertRefused("has the label 2, but there are 2 classes", classifier().setClasses(2), data);
    LanewiseClassifier weighted = classifier().setWeightCol("weight");
    assertRefused("there is no column 'weight'", weighted, data);
    assertRefused(
        "column 'weight' has the weight -0.5, expected finite numbers of at least 0",
        weighted,
        data.withColumn("weight", functions.lit(-0.5)));
    assertRefused(
        "column 'weight' has weights that are all 0",
        weighted,
        data.withColumn("weight", functions.lit(0)));
  }

  @Test
  void badParameters() {
    Dataset<Row> data = Patterns.frame(spark, ROWS);
    assertRefused("there is no network 'lenet'", classifier().setNetwork("lenet"), data);
    assertRefused(
        "no network can be read from /nowhere/x.safetensors",
        classifier().setNetwork("/nowhere/x.safetensors"),
        data);
    assertRefused("imageShape is not set", new LanewiseClassifier().setNetwork("simple"), data);
    assertRefused("a training of 4 tasks needs as many slots at once", tasks(4, 8), data);
    assertRefused("tasks must be at most the number of shards, 2, but is 3", tasks(3, 2), data);
    assertRefused("shards must be at most the batch size of 8, but is 9", tasks(1, 9), data);
    assertRefused("mean and std: ", classifier().setMean(new double[] {0.5, 0.5}), data);
    assertRefused(
        "leaves no row to train on", classifier().setValidationFraction(0.99), data.limit(2));
    assertThrows(IllegalArgumentException.class, () -> classifier().setOptimizer("best"));
    assertThrows(IllegalArgumentException.class, () -> classifier().setEpochs(0));
  }

  private static LanewiseClassifier tasks(int tasks, int shards) {
    return classifier().setTasks(tasks).setShards(shards);
  }

  @Test
  void aRowThatIsNoImageEndsAPrediction() {
    LanewiseClassificationModel model =
        LanewiseClassificationModel.of("lanewise", Patterns.network());
    Dataset<Row> data =
        spark.createDataFrame(
            List.of(RowFactory.create(new float[3], 1.0)), Patterns.schema(Patterns.FLOATS));
    Exception e = assertThrows(Exception.class, () -> model.transform(data).collectAsList());
    assertTrue(e instanceof SparkException || e instanceof LanewiseSparkException, e.toString());
    assertTrue(e.toString().contains("has a row of 3 values, expected 36"), e.toString());
    Dataset<Row> words = data.withColumn("features", functions.lit("word"));
    assertThrows(LanewiseSparkException.class, () -> model.transform(words));
    assertEquals(
        0,
        model
            .transform(spark.createDataFrame(List.<Row>of(), Patterns.schema(Patterns.FLOATS)))
            .count());
    assertEquals(
        DataTypes.DoubleType, model.transformSchema(data.schema()).apply("prediction").dataType());
  }
}
