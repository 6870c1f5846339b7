// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.util.List;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.StructType;

/**
 * Trains a network that predicts one or several numbers from each image of a DataFrame.
 *
 * <pre>{@code
 * LanewiseRegressor regressor =
 *     new LanewiseRegressor().setNetwork("resnet20").setImageShape(32, 32, 3).setLoss("huber");
 * LanewiseRegressionModel model = regressor.fit(train);
 * }</pre>
 *
 * <p>The targets are a column of numbers, or of vectors of two or more. They are taken as they are:
 * a network learns best where they are near 0 and of a size of about 1.
 */
public final class LanewiseRegressor
    extends LanewiseEstimator<LanewiseRegressor, LanewiseRegressionModel> {
  private static final long serialVersionUID = 1;

  private final Param<String> loss = Declared.choice(this, "loss", LossChoice.REGRESSION, "mse");
  private final DoubleParam delta =
      Declared.with(
          this,
          new DoubleParam(
              this, "delta", "error beyond which huber is linear", ParamValidators.gt(0)),
          1.0);

  /** With a name of its own. */
  public LanewiseRegressor() {
    this(Identifiable.randomUID("lanewise"));
  }

  /**
   * With a name that is given.
   *
   * @param uid the name
   */
  public LanewiseRegressor(String uid) {
    super(uid);
  }

  /**
   * Reads a regressor that {@code write().save(path)} has written.
   *
   * @param path where it lies
   * @return the regressor
   */
  public static LanewiseRegressor load(String path) {
    return read().load(path);
  }

  /**
   * A reader.
   *
   * @return for what {@link #write} has written
   */
  public static MLReader<LanewiseRegressor> read() {
    return new DefaultParamsReader<>();
  }

  @Override
  List<AnswerColumn> answers(StructType schema) {
    boolean number = TargetColumn.isNumber(schema, getLabelCol());
    return AnswerColumn.named(
        new AnswerColumn(getPredictionCol(), number ? Answer.NUMBER : Answer.OUTPUTS));
  }

  @Override
  void requireTarget(StructType schema) {
    TargetColumn.isNumber(schema, getLabelCol());
  }

  @Override
  TargetColumn target(Dataset<?> data) {
    return TargetColumn.numbers(data, getLabelCol());
  }

  @Override
  LossChoice lossChoice() {
    return new LossChoice(getLoss(), getDelta());
  }

  @Override
  int outputs(TrainingRows rows) {
    return rows.format().target().size();
  }

  @Override
  void requireFit(TrainingRows rows, int outputs) {
    int size = rows.format().target().size();
    if (size != outputs) {
      throw new LanewiseSparkException(
          ("column '"
                  + getLabelCol()
                  + "' has targets of "
                  + size
                  + " numbers, but the network has ")
              + (outputs + " outputs"));
    }
  }

  @Override
  LanewiseRegressionModel model(byte[] network, List<EpochSummary> history) {
    return new LanewiseRegressionModel(uid(), network, history);
  }

  /**
   * What is made small.
   *
   * @return {@code mse}, the default, the mean squared error; {@code mae}, the mean absolute one;
   *     or {@code huber}, quadratic for errors up to {@link #delta}, linear for larger ones
   */
  public Param<String> loss() {
    return loss;
  }

  /** {@return the value of {@link #loss}} */
  public String getLoss() {
    return getOrDefault(loss);
  }

  /** Sets {@link #loss}. */
  public LanewiseRegressor setLoss(String value) {
    return Declared.set(this, loss, value);
  }

  /**
   * Where the loss {@code huber} becomes linear.
   *
   * @return an error above 0; by default 1
   */
  public DoubleParam delta() {
    return delta;
  }

  /** {@return the value of {@link #delta}} */
  public double getDelta() {
    return (double) getOrDefault(delta);
  }

  /** Sets {@link #delta}. */
  public LanewiseRegressor setDelta(double value) {
    return Declared.set(this, delta, value);
  }
}
