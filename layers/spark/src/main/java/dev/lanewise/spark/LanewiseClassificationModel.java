// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import dev.lanewise.layers.Network;
import java.util.List;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.expressions.UserDefinedFunction;

/**
 * A trained network that classifies the images of a DataFrame: {@link #transform} adds columns for
 * the class, the probabilities and the logits. It comes from {@link LanewiseClassifier#fit}, from
 * {@link #load}, or from a network that was trained elsewhere.
 */
public final class LanewiseClassificationModel extends LanewiseModel<LanewiseClassificationModel>
    implements ClassificationParams<LanewiseClassificationModel> {
  private static final long serialVersionUID = 1;

  private final Param<String> predictionCol = Declared.prediction(this);
  private final Param<String> probabilityCol = Declared.probability(this);
  private final Param<String> rawPredictionCol = Declared.rawPrediction(this);

  LanewiseClassificationModel(String uid, byte[] network, List<EpochSummary> history) {
    super(uid, network, history);
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
    return new Reader<>(LanewiseClassificationModel.class, LanewiseClassificationModel::new);
  }

  @Override
  Maker<LanewiseClassificationModel> maker() {
    return LanewiseClassificationModel::new;
  }

  @Override
  List<AnswerColumn> answers() {
    return AnswerColumn.of(this);
  }

  @Override
  Answer answer() {
    return Answer.CLASS;
  }

  /**
   * The network as a function of an image, as {@link #udf}, that returns the vector of the
   * probabilities.
   *
   * @return the function
   */
  public UserDefinedFunction probabilityUdf() {
    return udf(Answer.PROBABILITIES);
  }

  @Override
  public Param<String> predictionCol() {
    return predictionCol;
  }

  @Override
  public Param<String> probabilityCol() {
    return probabilityCol;
  }

  @Override
  public Param<String> rawPredictionCol() {
    return rawPredictionCol;
  }
}
