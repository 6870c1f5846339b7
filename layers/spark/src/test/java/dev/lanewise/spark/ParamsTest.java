// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.Params;
import org.junit.jupiter.api.Test;

/** The parameters, as Spark and its users find them. */
final class ParamsTest {
  /** What has no default. */
  private static final Set<String> REQUIRED = Set.of("network", "imageShape");

  private static List<Params> all() {
    return List.of(
        new LanewiseClassifier(),
        new LanewiseRegressor(),
        LanewiseEmbedder.of("lanewise", Patterns.network()),
        LanewiseRegressionModel.of("lanewise", Patterns.network()),
        LanewiseClassificationModel.of("lanewise", Patterns.network()));
  }

  private static List<String> names(Params params) {
    return Arrays.stream(params.params()).map(Param::name).toList();
  }

  /** As in spark.ml: {@code x()}, {@code getX()}, {@code setX(value)}, and a default. */
  @Test
  void eachParameterHasADefaultAGetterAndASetter() throws Exception {
    for (Params params : all()) {
      for (Param<?> param : params.params()) {
        String name = param.name();
        assertEquals(params.uid(), param.parent(), name);
        assertEquals(!REQUIRED.contains(name), params.hasDefault(param), name);
        String upper = Character.toUpperCase(name.charAt(0)) + name.substring(1);
        assertNotNull(params.getClass().getMethod("get" + upper));
        List<Class<?>> returned =
            Stream.of(params.getClass().getMethods())
                .filter(method -> method.getName().equals("set" + upper))
                .<Class<?>>map(method -> method.getReturnType())
                .toList();
        assertTrue(!returned.isEmpty(), "a setter of " + name);
        if (params.hasDefault(param)) {
          assertEquals(
              params.getDefault(param).get(),
              params.getClass().getMethod("get" + upper).invoke(params),
              name);
        }
      }
    }
  }

  @Test
  void aModelHasTheColumnsOfItsClassifier() {
    List<String> model = names(all().getLast());
    assertEquals(
        List.of(
            "binaryFormat",
            "featuresCol",
            "inferenceBatch",
            "predictionCol",
            "probabilityCol",
            "rawPredictionCol"),
        model);
    assertTrue(names(all().getFirst()).containsAll(model.stream().filter(this::isColumn).toList()));
  }

  private boolean isColumn(String name) {
    return name.endsWith("Col");
  }

  @Test
  void aCopyHasTheValuesAndThoseOfTheMap() {
    LanewiseClassifier classifier = new LanewiseClassifier().setImageShape(6, 6, 1).setEpochs(3);
    ParamMap extra = new ParamMap().put(classifier.epochs(), 5).put(classifier.labelCol(), "kind");
    LanewiseClassifier copy = classifier.copy(extra);
    assertEquals(classifier.uid(), copy.uid());
    assertArrayEquals(new int[] {6, 6, 1}, copy.getImageShape());
    assertEquals(5, copy.getEpochs());
    assertEquals("kind", copy.getLabelCol());
    assertEquals(3, classifier.getEpochs());
    assertEquals(128, copy.setSeed(2).getBatchSize());
    assertEquals(1, classifier.getSeed());
    LanewiseClassificationModel model =
        LanewiseClassificationModel.of("lanewise", Patterns.network()).setPredictionCol("class");
    assertEquals("class", model.copy(ParamMap.empty()).setInferenceBatch(2).getPredictionCol());
    assertEquals(64, model.getInferenceBatch());
  }

  @Test
  void theyAreExplained() {
    LanewiseClassifier classifier = new LanewiseClassifier().setOptimizer("adam");
    String text = classifier.explainParams();
    assertTrue(text.contains("learningRate: highest learning rate (default: 0.05)"), text);
    assertTrue(text.contains("optimizer: sgd, adam, adamw (default: sgd, current: adam)"), text);
    assertTrue(text.contains("network: name of a network, or path of a *.safetensors model (und"));
  }
}
