// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same bits from any number of executors, with any number of threads: minutes. */
final class ExecutorMatrix {
  private static String single;

  @TempDir static Path folder;

  @BeforeAll
  static void trainInOneTask() throws Exception {
    single = LongTraining.run(Sessions.local(), 1, folder, "");
  }

  @AfterAll
  static void stop() {
    Sessions.stop();
  }

  @ParameterizedTest
  @CsvSource({"8,1", "8,2", "1,1", "1,2", "2,1", "2,2", "3,1", "3,2"})
  void theSameBits(int executors, int threads) throws Exception {
    SparkSession spark = Sessions.cluster(executors, threads);
    assertEquals(single, LongTraining.run(spark, executors, folder, ""));
    assertEquals(single, LongTraining.shuffled(spark, executors, folder, 7));
  }
}
