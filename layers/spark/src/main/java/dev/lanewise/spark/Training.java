// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Framing;
import dev.lanewise.layers.graph.Shape;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Dataset;

/** A training, on the driver: looks at the parameters and the data, and starts the tasks. */
final class Training {
  private static final int SECRET = 32; // bytes
  private static final int SLOTS_SECONDS = 30;

  private final LanewiseEstimator<?, ?> params;
  private final Dataset<?> data;
  private final SparkContext context;
  private final Map<String, String> settings;

  Training(LanewiseEstimator<?, ?> params, Dataset<?> data) {
    this.params = params;
    this.data = data;
    context = data.sparkSession().sparkContext();
    settings = settings(context.hadoopConfiguration());
  }

  private static Map<String, String> settings(Configuration configuration) {
    Map<String, String> settings = new HashMap<>();
    configuration.forEach(entry -> settings.put(entry.getKey(), entry.getValue()));
    return settings;
  }

  /**
   * Trains.
   *
   * @return what the first task returns
   * @throws LanewiseSparkException if a parameter, the data or the cluster is not as it should be,
   *     or the training has diverged
   */
  TrainingOutcome run() {
    requireShards();
    int slotsBefore = slots();
    Network begun = NetworkSource.isFile(params.getNetwork()) ? fromFile() : null;
    Shape shape = begun == null ? shape() : begun.inputShape();
    Framing known = begun == null ? Framing.EXACT : begun.preparation().framing();
    Framing framing = NetworkSource.framing(params.getFraming(), known);
    ImageColumn images = ImageColumn.of(data.schema(), params, shape, framing, false);
    int buckets = Math.max(params.getShards(), context.defaultParallelism());
    TargetColumn target = params.target(data);
    String weight = params.getWeightCol();
    TrainingRows rows = TrainingRows.of(data, new RowFormat(images, target, weight), buckets);
    int tasks = tasks(slotsBefore); // now that executors have come to sort the rows
    if (begun == null) {
      int outputs = params.outputs(rows);
      begun = NetworkSource.named(params.getNetwork(), shape, outputs, params.getSeed());
    }
    params.requireFit(rows, begun.outputShape().size());
    Network prepared = NetworkSource.normalized(begun, params.getMean(), params.getStd());
    if (ImageColumn.isPictures(data.schema(), params)) {
      prepared = NetworkSource.framed(prepared, framing);
    }
    return train(rows, prepared, tasks);
  }

  private void requireShards() {
    int shards = params.getShards();
    if (shards > params.getBatchSize()) {
      throw new LanewiseSparkException(
          ("shards must be at most the batch size of " + params.getBatchSize() + ", but is ")
              + shards);
    }
    if (params.getTasks() > shards) {
      throw new LanewiseSparkException(
          "tasks must be at most the number of shards, "
              + shards
              + ", but is "
              + params.getTasks());
    }
  }

  private Shape shape() {
    if (!params.isDefined(params.imageShape())) {
      throw new LanewiseSparkException(
          "imageShape is not set: expected height, width and channels, such as 28, 28, 1");
    }
    int[] shape = params.getImageShape();
    if (shape.length != 3) {
      throw new LanewiseSparkException(
          "imageShape has " + shape.length + " numbers, expected height, width and channels");
    }
    try {
      return Shape.of(shape[0], shape[1], shape[2]);
    } catch (IllegalArgumentException e) {
      throw new LanewiseSparkException("imageShape: " + e.getMessage(), e);
    }
  }

  private Network fromFile() {
    String file = params.getNetwork();
    Network read = NetworkSource.file(file, settings);
    if (params.isDefined(params.imageShape()) && !shape().equals(read.inputShape())) {
      throw new LanewiseSparkException(
          file + " takes images " + read.inputShape() + ", but imageShape is " + shape());
    }
    return read;
  }

  /**
   * A barrier stage would wait for slots that are not there.
   *
   * @param before how many there were: an executor that was lost since then is waited for as a task
   *     would be, since a busy cluster may take a minute to start another one
   */
  private int tasks(int before) {
    int wanted = params.getTasks();
    int slots = slots();
    int seconds = before < wanted ? SLOTS_SECONDS : params.getTimeoutSeconds();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (wanted > slots && !context.isLocal() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100)); // executors are on their way
      slots = slots();
    }
    if (wanted > Math.max(slots, 1)) {
      throw new LanewiseSparkException(
          ("a training of " + wanted + " tasks needs as many slots at once, but there are ")
              + (slots + ": start more executors or cores, or set tasks"));
    }
    return wanted > 0 ? wanted : Math.clamp(slots, 1, params.getShards());
  }

  private int slots() {
    return context.maxNumConcurrentTasks(context.resourceProfileManager().defaultResourceProfile());
  }

  private TrainingOutcome train(TrainingRows rows, Network begun, int tasks) {
    int held = (int) Math.rint(rows.size() * params.getValidationFraction());
    if (held == rows.size()) {
      throw new LanewiseSparkException(
          "validationFraction " + params.getValidationFraction() + " leaves no row to train on");
    }
    TrainingRecipe recipe = recipe();
    Shares shares =
        new Shares(tasks, recipe.shards(), recipe.batchSize(), held, rows.size() - held);
    byte[] model = ModelBytes.of(begun);
    String identity = recipe.identity() + " " + held + " " + rows.digest() + " " + sha(model);
    byte[] secret = new byte[SECRET];
    new SecureRandom().nextBytes(secret);
    TrainingTask task =
        new TrainingTask(
            recipe,
            shares,
            model,
            new TaskRows(rows.format().layout(), begun.outputShape().size(), rows.meanWeight()),
            params.getCheckpointFolder(),
            settings,
            secret,
            encrypted(context.conf()),
            params.getTimeoutSeconds());
    return TrainingStage.run(rows, task, identity);
  }

  private TrainingRecipe recipe() {
    return new TrainingRecipe(
        params.lossChoice(),
        params.getOptimizer(),
        params.getMomentum(),
        params.getWeightDecay(),
        params.getSchedule(),
        params.getLearningRate(),
        params.getBatchSize(),
        params.getEpochs(),
        params.getSeed(),
        params.getShards());
  }

  private static String sha(byte[] bytes) {
    return HexFormat.of().formatHex(RowKey.newDigest().digest(bytes));
  }

  /** Whether Spark encrypts what its executors send to each other. */
  private static boolean encrypted(SparkConf conf) {
    return conf.getBoolean("spark.network.crypto.enabled", false)
        || conf.getBoolean("spark.authenticate.enableSaslEncryption", false)
        || conf.getBoolean("spark.ssl.rpc.enabled", false);
  }
}
