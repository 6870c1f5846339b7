// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import dev.lanewise.layers.Network;
import java.util.List;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.util.MLReader;

/**
 * A trained network that predicts numbers from the images of a DataFrame: {@link #transform} adds a
 * column for the number, or for the vector of them if the network has several outputs. It comes
 * from {@link LanewiseRegressor#fit}, from {@link #load}, or from a network that was trained
 * elsewhere.
 */
public final class LanewiseRegressionModel extends LanewiseModel<LanewiseRegressionModel>
    implements PredictionParams<LanewiseRegressionModel> {
  private static final long serialVersionUID = 1;

  private final Param<String> predictionCol = Declared.prediction(this);

  LanewiseRegressionModel(String uid, byte[] network, List<EpochSummary> history) {
    super(uid, network, history);
  }

  /**
   * A model of a network that was trained elsewhere.
   *
   * @param uid a name, such as {@code Identifiable.randomUID("lanewise")}
   * @param network the network; its weights are copied
   * @return the model
   */
  public static LanewiseRegressionModel of(String uid, Network network) {
    return new LanewiseRegressionModel(uid, ModelBytes.of(network), List.of());
  }

  /**
   * Reads a model that {@code write().save(path)} has written.
   *
   * @param path where it lies
   * @return the model
   */
  public static LanewiseRegressionModel load(String path) {
    return read().load(path);
  }

  /**
   * A reader.
   *
   * @return for what {@link #write} has written
   */
  public static MLReader<LanewiseRegressionModel> read() {
    return new Reader<>(LanewiseRegressionModel.class, LanewiseRegressionModel::new);
  }

  @Override
  Maker<LanewiseRegressionModel> maker() {
    return LanewiseRegressionModel::new;
  }

  @Override
  List<AnswerColumn> answers() {
    return AnswerColumn.named(new AnswerColumn(getPredictionCol(), answer()));
  }

  @Override
  Answer answer() {
    return known().outputShape().size() == 1 ? Answer.NUMBER : Answer.OUTPUTS;
  }

  @Override
  public Param<String> predictionCol() {
    return predictionCol;
  }
}
