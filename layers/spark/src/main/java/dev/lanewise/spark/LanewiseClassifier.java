package dev.lanewise.spark;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Shape;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.DoubleArrayParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntArrayParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.StructType;

/**
 * Trains a convolutional network on the images of a DataFrame, on all executors at once.
 *
 * <pre>{@code
 * LanewiseClassifier classifier =
 *     new LanewiseClassifier().setNetwork("lenet5").setImageShape(28, 28, 1).setEpochs(5);
 * LanewiseClassificationModel model = classifier.fit(train);
 * Dataset<Row> predictions = model.transform(test);
 * }</pre>
 *
 * <p>The images are a column of vectors, of arrays of numbers, or of bytes, each {@code [H, W, C]}
 * one row after the other; labels are whole numbers from 0.
 *
 * <p>Training is synchronous data-parallel stochastic gradient descent in one barrier stage. A
 * batch is cut into {@code shards}, each task computes some of them, and the gradients of all are
 * added in a fixed order. So the weights depend on the rows, the network and the parameters, but,
 * bit by bit, not on the number of tasks, the partitioning or order of the rows, or failures: they
 * are those of {@link dev.lanewise.layers.train.Trainer} with {@code shards} and {@link
 * dev.lanewise.layers.train.Sampling#byShards} on the rows in the order of the SHA-256 of label (an
 * integer) and values (floats), little-endian.
 */
public final class LanewiseClassifier extends Estimator<LanewiseClassificationModel>
    implements DefaultParamsWritable {
  private static final long serialVersionUID = 1;
  private static final int SECRET = 32; // bytes
  private static final int SLOTS_SECONDS = 30;

  private final String uid;
  private final transient Columns columns;
  private final Param<String> labelCol;
  private final Param<String> network;
  private final IntArrayParam imageShape;
  private final IntParam classes;
  private final DoubleArrayParam mean;
  private final DoubleArrayParam std;
  private final Param<String> optimizer;
  private final DoubleParam momentum;
  private final DoubleParam weightDecay;
  private final Param<String> schedule;
  private final DoubleParam learningRate;
  private final IntParam batchSize;
  private final IntParam epochs;
  private final LongParam seed;
  private final IntParam shards;
  private final IntParam tasks;
  private final DoubleParam validationFraction;
  private final Param<String> checkpointFolder;
  private final IntParam timeoutSeconds;

  /** With a name of its own. */
  public LanewiseClassifier() {
    this(Identifiable.randomUID("lanewise"));
  }

  /**
   * With a name that is given.
   *
   * @param uid the name
   */
  public LanewiseClassifier(String uid) {
    this.uid = uid;
    columns = new Columns(this);
    labelCol = new Param<>(this, "labelCol", "label column name: whole numbers from 0");
    network = new Param<>(this, "network", "name of a network, or path of a *.safetensors model");
    imageShape = new IntArrayParam(this, "imageShape", "height, width and channels of the images");
    classes =
        new IntParam(
            this, "classes", "how many classes; 0: one more than the largest label", atLeast(0));
    mean =
        new DoubleArrayParam(
            this, "mean", "what is taken from the values of each channel, or of all; empty: 0");
    std =
        new DoubleArrayParam(
            this, "std", "what the values of each channel, or of all, are divided by; empty: 1");
    optimizer = choice("optimizer", TrainingRecipe.OPTIMIZERS);
    momentum = new DoubleParam(this, "momentum", "momentum of sgd", range(0, 1, true, false));
    weightDecay = new DoubleParam(this, "weightDecay", "decay of the weights", atLeast(0));
    schedule = choice("schedule", TrainingRecipe.SCHEDULES);
    learningRate = new DoubleParam(this, "learningRate", "highest learning rate", above(0));
    batchSize = new IntParam(this, "batchSize", "images of a step, of all tasks", atLeast(1));
    epochs = new IntParam(this, "epochs", "how often all images are trained on", atLeast(1));
    seed = new LongParam(this, "seed", "of the weights, the order and all that is drawn");
    shards =
        new IntParam(
            this, "shards", "parts of a batch; the weights depend on their number", atLeast(1));
    tasks =
        new IntParam(
            this, "tasks", "how many tasks train; 0: as many as can, up to shards", atLeast(0));
    validationFraction =
        new DoubleParam(
            this,
            "validationFraction",
            "share of the rows that is held out to look at after each epoch",
            range(0, 1, true, false));
    checkpointFolder =
        new Param<>(this, "checkpointFolder", "where each epoch is saved; empty: nowhere");
    timeoutSeconds =
        new IntParam(this, "timeoutSeconds", "how long a task waits for another", atLeast(1));
    setDefault(columns.features, "features");
    setDefault(columns.prediction, "prediction");
    setDefault(columns.probability, "probability");
    setDefault(columns.rawPrediction, "rawPrediction");
    setDefault(labelCol, "label");
    setDefault(classes, 0);
    setDefault(mean, new double[0]);
    setDefault(std, new double[0]);
    setDefault(optimizer, "sgd");
    setDefault(momentum, 0.9);
    setDefault(weightDecay, 0.0);
    setDefault(schedule, "cosine");
    setDefault(learningRate, 0.05);
    setDefault(batchSize, 128);
    setDefault(epochs, 10);
    setDefault(seed, 1L);
    setDefault(shards, 8);
    setDefault(tasks, 0);
    setDefault(validationFraction, 0.0);
    setDefault(checkpointFolder, "");
    setDefault(timeoutSeconds, 300);
  }

  private static <T> scala.Function1<T, Object> atLeast(double least) {
    return ParamValidators.gtEq(least);
  }

  private static <T> scala.Function1<T, Object> above(double bound) {
    return ParamValidators.gt(bound);
  }

  private static <T> scala.Function1<T, Object> range(
      double low, double high, boolean lowIncluded, boolean highIncluded) {
    return ParamValidators.inRange(low, high, lowIncluded, highIncluded);
  }

  private Param<String> choice(String name, String[] choices) {
    String doc = String.join(", ", choices);
    return new Param<>(this, name, doc, ParamValidators.<String>inArray(List.of(choices)));
  }

  /**
   * Reads a classifier that {@code write().save(path)} has written.
   *
   * @param path where it lies
   * @return the classifier
   */
  public static LanewiseClassifier load(String path) {
    return read().load(path);
  }

  /**
   * A reader.
   *
   * @return for what {@link #write} has written
   */
  public static MLReader<LanewiseClassifier> read() {
    return new DefaultParamsReader<>();
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public LanewiseClassifier copy(ParamMap extra) {
    return defaultCopy(extra);
  }

  @Override
  public StructType transformSchema(StructType schema) {
    Columns.type(schema, getFeaturesCol());
    Columns.requireNumeric(schema, getLabelCol());
    return Columns.withPredictions(
        schema, getRawPredictionCol(), getProbabilityCol(), getPredictionCol());
  }

  /**
   * Trains.
   *
   * @param data with a column of images and one of labels
   * @return the trained network
   * @throws LanewiseSparkException if a parameter, the data or the cluster is not as it should be,
   *     or the training has diverged
   */
  @Override
  public LanewiseClassificationModel fit(Dataset<?> data) {
    transformSchema(data.schema());
    if (getShards() > getBatchSize()) {
      throw new LanewiseSparkException(
          ("shards must be at most the batch size of " + getBatchSize() + ", but is ")
              + getShards());
    }
    if (getTasks() > getShards()) {
      throw new LanewiseSparkException(
          "tasks must be at most the number of shards, " + getShards() + ", but is " + getTasks());
    }
    SparkContext context = data.sparkSession().sparkContext();
    Map<String, String> settings = settings(context.hadoopConfiguration());
    Network begun = NetworkSource.isFile(getNetwork()) ? fromFile(settings) : null;
    Shape shape = begun == null ? shape() : begun.inputShape();
    ImageColumn images = ImageColumn.of(data.schema(), getFeaturesCol(), shape);
    int buckets = Math.max(getShards(), context.defaultParallelism());
    TrainingRows rows = TrainingRows.of(data, images, getLabelCol(), buckets);
    int used = tasks(context); // now that executors have come to sort the rows
    begun = begun == null ? named(shape, rows.classes()) : begun;
    int outputs = begun.outputShape().size();
    if (rows.classes() > outputs) {
      throw new LanewiseSparkException(
          ("column '" + getLabelCol() + "' has the label " + (rows.classes() - 1))
              + (", but there are " + outputs + " classes"));
    }
    Network prepared = NetworkSource.normalized(begun, getMean(), getStd());
    TrainingOutcome outcome = train(context, rows, prepared, settings, used, outputs);
    LanewiseClassificationModel model =
        new LanewiseClassificationModel(uid, outcome.model(), outcome.epochs());
    model.setParent(this);
    return copyValues(model, extractParamMap());
  }

  private Shape shape() {
    if (!isDefined(imageShape)) {
      throw new LanewiseSparkException(
          "imageShape is not set: expected height, width and channels, such as 28, 28, 1");
    }
    int[] shape = getImageShape();
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

  private Network fromFile(Map<String, String> settings) {
    Network read = NetworkSource.file(getNetwork(), settings);
    if (isDefined(imageShape) && !shape().equals(read.inputShape())) {
      throw new LanewiseSparkException(
          getNetwork() + " takes images " + read.inputShape() + ", but imageShape is " + shape());
    }
    return read;
  }

  private Network named(Shape shape, int found) {
    int count = getClasses() == 0 ? Math.max(2, found) : getClasses();
    return NetworkSource.named(getNetwork(), shape, count, getSeed());
  }

  /** A barrier stage would wait for slots that are not there. */
  private int tasks(SparkContext context) {
    int slots = slots(context);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SLOTS_SECONDS);
    while (getTasks() > slots && !context.isLocal() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100)); // executors are on their way
      slots = slots(context);
    }
    if (getTasks() > Math.max(slots, 1)) {
      throw new LanewiseSparkException(
          ("a training of " + getTasks() + " tasks needs as many slots at once, but there are ")
              + (slots + ": start more executors or cores, or set tasks"));
    }
    return getTasks() > 0 ? getTasks() : Math.clamp(slots, 1, getShards());
  }

  private static int slots(SparkContext context) {
    return context.maxNumConcurrentTasks(context.resourceProfileManager().defaultResourceProfile());
  }

  private static Map<String, String> settings(Configuration configuration) {
    Map<String, String> settings = new HashMap<>();
    configuration.forEach(entry -> settings.put(entry.getKey(), entry.getValue()));
    return settings;
  }

  private TrainingOutcome train(
      SparkContext context,
      TrainingRows rows,
      Network begun,
      Map<String, String> settings,
      int used,
      int outputs) {
    int held = (int) Math.rint(rows.size() * getValidationFraction());
    if (held == rows.size()) {
      throw new LanewiseSparkException(
          "validationFraction " + getValidationFraction() + " leaves no row to train on");
    }
    Shares shares = new Shares(used, getShards(), getBatchSize(), held, rows.size() - held);
    TrainingRecipe recipe =
        new TrainingRecipe(
            getOptimizer(),
            getMomentum(),
            getWeightDecay(),
            getSchedule(),
            getLearningRate(),
            getBatchSize(),
            getEpochs(),
            getSeed(),
            getShards());
    byte[] model = ModelBytes.of(begun);
    String identity = recipe.identity() + " " + held + " " + rows.digest() + " " + sha(model);
    byte[] secret = new byte[SECRET];
    new SecureRandom().nextBytes(secret);
    TrainingTask task =
        new TrainingTask(
            recipe,
            shares,
            model,
            outputs,
            getCheckpointFolder(),
            settings,
            secret,
            encrypted(context.conf()),
            getTimeoutSeconds());
    return TrainingStage.run(rows, task, identity);
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

  // The parameters, for Spark, and each with a getter and a setter.

  /**
   * The parameter {@code featuresCol}.
   *
   * @return the column of images
   */
  public Param<String> featuresCol() {
    return columns.features;
  }

  /**
   * The value of {@code featuresCol}.
   *
   * @return the column of images
   */
  public String getFeaturesCol() {
    return getOrDefault(columns.features);
  }

  /**
   * Sets {@code featuresCol}.
   *
   * @param value the column of images
   * @return this classifier
   */
  public LanewiseClassifier setFeaturesCol(String value) {
    set(columns.features, value);
    return this;
  }

  /**
   * The parameter {@code labelCol}.
   *
   * @return the column of labels, whole numbers from 0
   */
  public Param<String> labelCol() {
    return labelCol;
  }

  /**
   * The value of {@code labelCol}.
   *
   * @return the column of labels, whole numbers from 0
   */
  public String getLabelCol() {
    return getOrDefault(labelCol);
  }

  /**
   * Sets {@code labelCol}.
   *
   * @param value the column of labels, whole numbers from 0
   * @return this classifier
   */
  public LanewiseClassifier setLabelCol(String value) {
    set(labelCol, value);
    return this;
  }

  /**
   * The parameter {@code predictionCol}.
   *
   * @return the column that receives the class
   */
  public Param<String> predictionCol() {
    return columns.prediction;
  }

  /**
   * The value of {@code predictionCol}.
   *
   * @return the column that receives the class
   */
  public String getPredictionCol() {
    return getOrDefault(columns.prediction);
  }

  /**
   * Sets {@code predictionCol}.
   *
   * @param value the column that receives the class
   * @return this classifier
   */
  public LanewiseClassifier setPredictionCol(String value) {
    set(columns.prediction, value);
    return this;
  }

  /**
   * The parameter {@code probabilityCol}.
   *
   * @return the column that receives the probabilities; empty for none
   */
  public Param<String> probabilityCol() {
    return columns.probability;
  }

  /**
   * The value of {@code probabilityCol}.
   *
   * @return the column that receives the probabilities; empty for none
   */
  public String getProbabilityCol() {
    return getOrDefault(columns.probability);
  }

  /**
   * Sets {@code probabilityCol}.
   *
   * @param value the column that receives the probabilities; empty for none
   * @return this classifier
   */
  public LanewiseClassifier setProbabilityCol(String value) {
    set(columns.probability, value);
    return this;
  }

  /**
   * The parameter {@code rawPredictionCol}.
   *
   * @return the column that receives the logits; empty for none
   */
  public Param<String> rawPredictionCol() {
    return columns.rawPrediction;
  }

  /**
   * The value of {@code rawPredictionCol}.
   *
   * @return the column that receives the logits; empty for none
   */
  public String getRawPredictionCol() {
    return getOrDefault(columns.rawPrediction);
  }

  /**
   * Sets {@code rawPredictionCol}.
   *
   * @param value the column that receives the logits; empty for none
   * @return this classifier
   */
  public LanewiseClassifier setRawPredictionCol(String value) {
    set(columns.rawPrediction, value);
    return this;
  }

  /**
   * The parameter {@code network}.
   *
   * @return a name of {@link dev.lanewise.layers.models.Models}, or the path of a model file,
   *     {@code *.safetensors}, whose weights are trained on
   */
  public Param<String> network() {
    return network;
  }

  /**
   * The value of {@code network}.
   *
   * @return a name of {@link dev.lanewise.layers.models.Models}, or the path of a model file,
   *     {@code *.safetensors}, whose weights are trained on
   */
  public String getNetwork() {
    return getOrDefault(network);
  }

  /**
   * Sets {@code network}.
   *
   * @param value a name of {@link dev.lanewise.layers.models.Models}, or the path of a model file,
   *     {@code *.safetensors}, whose weights are trained on
   * @return this classifier
   */
  public LanewiseClassifier setNetwork(String value) {
    set(network, value);
    return this;
  }

  /**
   * The parameter {@code classes}.
   *
   * @return how many classes there are; 0, the default: one more than the largest label
   */
  public IntParam classes() {
    return classes;
  }

  /**
   * The value of {@code classes}.
   *
   * @return how many classes there are; 0, the default: one more than the largest label
   */
  public int getClasses() {
    return (int) getOrDefault(classes);
  }

  /**
   * Sets {@code classes}.
   *
   * @param value how many classes there are; 0, the default: one more than the largest label
   * @return this classifier
   */
  public LanewiseClassifier setClasses(int value) {
    set(classes, value);
    return this;
  }

  /**
   * The parameter {@code mean}.
   *
   * @return what is taken from the values of each channel, or one number for all; then they are
   *     divided by {@code std}
   */
  public DoubleArrayParam mean() {
    return mean;
  }

  /**
   * The value of {@code mean}.
   *
   * @return what is taken from the values of each channel, or one number for all; then they are
   *     divided by {@code std}
   */
  public double[] getMean() {
    return getOrDefault(mean);
  }

  /**
   * Sets {@code mean}.
   *
   * @param value what is taken from the values of each channel, or one number for all; then they
   *     are divided by {@code std}
   * @return this classifier
   */
  public LanewiseClassifier setMean(double[] value) {
    set(mean, value);
    return this;
  }

  /**
   * The parameter {@code std}.
   *
   * @return what the values of each channel, or of all, are divided by
   */
  public DoubleArrayParam std() {
    return std;
  }

  /**
   * The value of {@code std}.
   *
   * @return what the values of each channel, or of all, are divided by
   */
  public double[] getStd() {
    return getOrDefault(std);
  }

  /**
   * Sets {@code std}.
   *
   * @param value what the values of each channel, or of all, are divided by
   * @return this classifier
   */
  public LanewiseClassifier setStd(double[] value) {
    set(std, value);
    return this;
  }

  /**
   * The parameter {@code optimizer}.
   *
   * @return {@code sgd}, the default, {@code adam} or {@code adamw}
   */
  public Param<String> optimizer() {
    return optimizer;
  }

  /**
   * The value of {@code optimizer}.
   *
   * @return {@code sgd}, the default, {@code adam} or {@code adamw}
   */
  public String getOptimizer() {
    return getOrDefault(optimizer);
  }

  /**
   * Sets {@code optimizer}.
   *
   * @param value {@code sgd}, the default, {@code adam} or {@code adamw}
   * @return this classifier
   */
  public LanewiseClassifier setOptimizer(String value) {
    set(optimizer, value);
    return this;
  }

  /**
   * The parameter {@code momentum}.
   *
   * @return of {@code sgd}, from 0 to below 1; by default 0.9
   */
  public DoubleParam momentum() {
    return momentum;
  }

  /**
   * The value of {@code momentum}.
   *
   * @return of {@code sgd}, from 0 to below 1; by default 0.9
   */
  public double getMomentum() {
    return (double) getOrDefault(momentum);
  }

  /**
   * Sets {@code momentum}.
   *
   * @param value of {@code sgd}, from 0 to below 1; by default 0.9
   * @return this classifier
   */
  public LanewiseClassifier setMomentum(double value) {
    set(momentum, value);
    return this;
  }

  /**
   * The parameter {@code weightDecay}.
   *
   * @return as the optimizer understands it; by default 0
   */
  public DoubleParam weightDecay() {
    return weightDecay;
  }

  /**
   * The value of {@code weightDecay}.
   *
   * @return as the optimizer understands it; by default 0
   */
  public double getWeightDecay() {
    return (double) getOrDefault(weightDecay);
  }

  /**
   * Sets {@code weightDecay}.
   *
   * @param value as the optimizer understands it; by default 0
   * @return this classifier
   */
  public LanewiseClassifier setWeightDecay(double value) {
    set(weightDecay, value);
    return this;
  }

  /**
   * The parameter {@code schedule}.
   *
   * @return {@code cosine}, the default, {@code constant} or {@code one_cycle}
   */
  public Param<String> schedule() {
    return schedule;
  }

  /**
   * The value of {@code schedule}.
   *
   * @return {@code cosine}, the default, {@code constant} or {@code one_cycle}
   */
  public String getSchedule() {
    return getOrDefault(schedule);
  }

  /**
   * Sets {@code schedule}.
   *
   * @param value {@code cosine}, the default, {@code constant} or {@code one_cycle}
   * @return this classifier
   */
  public LanewiseClassifier setSchedule(String value) {
    set(schedule, value);
    return this;
  }

  /**
   * The parameter {@code learningRate}.
   *
   * @return the highest rate of the schedule; by default 0.05
   */
  public DoubleParam learningRate() {
    return learningRate;
  }

  /**
   * The value of {@code learningRate}.
   *
   * @return the highest rate of the schedule; by default 0.05
   */
  public double getLearningRate() {
    return (double) getOrDefault(learningRate);
  }

  /**
   * Sets {@code learningRate}.
   *
   * @param value the highest rate of the schedule; by default 0.05
   * @return this classifier
   */
  public LanewiseClassifier setLearningRate(double value) {
    set(learningRate, value);
    return this;
  }

  /**
   * The parameter {@code batchSize}.
   *
   * @return how many images make a step, in all tasks together; by default 128
   */
  public IntParam batchSize() {
    return batchSize;
  }

  /**
   * The value of {@code batchSize}.
   *
   * @return how many images make a step, in all tasks together; by default 128
   */
  public int getBatchSize() {
    return (int) getOrDefault(batchSize);
  }

  /**
   * Sets {@code batchSize}.
   *
   * @param value how many images make a step, in all tasks together; by default 128
   * @return this classifier
   */
  public LanewiseClassifier setBatchSize(int value) {
    set(batchSize, value);
    return this;
  }

  /**
   * The parameter {@code epochs}.
   *
   * @return how many times all images are trained on; by default 10
   */
  public IntParam epochs() {
    return epochs;
  }

  /**
   * The value of {@code epochs}.
   *
   * @return how many times all images are trained on; by default 10
   */
  public int getEpochs() {
    return (int) getOrDefault(epochs);
  }

  /**
   * Sets {@code epochs}.
   *
   * @param value how many times all images are trained on; by default 10
   * @return this classifier
   */
  public LanewiseClassifier setEpochs(int value) {
    set(epochs, value);
    return this;
  }

  /**
   * The parameter {@code seed}.
   *
   * @return decides the first weights, the order of the images and all that is drawn; by default 1
   */
  public LongParam seed() {
    return seed;
  }

  /**
   * The value of {@code seed}.
   *
   * @return decides the first weights, the order of the images and all that is drawn; by default 1
   */
  public long getSeed() {
    return (long) getOrDefault(seed);
  }

  /**
   * Sets {@code seed}.
   *
   * @param value decides the first weights, the order of the images and all that is drawn; by
   *     default 1
   * @return this classifier
   */
  public LanewiseClassifier setSeed(long value) {
    set(seed, value);
    return this;
  }

  /**
   * The parameter {@code shards}.
   *
   * @return into how many parts a batch is cut; by default 8. The weights depend on it
   */
  public IntParam shards() {
    return shards;
  }

  /**
   * The value of {@code shards}.
   *
   * @return into how many parts a batch is cut; by default 8. The weights depend on it
   */
  public int getShards() {
    return (int) getOrDefault(shards);
  }

  /**
   * Sets {@code shards}.
   *
   * @param value into how many parts a batch is cut; by default 8. The weights depend on it
   * @return this classifier
   */
  public LanewiseClassifier setShards(int value) {
    set(shards, value);
    return this;
  }

  /**
   * The parameter {@code tasks}.
   *
   * @return how many tasks train together; 0, the default: as many as can run at once, up to {@code
   *     shards}. The weights do not depend on it
   */
  public IntParam tasks() {
    return tasks;
  }

  /**
   * The value of {@code tasks}.
   *
   * @return how many tasks train together; 0, the default: as many as can run at once, up to {@code
   *     shards}. The weights do not depend on it
   */
  public int getTasks() {
    return (int) getOrDefault(tasks);
  }

  /**
   * Sets {@code tasks}.
   *
   * @param value how many tasks train together; 0, the default: as many as can run at once, up to
   *     {@code shards}. The weights do not depend on it
   * @return this classifier
   */
  public LanewiseClassifier setTasks(int value) {
    set(tasks, value);
    return this;
  }

  /**
   * The parameter {@code validationFraction}.
   *
   * @return the share of the rows that is held out, to be looked at after each epoch; by default 0
   */
  public DoubleParam validationFraction() {
    return validationFraction;
  }

  /**
   * The value of {@code validationFraction}.
   *
   * @return the share of the rows that is held out, to be looked at after each epoch; by default 0
   */
  public double getValidationFraction() {
    return (double) getOrDefault(validationFraction);
  }

  /**
   * Sets {@code validationFraction}.
   *
   * @param value the share of the rows that is held out, to be looked at after each epoch; by
   *     default 0
   * @return this classifier
   */
  public LanewiseClassifier setValidationFraction(double value) {
    set(validationFraction, value);
    return this;
  }

  /**
   * The parameter {@code checkpointFolder}.
   *
   * @return where each epoch is saved, in any file system that Hadoop knows; empty, the default:
   *     nowhere
   */
  public Param<String> checkpointFolder() {
    return checkpointFolder;
  }

  /**
   * The value of {@code checkpointFolder}.
   *
   * @return where each epoch is saved, in any file system that Hadoop knows; empty, the default:
   *     nowhere
   */
  public String getCheckpointFolder() {
    return getOrDefault(checkpointFolder);
  }

  /**
   * Sets {@code checkpointFolder}.
   *
   * @param value where each epoch is saved, in any file system that Hadoop knows; empty, the
   *     default: nowhere
   * @return this classifier
   */
  public LanewiseClassifier setCheckpointFolder(String value) {
    set(checkpointFolder, value);
    return this;
  }

  /**
   * The parameter {@code timeoutSeconds}.
   *
   * @return how long a task waits for another one before the stage is tried again; by default 300
   */
  public IntParam timeoutSeconds() {
    return timeoutSeconds;
  }

  /**
   * The value of {@code timeoutSeconds}.
   *
   * @return how long a task waits for another one before the stage is tried again; by default 300
   */
  public int getTimeoutSeconds() {
    return (int) getOrDefault(timeoutSeconds);
  }

  /**
   * Sets {@code timeoutSeconds}.
   *
   * @param value how long a task waits for another one before the stage is tried again; by default
   *     300
   * @return this classifier
   */
  public LanewiseClassifier setTimeoutSeconds(int value) {
    set(timeoutSeconds, value);
    return this;
  }

  /**
   * The parameter {@code imageShape}.
   *
   * @return height, width and channels of the images
   */
  public IntArrayParam imageShape() {
    return imageShape;
  }

  /**
   * The value of {@code imageShape}.
   *
   * @return height, width and channels of the images
   */
  public int[] getImageShape() {
    return getOrDefault(imageShape);
  }

  /**
   * Sets {@code imageShape}. A network from a file says it by itself.
   *
   * @param height rows
   * @param width columns
   * @param channels values of a pixel
   * @return this classifier
   */
  public LanewiseClassifier setImageShape(int height, int width, int channels) {
    set(imageShape, new int[] {height, width, channels});
    return this;
  }
}
