// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;

/** One Spark for all tests that run in this JVM. */
final class Sessions {
  private Sessions() {}

  static SparkSession local() {
    return SparkSession.builder()
        .master("local[3]")
        .appName("lanewise")
        .config("spark.ui.enabled", false)
        .config("spark.driver.host", "localhost")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", 2)
        .config("spark.default.parallelism", 3)
        .config("spark.hadoop.fs.full.impl", FullDisk.class.getName())
        .getOrCreate();
  }

  /**
   * Executors in JVMs of their own, in place of any Spark before.
   *
   * @param executors how many
   * @param threads of each one: it runs one task at a time
   */
  static SparkSession cluster(int executors, int threads) throws IOException {
    stop();
    return SparkSession.builder()
        .master("local-cluster[" + executors + "," + threads + ",512]")
        .appName("lanewise")
        .config("spark.ui.enabled", false)
        .config("spark.driver.host", "localhost")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.executor.extraClassPath", linkJars())
        .config("spark.executor.memory", "512m")
        .config("spark.task.cpus", threads)
        .config("spark.deploy.maxExecutorRetries", -1)
        .config("spark.cores.max", executors * threads)
        // The first job begins when all are there, however busy the machine is.
        .config("spark.scheduler.minRegisteredResourcesRatio", 1)
        .config("spark.scheduler.maxRegisteredResourcesWaitingTime", "300s")
        .config("spark.sql.shuffle.partitions", 2)
        .config("spark.hadoop.fs.dying.impl", DyingExecutor.class.getName())
        .getOrCreate();
  }

  /** Stops Spark if it runs. */
  static void stop() {
    if (SparkSession.getDefaultSession().isDefined()) {
      SparkSession.getDefaultSession().get().stop();
    }
  }

  /**
   * Spark starts executors from the jars of an installation: links to those of the class path.
   *
   * @return what else is on the class path
   */
  static String linkJars() throws IOException {
    Path jars = Files.createDirectories(Path.of(System.getenv("SPARK_HOME")).resolve("jars"));
    StringBuilder classes = new StringBuilder();
    for (String each : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path path = Path.of(each);
      if (!each.endsWith(".jar")) {
        classes.append(path).append(File.pathSeparator);
      } else if (!Files.exists(jars.resolve(path.getFileName()))) {
        Files.createSymbolicLink(jars.resolve(path.getFileName()), path.toAbsolutePath());
      }
    }
    return classes.toString();
  }
}
