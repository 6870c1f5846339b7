// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.util.List;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.param.Params;

/** Makes parameters, those that several classes have among them, and gives them their defaults. */
final class Declared {
  private Declared() {}

  static Param<String> features(Params owner) {
    return with(owner, new Param<>(owner, "featuresCol", "column of images [H, W, C]"), "features");
  }

  static Param<String> binaryFormat(Params owner) {
    return choice(owner, "binaryFormat", ImageColumn.FORMATS, "values");
  }

  static Param<String> prediction(Params owner) {
    return with(
        owner,
        new Param<>(owner, "predictionCol", "column for the predictions; empty: none"),
        "prediction");
  }

  static Param<String> probability(Params owner) {
    return with(
        owner,
        new Param<>(owner, "probabilityCol", "column for the probabilities; empty: none"),
        "probability");
  }

  static Param<String> rawPrediction(Params owner) {
    return with(
        owner,
        new Param<>(owner, "rawPredictionCol", "column for the logits; empty: none"),
        "rawPrediction");
  }

  /** One of several words. */
  static Param<String> choice(Params owner, String name, String[] choices, String byDefault) {
    String doc = String.join(", ", choices);
    Param<String> param =
        new Param<>(owner, name, doc, ParamValidators.<String>inArray(List.of(choices)));
    return with(owner, param, byDefault);
  }

  /** A parameter with its default. */
  static <T, P extends Param<T>> P with(Params owner, P param, T value) {
    owner.setDefault(param, value);
    return param;
  }

  /** Sets a parameter, and returns what has it. */
  @SuppressWarnings("unchecked") // what has the parameters of an S is one
  static <S, T> S set(ImageParams<S> owner, Param<T> param, T value) {
    return (S) owner.set(param, value);
  }
}
