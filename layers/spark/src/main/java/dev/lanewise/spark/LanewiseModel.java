// SPDX-License-Identifier: Apache-2.0
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
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import scala.Option;

/**
 * A network that is applied to the images of a DataFrame.
 *
 * <p>{@link #transform} adds columns. Images go through the network in batches, by one thread for
 * each task; each executor has the network once. A row that is no image ends the job with a {@link
 * LanewiseSparkException}.
 *
 * @param <M> the model, which its setters return
 */
public abstract class LanewiseModel<M extends LanewiseModel<M>> extends Model<M>
    implements ImageParams<M>, MLWritable {
  private static final long serialVersionUID = 1;
  private static final String FILE = "network.safetensors";

  private final String uid;
  private final Param<String> featuresCol = Declared.features(this);
  private final Param<String> binaryFormat = Declared.binaryFormat(this);
  private final IntParam inferenceBatch =
      Declared.with(
          this,
          new IntParam(
              this, "inferenceBatch", "images at a time in transform", ParamValidators.gtEq(1)),
          64);
  private final byte[] network;
  private final transient List<EpochSummary> history;
  private transient Network parsed; // null: not yet
  private transient SparkContext sender; // null: not sent yet
  private transient Broadcast<byte[]> sent;

  LanewiseModel(String uid, byte[] network, List<EpochSummary> history) {
    this.uid = uid; // before the parameters, which take it over
    super();
    this.network = network;
    this.history = List.copyOf(history);
  }

  /** Makes a model of this class. */
  @FunctionalInterface
  interface Maker<M> {
    M of(String uid, byte[] network, List<EpochSummary> history);
  }

  abstract Maker<M> maker();

  /** The columns that {@link #transform} adds. */
  abstract List<AnswerColumn> answers();

  /** What {@link #udf} returns. */
  abstract Answer answer();

  /** The layer whose outputs are told, by name; empty for the last one. */
  String lastLayer() {
    return "";
  }

  /**
   * The network, for programs without Spark.
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

  /** The network, for what is asked of it here: read once, and not to be changed. */
  final synchronized Network known() {
    if (parsed == null) {
      parsed = network();
    }
    return parsed;
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public M copy(ParamMap extra) {
    M copy = maker().of(uid, network, history);
    copy.setParent(parent());
    return copyValues(copy, extra);
  }

  @Override
  public StructType transformSchema(StructType schema) {
    ImageColumn.require(schema, this);
    return AnswerColumn.added(schema, answers());
  }

  /**
   * Applies the network.
   *
   * @param data with a column of images
   * @return the same rows, with further columns
   * @throws LanewiseSparkException if there is no such column, or one that would be added is there
   *     already
   */
  @Override
  public Dataset<Row> transform(Dataset<?> data) {
    StructType schema = transformSchema(data.schema());
    ImageColumn images = ImageColumn.of(data.schema(), this, known());
    List<Answer> answers = answers().stream().map(AnswerColumn::answer).toList();
    Inference inference = inference(data.sparkSession(), getInferenceBatch());
    Prediction prediction = new Prediction(images, data.schema(), answers, inference);
    return data.toDF()
        .mapPartitions((MapPartitionsFunction<Row, Row>) prediction::of, Encoders.row(schema));
  }

  /**
   * The network as a function of an image, for queries: what {@link #transform} adds, for a
   * classification the class.
   *
   * <pre>{@code
   * spark.udf().register("digit", model.udf());
   * spark.sql("SELECT count(*) FROM scans WHERE digit(pixels) = 7");
   * }</pre>
   *
   * <p>It takes what may be in the column of images, and binary as {@link #binaryFormat} says. Each
   * image goes through the network by itself: {@link #transform} is faster. The function belongs to
   * the Spark that is running when it is made.
   *
   * @return the function
   */
  public UserDefinedFunction udf() {
    return udf(answer());
  }

  UserDefinedFunction udf(Answer answer) {
    ImageColumn images = ImageColumn.of(new StructType(), this, known());
    Inference inference = inference(SparkSession.active(), 1);
    UDF1<Object, Object> function = image -> inference.of(images, image, answer);
    return functions.udf(function, answer.type());
  }

  private Inference inference(SparkSession session, int batch) {
    String last = lastLayer();
    if (!last.isEmpty()) {
      try {
        known().upTo(last);
      } catch (IllegalArgumentException e) {
        throw new LanewiseSparkException("layer: " + e.getMessage(), e);
      }
    }
    return new Inference(send(session), last, batch);
  }

  /** Once for all calls of a Spark that has not been stopped. */
  private synchronized Broadcast<byte[]> send(SparkSession session) {
    SparkContext context = session.sparkContext();
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

  /** Spark's metadata, and beside it the model file, which any program with Lanewise reads. */
  private static final class Writer extends MLWriter {
    private final LanewiseModel<?> model;

    Writer(LanewiseModel<?> model) {
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

  /** Reads what {@link #write} has written. */
  static final class Reader<M extends LanewiseModel<M>> extends MLReader<M> {
    private final Class<M> kind;
    private final Maker<M> maker;

    Reader(Class<M> kind, Maker<M> maker) {
      this.kind = kind;
      this.maker = maker;
    }

    @Override
    public M load(String path) {
      DefaultParamsReader.Metadata metadata =
          DefaultParamsReader.loadMetadata(path, sparkSession(), kind.getName());
      Path file = new Path(path, FILE);
      try (var in = file.getFileSystem(sc().hadoopConfiguration()).open(file)) {
        byte[] bytes = in.readAllBytes();
        ModelBytes.network(bytes); // refuses a damaged one now
        M model = maker.of(metadata.uid(), bytes, List.of());
        metadata.getAndSetParams(model, Option.empty());
        return model;
      } catch (IOException | UncheckedIOException e) {
        throw new LanewiseSparkException("no model can be read: " + e.getMessage(), e);
      }
    }
  }

  @Override
  public Param<String> featuresCol() {
    return featuresCol;
  }

  @Override
  public Param<String> binaryFormat() {
    return binaryFormat;
  }

  /**
   * The batches of an inference.
   *
   * @return how many images go through the network at a time; by default 64
   */
  public IntParam inferenceBatch() {
    return inferenceBatch;
  }

  /** {@return the value of {@link #inferenceBatch}} */
  public int getInferenceBatch() {
    return (int) getOrDefault(inferenceBatch);
  }

  /** Sets {@link #inferenceBatch}. */
  public M setInferenceBatch(int value) {
    return Declared.set(this, inferenceBatch, value);
  }
}
