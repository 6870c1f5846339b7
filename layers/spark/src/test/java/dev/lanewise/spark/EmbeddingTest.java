// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Predictor;
import dev.lanewise.layers.Relu;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.Normalizer;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What layers make of images, and networks as functions of queries. */
final class EmbeddingTest {
  private static final List<Row> ROWS = Patterns.rows(40, 9);

  private static SparkSession spark;

  @TempDir Path temp;

  @BeforeAll
  static void start() {
    spark = Sessions.local();
  }

  private static Network network() {
    Network network =
        new Network(Patterns.SHAPE, new Flatten(), new Dense(5), new Relu(), new Dense(3));
    network.initialize(4);
    return network;
  }

  private static float[] image(Row row) {
    List<Float> values = row.getList(0);
    float[] image = new float[values.size()];
    for (int i = 0; i < image.length; i++) {
      image[i] = values.get(i);
    }
    return image;
  }

  @Test
  void embeddingsAreWhatTheLayerBeforeTheLastMakes() throws Exception {
    LanewiseEmbedder embedder = LanewiseEmbedder.of("lanewise", network());
    Dataset<Row> data = Patterns.frame(spark, ROWS);
    Pipeline pipeline =
        new Pipeline()
            .setStages(
                new PipelineStage[] {
                  embedder, new Normalizer().setInputCol("embedding").setOutputCol("normal")
                });
    PipelineModel model = pipeline.fit(data);
    String path = temp.resolve("pipeline").toString();
    model.write().overwrite().save(path);
    Predictor expected = new Predictor(network().upTo("2"));
    List<Row> rows = PipelineModel.load(path).transform(data).collectAsList();
    assertEquals(ROWS.size(), rows.size());
    for (Row row : rows) {
      assertArrayEquals(
          Patterns.doubles(expected.outputs(image(row))), row.<Vector>getAs("embedding").toArray());
      assertEquals(1, Vectors.norm(row.getAs("normal"), 2), 1e-6);
    }
    LanewiseEmbedder other = embedder.copy(ParamMap.empty());
    Row row = other.setLayer("1").setOutputCol("logits").transform(data).first();
    assertArrayEquals(
        Patterns.doubles(new Predictor(network().upTo("1")).outputs(image(row))),
        row.<Vector>getAs("logits").toArray());
    String message =
        assertThrows(LanewiseSparkException.class, () -> embedder.setLayer("9").transform(data))
            .getMessage();
    assertTrue(message.startsWith("layer: "), message);
    assertEquals(
        "outputCol is empty, expected the name of a column for the embeddings",
        assertThrows(LanewiseSparkException.class, () -> embedder.setOutputCol("").transform(data))
            .getMessage());
  }

  @Test
  void networksAreFunctionsOfQueries() {
    Network network = network();
    LanewiseClassificationModel model = LanewiseClassificationModel.of("lanewise", network);
    spark.udf().register("kind", model.udf());
    spark.udf().register("sure", model.probabilityUdf());
    spark.udf().register("embedding", LanewiseEmbedder.of("lanewise", network).udf());
    Patterns.frame(spark, ROWS).createOrReplaceTempView("images");
    Predictor predictor = new Predictor(network);
    Predictor embedding = new Predictor(network.upTo("2"));
    List<Row> rows =
        spark
            .sql("SELECT features, kind(features), sure(features), embedding(features) FROM images")
            .collectAsList();
    for (Row row : rows) {
      float[] logits = predictor.outputs(image(row));
      int best = 0;
      for (int c = 1; c < 3; c++) {
        best = logits[c] > logits[best] ? c : best;
      }
      assertEquals(best, row.getDouble(1));
      assertArrayEquals(
          Patterns.doubles(predictor.probabilities(image(row))),
          row.<Vector>getAs(2).toArray(),
          1e-6);
      assertArrayEquals(
          Patterns.doubles(embedding.outputs(image(row))), row.<Vector>getAs(3).toArray());
    }
    assertEquals(ROWS.size(), spark.sql("SELECT * FROM images WHERE kind(features) < 3").count());
    assertTrue(spark.sql("SELECT kind(null)").first().isNullAt(0));
  }
}
