// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.RDD;
import scala.Function1;
import scala.Tuple2;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;

/** Runs the tasks of a training in one barrier stage: all at once, or not at all. */
final class TrainingStage {
  private static final int ATTEMPTS = 3;

  /** What Spark says where an executor was lost after its task had ended, but not all had. */
  private static final String PARTLY_DONE = "Could not recover from a failed barrier ResultStage";

  private TrainingStage() {}

  /** A function of Scala that Spark can send. */
  private interface Sent<T, R> extends Function1<T, R>, Serializable {}

  /**
   * Trains.
   *
   * @param identity the same for trainings that end with the same bits
   * @return what the first task returns
   * @throws LanewiseSparkException if the training failed
   */
  static TrainingOutcome run(TrainingRows rows, TrainingTask task, String identity) {
    claim(task, identity);
    RDD<Tuple2<Integer, byte[]>> input = rows.forTasks(task.shares()).rdd();
    Sent<Iterator<Tuple2<Integer, byte[]>>, Iterator<TrainingOutcome>> body =
        partition -> CollectionConverters.asScala(List.of(run(task, partition)).iterator());
    ClassTag<TrainingOutcome> tag = ClassTag.apply(TrainingOutcome.class);
    List<TrainingOutcome> outcomes = null;
    for (int attempt = 1; outcomes == null; attempt++) {
      try {
        outcomes = JavaRDD.fromRDD(input.barrier().mapPartitions(body, false, tag), tag).collect();
      } catch (Exception e) { // Scala does not declare what it throws
        String cause = cause(e);
        if (attempt == ATTEMPTS || !cause.contains(PARTLY_DONE)) {
          throw new LanewiseSparkException("the training failed: " + cause, e);
        }
      }
    }
    for (TrainingOutcome outcome : outcomes) {
      if (outcome.fault() != null) {
        throw new LanewiseSparkException(outcome.fault());
      }
    }
    return outcomes.getFirst();
  }

  private static void claim(TrainingTask task, String identity) {
    if (!task.folder().isEmpty()) {
      try {
        new HadoopCheckpoints(task.folder(), task.settings()).claim(identity);
      } catch (IOException e) {
        throw new LanewiseSparkException(
            "the checkpoint folder " + task.folder() + " cannot be used: " + e.getMessage(), e);
      }
    }
  }

  private static TrainingOutcome run(
      TrainingTask task, Iterator<Tuple2<Integer, byte[]>> partition) {
    java.util.Iterator<Tuple2<Integer, byte[]>> rows = CollectionConverters.asJava(partition);
    java.util.Iterator<byte[]> bytes =
        new java.util.Iterator<>() {
          @Override
          public boolean hasNext() {
            return rows.hasNext();
          }

          @Override
          public byte[] next() {
            return rows.next()._2;
          }
        };
    try {
      return task.run(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The first line of what Spark says. */
  private static String cause(Exception e) {
    String message = Objects.requireNonNullElse(e.getMessage(), e.toString());
    return message.lines().findFirst().orElse(e.toString());
  }
}
