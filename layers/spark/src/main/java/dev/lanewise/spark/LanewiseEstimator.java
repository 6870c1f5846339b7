// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.util.List;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.DoubleArrayParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntArrayParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.StructType;

/**
 * Trains a network on the images of a DataFrame, on all executors at once.
 *
 * <p>The images are a column of vectors, of arrays of numbers, or of bytes, each {@code [H, W, C]}
 * one row after the other; or pictures, of Spark's {@code image} or {@code binaryFile} source.
 *
 * <p>Training is synchronous data-parallel stochastic gradient descent in one barrier stage. A
 * batch is cut into {@link #shards}, each task computes some of them, and the gradients of all are
 * added in a fixed order. So the weights depend on the rows, the network and the parameters, but,
 * bit by bit, not on the number of tasks, the partitioning or order of the rows, or failures: they
 * are those of {@link dev.lanewise.layers.train.Trainer} with {@code shards} and {@link
 * dev.lanewise.layers.train.Sampling#byShards} on the rows in the order of the SHA-256 of label (an
 * integer) or target (floats), weight if there is one, and values (floats), little-endian.
 *
 * @param <E> the estimator, which its setters return
 * @param <M> what it trains
 */
public abstract class LanewiseEstimator<
        E extends LanewiseEstimator<E, M>, M extends LanewiseModel<M>>
    extends Estimator<M> implements PredictionParams<E>, DefaultParamsWritable {
  private static final long serialVersionUID = 1;

  private final String uid;
  private final Param<String> featuresCol = Declared.features(this);
  private final Param<String> binaryFormat = Declared.binaryFormat(this);
  private final Param<String> predictionCol = Declared.prediction(this);
  private final Param<String> labelCol =
      Declared.with(
          this, new Param<>(this, "labelCol", "column of what is to be predicted"), "label");
  private final Param<String> weightCol =
      Declared.with(this, new Param<>(this, "weightCol", "column of weights; empty: all 1"), "");
  private final Param<String> network =
      new Param<>(this, "network", "name of a network, or path of a *.safetensors model");
  private final IntArrayParam imageShape =
      new IntArrayParam(this, "imageShape", "height, width and channels of the images");
  private final DoubleArrayParam mean =
      Declared.with(
          this,
          new DoubleArrayParam(
              this, "mean", "what is taken from the values of each channel, or of all; empty: 0"),
          new double[0]);
  private final DoubleArrayParam std =
      Declared.with(
          this,
          new DoubleArrayParam(
              this, "std", "what the values of each channel, or of all, are divided by; empty: 1"),
          new double[0]);
  private final Param<String> framing =
      Declared.choice(this, "framing", NetworkSource.FRAMINGS, "auto");
  private final Param<String> optimizer =
      Declared.choice(this, "optimizer", TrainingRecipe.OPTIMIZERS, "sgd");
  private final DoubleParam momentum =
      Declared.with(
          this,
          new DoubleParam(
              this, "momentum", "momentum of sgd", ParamValidators.inRange(0, 1, true, false)),
          0.9);
  private final DoubleParam weightDecay =
      Declared.with(
          this,
          new DoubleParam(this, "weightDecay", "decay of the weights", ParamValidators.gtEq(0)),
          0.0);
  private final Param<String> schedule =
      Declared.choice(this, "schedule", TrainingRecipe.SCHEDULES, "cosine");
  private final DoubleParam learningRate =
      Declared.with(
          this,
          new DoubleParam(this, "learningRate", "highest learning rate", ParamValidators.gt(0)),
          0.05);
  private final IntParam batchSize =
      Declared.with(
          this,
          new IntParam(
              this, "batchSize", "images of a step, of all tasks", ParamValidators.gtEq(1)),
          128);
  private final IntParam epochs =
      Declared.with(
          this,
          new IntParam(
              this, "epochs", "how often all images are trained on", ParamValidators.gtEq(1)),
          10);
  private final LongParam seed =
      Declared.with(
          this, new LongParam(this, "seed", "of the weights, the order and all that is drawn"), 1L);
  private final IntParam shards =
      Declared.with(
          this,
          new IntParam(
              this,
              "shards",
              "parts of a batch; the weights depend on their number",
              ParamValidators.gtEq(1)),
          8);
  private final IntParam tasks =
      Declared.with(
          this,
          new IntParam(
              this,
              "tasks",
              "how many tasks train; 0: as many as can, up to shards",
              ParamValidators.gtEq(0)),
          0);
  private final DoubleParam validationFraction =
      Declared.with(
          this,
          new DoubleParam(
              this,
              "validationFraction",
              "share of the rows that is held out to look at after each epoch",
              ParamValidators.inRange(0, 1, true, false)),
          0.0);
  private final Param<String> checkpointFolder =
      Declared.with(
          this,
          new Param<>(this, "checkpointFolder", "where each epoch is saved; empty: nowhere"),
          "");
  private final IntParam timeoutSeconds =
      Declared.with(
          this,
          new IntParam(
              this,
              "timeoutSeconds",
              "how long to wait for a task, or for an executor in place of a lost one",
              ParamValidators.gtEq(1)),
          300);

  LanewiseEstimator(String uid) {
    this.uid = uid; // before the parameters, which take it over
    super();
  }

  /** The columns that a prediction adds to rows of a schema. */
  abstract List<AnswerColumn> answers(StructType schema);

  /**
   * Looks at the type of the column of targets.
   *
   * @throws LanewiseSparkException if there is no such column, or not of such targets
   */
  abstract void requireTarget(StructType schema);

  /** The column of targets. */
  abstract TargetColumn target(Dataset<?> data);

  /** What is made small. */
  abstract LossChoice lossChoice();

  /** How many outputs a network by name gets. */
  abstract int outputs(TrainingRows rows);

  /**
   * Checks that the targets are such as a network has outputs.
   *
   * @throws LanewiseSparkException if they are not
   */
  abstract void requireFit(TrainingRows rows, int outputs);

  /** A model of a trained network. */
  abstract M model(byte[] network, List<EpochSummary> history);

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public E copy(ParamMap extra) {
    return defaultCopy(extra);
  }

  @Override
  public StructType transformSchema(StructType schema) {
    ImageColumn.require(schema, this);
    requireTarget(schema);
    if (!getWeightCol().isEmpty()) {
      Columns.requireWeights(schema, getWeightCol());
    }
    return AnswerColumn.added(schema, answers(schema));
  }

  /**
   * Trains.
   *
   * @param data with a column of images and one of targets
   * @return the trained network
   * @throws LanewiseSparkException if a parameter, the data or the cluster is not as it should be,
   *     or the training has diverged
   */
  @Override
  public M fit(Dataset<?> data) {
    transformSchema(data.schema());
    TrainingOutcome outcome = new Training(this, data).run();
    M model = model(outcome.model(), outcome.epochs());
    model.setParent(this);
    return copyValues(model, extractParamMap());
  }

  @Override
  public Param<String> featuresCol() {
    return featuresCol;
  }

  @Override
  public Param<String> binaryFormat() {
    return binaryFormat;
  }

  @Override
  public Param<String> predictionCol() {
    return predictionCol;
  }

  /**
   * Where the targets are.
   *
   * @return the column of them; by default {@code label}
   */
  public Param<String> labelCol() {
    return labelCol;
  }

  /** {@return the value of {@link #labelCol}} */
  public String getLabelCol() {
    return getOrDefault(labelCol);
  }

  /** Sets {@link #labelCol}. */
  public E setLabelCol(String value) {
    return Declared.set(this, labelCol, value);
  }

  /**
   * Where the weights of rows are: numbers of at least 0. They are divided by their mean over all
   * rows, and the loss of each row is multiplied by its own.
   *
   * @return the column of them; empty, the default: all rows weigh the same
   */
  public Param<String> weightCol() {
    return weightCol;
  }

  /** {@return the value of {@link #weightCol}} */
  public String getWeightCol() {
    return getOrDefault(weightCol);
  }

  /** Sets {@link #weightCol}. */
  public E setWeightCol(String value) {
    return Declared.set(this, weightCol, value);
  }

  /**
   * The network.
   *
   * @return a name of {@link dev.lanewise.layers.models.Models}, or the path of a model file,
   *     {@code *.safetensors}, whose weights are trained on
   */
  public Param<String> network() {
    return network;
  }

  /** {@return the value of {@link #network}} */
  public String getNetwork() {
    return getOrDefault(network);
  }

  /** Sets {@link #network}. */
  public E setNetwork(String value) {
    return Declared.set(this, network, value);
  }

  /**
   * The shape of the images.
   *
   * @return height, width and channels; a network from a file says it by itself
   */
  public IntArrayParam imageShape() {
    return imageShape;
  }

  /** {@return the value of {@link #imageShape}} */
  public int[] getImageShape() {
    return getOrDefault(imageShape);
  }

  /** Sets {@link #imageShape}. */
  public E setImageShape(int height, int width, int channels) {
    return Declared.set(this, imageShape, new int[] {height, width, channels});
  }

  /**
   * The mean.
   *
   * @return what is taken from the values of each channel, or one number for all; then they are
   *     divided by {@link #std}
   */
  public DoubleArrayParam mean() {
    return mean;
  }

  /** {@return the value of {@link #mean}} */
  public double[] getMean() {
    return getOrDefault(mean);
  }

  /** Sets {@link #mean}. */
  public E setMean(double[] value) {
    return Declared.set(this, mean, value);
  }

  /**
   * The standard deviation.
   *
   * @return what the values of each channel, or of all, are divided by
   */
  public DoubleArrayParam std() {
    return std;
  }

  /** {@return the value of {@link #std}} */
  public double[] getStd() {
    return getOrDefault(std);
  }

  /** Sets {@link #std}. */
  public E setStd(double[] value) {
    return Declared.set(this, std, value);
  }

  /**
   * How pictures become images of the shape that the network takes. The model keeps it.
   *
   * @return {@code crop}: resized so far that they cover the image, and the middle cut out; {@code
   *     stretch}; {@code digit}: a digit in it is found, and framed as MNIST's were; {@code exact}:
   *     other sizes are refused; {@code auto}, the default: as a model file says, otherwise {@code
   *     crop}
   */
  public Param<String> framing() {
    return framing;
  }

  /** {@return the value of {@link #framing}} */
  public String getFraming() {
    return getOrDefault(framing);
  }

  /** Sets {@link #framing}. */
  public E setFraming(String value) {
    return Declared.set(this, framing, value);
  }

  /**
   * The optimizer.
   *
   * @return {@code sgd}, the default, {@code adam} or {@code adamw}
   */
  public Param<String> optimizer() {
    return optimizer;
  }

  /** {@return the value of {@link #optimizer}} */
  public String getOptimizer() {
    return getOrDefault(optimizer);
  }

  /** Sets {@link #optimizer}. */
  public E setOptimizer(String value) {
    return Declared.set(this, optimizer, value);
  }

  /**
   * The momentum.
   *
   * @return of {@code sgd}, from 0 to below 1; by default 0.9
   */
  public DoubleParam momentum() {
    return momentum;
  }

  /** {@return the value of {@link #momentum}} */
  public double getMomentum() {
    return (double) getOrDefault(momentum);
  }

  /** Sets {@link #momentum}. */
  public E setMomentum(double value) {
    return Declared.set(this, momentum, value);
  }

  /**
   * The decay of the weights.
   *
   * @return as the optimizer understands it; by default 0
   */
  public DoubleParam weightDecay() {
    return weightDecay;
  }

  /** {@return the value of {@link #weightDecay}} */
  public double getWeightDecay() {
    return (double) getOrDefault(weightDecay);
  }

  /** Sets {@link #weightDecay}. */
  public E setWeightDecay(double value) {
    return Declared.set(this, weightDecay, value);
  }

  /**
   * The schedule of the learning rate.
   *
   * @return {@code cosine}, the default, {@code constant} or {@code one_cycle}, over all steps
   */
  public Param<String> schedule() {
    return schedule;
  }

  /** {@return the value of {@link #schedule}} */
  public String getSchedule() {
    return getOrDefault(schedule);
  }

  /** Sets {@link #schedule}. */
  public E setSchedule(String value) {
    return Declared.set(this, schedule, value);
  }

  /**
   * The learning rate.
   *
   * @return the highest rate of the schedule; by default 0.05
   */
  public DoubleParam learningRate() {
    return learningRate;
  }

  /** {@return the value of {@link #learningRate}} */
  public double getLearningRate() {
    return (double) getOrDefault(learningRate);
  }

  /** Sets {@link #learningRate}. */
  public E setLearningRate(double value) {
    return Declared.set(this, learningRate, value);
  }

  /**
   * The size of a batch.
   *
   * @return how many images make a step, in all tasks together; by default 128
   */
  public IntParam batchSize() {
    return batchSize;
  }

  /** {@return the value of {@link #batchSize}} */
  public int getBatchSize() {
    return (int) getOrDefault(batchSize);
  }

  /** Sets {@link #batchSize}. */
  public E setBatchSize(int value) {
    return Declared.set(this, batchSize, value);
  }

  /**
   * The epochs.
   *
   * @return how many times all images are trained on; by default 10
   */
  public IntParam epochs() {
    return epochs;
  }

  /** {@return the value of {@link #epochs}} */
  public int getEpochs() {
    return (int) getOrDefault(epochs);
  }

  /** Sets {@link #epochs}. */
  public E setEpochs(int value) {
    return Declared.set(this, epochs, value);
  }

  /**
   * The seed.
   *
   * @return decides the first weights, the order of the images and all that is drawn; by default 1
   */
  public LongParam seed() {
    return seed;
  }

  /** {@return the value of {@link #seed}} */
  public long getSeed() {
    return (long) getOrDefault(seed);
  }

  /** Sets {@link #seed}. */
  public E setSeed(long value) {
    return Declared.set(this, seed, value);
  }

  /**
   * The shards.
   *
   * @return into how many parts a batch is cut; by default 8. The weights depend on it
   */
  public IntParam shards() {
    return shards;
  }

  /** {@return the value of {@link #shards}} */
  public int getShards() {
    return (int) getOrDefault(shards);
  }

  /** Sets {@link #shards}. */
  public E setShards(int value) {
    return Declared.set(this, shards, value);
  }

  /**
   * The tasks.
   *
   * @return how many train together; 0, the default: as many as can run at once, up to {@link
   *     #shards}. The weights do not depend on it
   */
  public IntParam tasks() {
    return tasks;
  }

  /** {@return the value of {@link #tasks}} */
  public int getTasks() {
    return (int) getOrDefault(tasks);
  }

  /** Sets {@link #tasks}. */
  public E setTasks(int value) {
    return Declared.set(this, tasks, value);
  }

  /**
   * The rows for validation.
   *
   * @return the share of the rows that is held out, to be looked at after each epoch; by default 0
   */
  public DoubleParam validationFraction() {
    return validationFraction;
  }

  /** {@return the value of {@link #validationFraction}} */
  public double getValidationFraction() {
    return (double) getOrDefault(validationFraction);
  }

  /** Sets {@link #validationFraction}. */
  public E setValidationFraction(double value) {
    return Declared.set(this, validationFraction, value);
  }

  /**
   * The folder of the checkpoints.
   *
   * @return where each epoch is saved, in any file system that Hadoop knows; empty, the default:
   *     nowhere
   */
  public Param<String> checkpointFolder() {
    return checkpointFolder;
  }

  /** {@return the value of {@link #checkpointFolder}} */
  public String getCheckpointFolder() {
    return getOrDefault(checkpointFolder);
  }

  /** Sets {@link #checkpointFolder}. */
  public E setCheckpointFolder(String value) {
    return Declared.set(this, checkpointFolder, value);
  }

  /**
   * The patience of a task.
   *
   * @return how many seconds a task waits for another one before the stage is tried again, and a
   *     training for the next executor where one was lost before it began; by default 300
   */
  public IntParam timeoutSeconds() {
    return timeoutSeconds;
  }

  /** {@return the value of {@link #timeoutSeconds}} */
  public int getTimeoutSeconds() {
    return (int) getOrDefault(timeoutSeconds);
  }

  /** Sets {@link #timeoutSeconds}. */
  public E setTimeoutSeconds(int value) {
    return Declared.set(this, timeoutSeconds, value);
  }
}
