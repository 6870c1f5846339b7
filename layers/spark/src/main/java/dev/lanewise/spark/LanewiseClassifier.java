// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.util.List;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.StructType;

/**
 * Trains a network that classifies the images of a DataFrame.
 *
 * <pre>{@code
 * LanewiseClassifier classifier =
 *     new LanewiseClassifier().setNetwork("lenet5").setImageShape(28, 28, 1).setEpochs(5);
 * LanewiseClassificationModel model = classifier.fit(train);
 * Dataset<Row> predictions = model.transform(test);
 * }</pre>
 *
 * <p>The targets are labels, whole numbers from 0.
 */
public final class LanewiseClassifier
    extends LanewiseEstimator<LanewiseClassifier, LanewiseClassificationModel>
    implements ClassificationParams<LanewiseClassifier> {
  private static final long serialVersionUID = 1;

  private final Param<String> probabilityCol = Declared.probability(this);
  private final Param<String> rawPredictionCol = Declared.rawPrediction(this);
  private final IntParam classes =
      Declared.with(
          this,
          new IntParam(
              this,
              "classes",
              "how many classes; 0: one more than the largest label",
              ParamValidators.gtEq(0)),
          0);

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
    super(uid);
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
  List<AnswerColumn> answers(StructType schema) {
    return AnswerColumn.of(this);
  }

  @Override
  void requireTarget(StructType schema) {
    TargetColumn.labels(schema, getLabelCol());
  }

  @Override
  TargetColumn target(Dataset<?> data) {
    return TargetColumn.labels(data.schema(), getLabelCol());
  }

  @Override
  LossChoice lossChoice() {
    return LossChoice.CLASSIFICATION;
  }

  @Override
  int outputs(TrainingRows rows) {
    return getClasses() == 0 ? Math.max(2, rows.classes()) : getClasses();
  }

  @Override
  void requireFit(TrainingRows rows, int outputs) {
    if (rows.classes() > outputs) {
      throw new LanewiseSparkException(
          ("column '" + getLabelCol() + "' has the label " + (rows.classes() - 1))
              + (", but there are " + outputs + " classes"));
    }
  }

  @Override
  LanewiseClassificationModel model(byte[] network, List<EpochSummary> history) {
    return new LanewiseClassificationModel(uid(), network, history);
  }

  @Override
  public Param<String> probabilityCol() {
    return probabilityCol;
  }

  @Override
  public Param<String> rawPredictionCol() {
    return rawPredictionCol;
  }

  /**
   * The classes.
   *
   * @return how many there are; 0, the default: one more than the largest label
   */
  public IntParam classes() {
    return classes;
  }

  /** {@return the value of {@link #classes}} */
  public int getClasses() {
    return (int) getOrDefault(classes);
  }

  /** Sets {@link #classes}. */
  public LanewiseClassifier setClasses(int value) {
    return Declared.set(this, classes, value);
  }
}
