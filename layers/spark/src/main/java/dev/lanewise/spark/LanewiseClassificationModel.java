package dev.lanewise.spark;

import dev.lanewise.layers.Network;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import scala.Option;

/**
 * A trained network that classifies the images of a DataFrame. It comes from {@link
 * LanewiseClassifier#fit}, from {@link #load}, or from a network that was trained elsewhere.
 *
 * <p>{@link #transform} adds columns for the class, the probabilities and the logits. Images go
 * through the network in batches, by one thread for each task; each executor has the network once.
 * A row that is no image ends the job with a {@link LanewiseSparkException}.
 */
public final class LanewiseClassificationModel extends Model<LanewiseClassificationModel>
    implements MLWritable {
  private static final long serialVersionUID = 1;
  private static final String FILE = "network.safetensors";

  private final String uid;
  private final byte[] network;
  private final transient List<EpochSummary> history;
  private final transient Columns columns;
  private final IntParam inferenceBatch;
  private transient SparkContext sender; // null: not sent yet
  private transient Broadcast<byte[]> sent;

  LanewiseClassificationModel(String uid, byte[] network, List<EpochSummary> history) {
    this.uid = uid;
    this.network = network;
    this.history = List.copyOf(history);
    columns = new Columns(this);
    inferenceBatch =
        new IntParam(
            this, "inferenceBatch", "images at a time in transform", ParamValidators.gtEq(1));
    setDefault(columns.features, "features");
    setDefault(columns.prediction, "prediction");
    setDefault(columns.probability, "probability");
    setDefault(columns.rawPrediction, "rawPrediction");
    setDefault(inferenceBatch, 64);
  }

  /**
   * A model of a network that was trained elsewhere.
   *
   * @param uid a name, such as {@code Identifiable.randomUID("lanewise")}
   * @param network the network; its weights are copied
   * @return the model
   */
  public static LanewiseClassificationModel of(String uid, Network network) {
    return new LanewiseClassificationModel(uid, ModelBytes.of(network), List.of());
  }

  /**
   * The trained network, for programs without Spark.
   *
   * @return a new copy
   */
  public Network network() {
    return ModelBytes.network(network);
  }

  /**
   * How the training went.
   *
   * @return a summary of each epoch; empty for a model that was read or made of a network
   */
  public List<EpochSummary> history() {
    return history;
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public LanewiseClassificationModel copy(ParamMap extra) {
    LanewiseClassificationModel copy = new LanewiseClassificationModel(uid, network, history);
    copy.setParent(parent());
    return copyValues(copy, extra);
  }

  @Override
  public StructType transformSchema(StructType schema) {
    Columns.type(schema, getFeaturesCol());
    return Columns.withPredictions(
        schema, getRawPredictionCol(), getProbabilityCol(), getPredictionCol());
  }

  /**
   * Classifies.
   *
   * @param data with a column of images
   * @return the same rows, with further columns
   * @throws LanewiseSparkException if there is no such column, or one that would be added is there
   *     already
   */
  @Override
  public Dataset<Row> transform(Dataset<?> data) {
    StructType schema = transformSchema(data.schema());
    ImageColumn images = ImageColumn.of(data.schema(), getFeaturesCol(), network().inputShape());
    Prediction prediction =
        new Prediction(
            images,
            data.schema().fieldIndex(getFeaturesCol()),
            !getRawPredictionCol().isEmpty(),
            !getProbabilityCol().isEmpty(),
            !getPredictionCol().isEmpty(),
            getInferenceBatch());
    Broadcast<byte[]> model = send(data);
    return data.toDF()
        .mapPartitions(
            (MapPartitionsFunction<Row, Row>) rows -> prediction.of(rows, model),
            Encoders.row(schema));
  }

  /** Once for all calls of a Spark that has not been stopped. */
  private synchronized Broadcast<byte[]> send(Dataset<?> data) {
    SparkContext context = data.sparkSession().sparkContext();
    if (sender != context) {
      sent = new JavaSparkContext(context).broadcast(network);
      sender = context;
    }
    return sent;
  }

  @Override
  public MLWriter write() {
    return new Writer(this);
  }

  /**
   * Reads a model that {@code write().save(path)} has written.
   *
   * @param path where it lies
   * @return the model
   */
  public static LanewiseClassificationModel load(String path) {
    return read().load(path);
  }

  /**
   * A reader.
   *
   * @return for what {@link #write} has written
   */
  public static MLReader<LanewiseClassificationModel> read() {
    return new Reader();
  }

  /** Spark's metadata, and beside it the model file, which any program with Lanewise reads. */
  private static final class Writer extends MLWriter {
    private final LanewiseClassificationModel model;

    Writer(LanewiseClassificationModel model) {
      this.model = model;
    }

    @Override
    public void saveImpl(String path) {
      DefaultParamsWriter.saveMetadata(model, path, sparkSession());
      Path file = new Path(path, FILE);
      try (OutputStream out = file.getFileSystem(sc().hadoopConfiguration()).create(file, true)) {
        out.write(model.network);
      } catch (IOException e) {
        throw new LanewiseSparkException("the model cannot be saved: " + e.getMessage(), e);
      }
    }
  }

  /** Reads what {@link Writer} has written. */
  private static final class Reader extends MLReader<LanewiseClassificationModel> {
    @Override
    public LanewiseClassificationModel load(String path) {
      DefaultParamsReader.Metadata metadata =
          DefaultParamsReader.loadMetadata(
              path, sparkSession(), LanewiseClassificationModel.class.getName());
      Path file = new Path(path, FILE);
      try (var in = file.getFileSystem(sc().hadoopConfiguration()).open(file)) {
        byte[] bytes = in.readAllBytes();
        ModelBytes.network(bytes); // refuses a damaged one now
        LanewiseClassificationModel model =
            new LanewiseClassificationModel(metadata.uid(), bytes, List.of());
        metadata.getAndSetParams(model, Option.empty());
        return model;
      } catch (IOException | UncheckedIOException e) {
        throw new LanewiseSparkException("no model can be read: " + e.getMessage(), e);
      }
    }
  }

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
   * @return this model
   */
  public LanewiseClassificationModel setFeaturesCol(String value) {
    set(columns.features, value);
    return this;
  }

  /**
   * The parameter {@code predictionCol}.
   *
   * @return the column that receives the class; empty for none
   */
  public Param<String> predictionCol() {
    return columns.prediction;
  }

  /**
   * The value of {@code predictionCol}.
   *
   * @return the column that receives the class; empty for none
   */
  public String getPredictionCol() {
    return getOrDefault(columns.prediction);
  }

  /**
   * Sets {@code predictionCol}.
   *
   * @param value the column that receives the class; empty for none
   * @return this model
   */
  public LanewiseClassificationModel setPredictionCol(String value) {
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
   * @return this model
   */
  public LanewiseClassificationModel setProbabilityCol(String value) {
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
   * @return this model
   */
  public LanewiseClassificationModel setRawPredictionCol(String value) {
    set(columns.rawPrediction, value);
    return this;
  }

  /**
   * The parameter {@code inferenceBatch}.
   *
   * @return how many images go through the network at a time; by default 64
   */
  public IntParam inferenceBatch() {
    return inferenceBatch;
  }

  /**
   * The value of {@code inferenceBatch}.
   *
   * @return how many images go through the network at a time; by default 64
   */
  public int getInferenceBatch() {
    return (int) getOrDefault(inferenceBatch);
  }

  /**
   * Sets {@code inferenceBatch}.
   *
   * @param value how many images go through the network at a time; by default 64
   * @return this model
   */
  public LanewiseClassificationModel setInferenceBatch(int value) {
    set(inferenceBatch, value);
    return this;
  }
}
