package dev.lanewise.spark;

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
}
