// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Executors in JVMs of their own, one of which dies. */
final class LocalClusterTest {
  private static final List<Row> ROWS = Patterns.rows(200, 6);

  private static SparkSession spark;

  @TempDir static Path temp;

  @BeforeAll
  static void start() throws IOException {
    spark = Sessions.cluster(2, 1);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static String fitted(String folder) throws Exception {
    LanewiseClassifier classifier =
        new LanewiseClassifier()
            .setNetwork("simple")
            .setImageShape(6, 6, 1)
            .setClasses(3)
            .setBatchSize(20)
            .setEpochs(3)
            .setShards(4)
            .setTasks(2)
            .setCheckpointFolder(folder);
    LanewiseClassificationModel model = classifier.fit(Patterns.frame(spark, ROWS));
    assertEquals(3, model.history().size());
    assertEquals(ROWS.size(), model.transform(Patterns.frame(spark, ROWS)).count());
    return Patterns.sha(model.network());
  }

  @Test
  void anExecutorThatDiesChangesNothing() throws Exception {
    String undisturbed = fitted("");
    assertEquals(undisturbed, fitted("dying://" + temp.resolve("points")));
    assertTrue(Files.exists(temp.resolve("points/died")), "an executor has died");
  }
}
