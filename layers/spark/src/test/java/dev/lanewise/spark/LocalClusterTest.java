package dev.lanewise.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
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

  /** Spark starts executors from the jars of an installation: links to those of the class path. */
  @BeforeAll
  static void start() throws IOException {
    Sessions.local().stop();
    Path home = Path.of(System.getenv("SPARK_HOME"));
    Path jars = Files.createDirectories(home.resolve("jars"));
    StringBuilder classes = new StringBuilder();
    for (String each : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path path = Path.of(each);
      if (!each.endsWith(".jar")) {
        classes.append(path).append(File.pathSeparator);
      } else if (!Files.exists(jars.resolve(path.getFileName()))) {
        Files.createSymbolicLink(jars.resolve(path.getFileName()), path.toAbsolutePath());
      }
    }
    spark =
        SparkSession.builder()
            .master("local-cluster[2,1,512]")
            .appName("lanewise")
            .config("spark.ui.enabled", false)
            .config("spark.driver.host", "localhost")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.executor.extraClassPath", classes.toString())
            .config("spark.executor.memory", "512m")
            .config("spark.sql.shuffle.partitions", 2)
            .config("spark.hadoop.fs.dying.impl", DyingExecutor.class.getName())
            .getOrCreate();
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
