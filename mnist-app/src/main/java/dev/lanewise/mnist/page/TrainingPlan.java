// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.models.LayerList;
import dev.lanewise.layers.optim.Adam;
import dev.lanewise.layers.optim.AdamW;
import dev.lanewise.layers.optim.Optimizer;
import dev.lanewise.layers.optim.Sgd;
import java.util.List;
import java.util.Locale;

/**
 * What a visitor has chosen for a training.
 *
 * @param model the network: one of {@link #MODELS}, or a list of layers
 * @param optimizer one of {@link #OPTIMIZERS}
 * @param rate the learning rate
 * @param batch images per step
 * @param epochs passes over the images
 * @param images how many to train with at most
 * @param threads to compute with; no result depends on it
 * @param seed fixes everything random
 */
record TrainingPlan(
    String model,
    String optimizer,
    float rate,
    int batch,
    int epochs,
    int images,
    int threads,
    long seed) {
  static final List<String> MODELS = List.of("simple", "complex", "lenet5", "lenet_wide");
  static final List<String> OPTIMIZERS = List.of("sgd", "momentum", "nesterov", "adam", "adamw");

  private static final int MOST_LETTERS = 500; // of a list of layers
  private static final long MOST_PARAMETERS = 10_000_000;
  private static final long MOST_VALUES = 2_000_000; // of all layers, for an image
  private static final long MOST_MULTIPLY_ADDS = 500_000_000; // for an image
  private static final int MOST_EPOCHS = 100;
  private static final int MOST_IMAGES = 1_000_000;

  static TrainingPlan of(JsonNode json) throws Refusal {
    double rate = json.path("rate").asDouble(0);
    if (!(rate > 0 && rate <= 100)) {
      throw Refusal.badRequest("the learning rate must be above 0 and at most 100, but is " + rate);
    }
    return new TrainingPlan(
        model(json.path("model").asText()),
        choice(json, "optimizer", OPTIMIZERS),
        (float) rate,
        number(json, "batch", 1024),
        number(json, "epochs", MOST_EPOCHS),
        number(json, "images", MOST_IMAGES),
        number(json, "threads", WorkerTeam.sizeFor(Integer.MAX_VALUE)),
        json.path("seed").asLong(1));
  }

  private static String model(String value) throws Refusal {
    boolean layers = LayerList.isMeant(value) && value.length() <= MOST_LETTERS;
    if (!layers && !MODELS.contains(value)) {
      throw Refusal.badRequest(
          "model must be one of %s, or a list of layers of at most %d letters"
              .formatted(String.join(", ", MODELS), MOST_LETTERS));
    }
    return value;
  }

  private static String choice(JsonNode json, String name, List<String> among) throws Refusal {
    String value = json.path(name).asText();
    if (!among.contains(value)) {
      throw Refusal.badRequest(
          name + " must be one of " + String.join(", ", among) + ", but is '" + value + "'");
    }
    return value;
  }

  private static int number(JsonNode json, String name, int most) throws Refusal {
    JsonNode value = json.path(name);
    if (!value.isInt() || value.intValue() < 1 || value.intValue() > most) {
      throw Refusal.badRequest(
          name + " must be a whole number from 1 to " + most + ", but is " + value);
    }
    return value.intValue();
  }

  /**
   * Makes sure that a network can be trained here: it must have outputs for classes, and one step
   * of it must not take so long that others wait for a training that cannot be stopped.
   *
   * @throws IllegalArgumentException if it cannot
   */
  static void requireTrainable(Network network) {
    if (!network.outputShape().isFlat()) {
      throw new IllegalArgumentException(
          "the network makes %s of an image: end it with 'dense'".formatted(network.outputShape()));
    }
    long parameters = 0;
    for (Parameter parameter : network.parameters().values()) {
      parameters += parameter.value().size();
    }
    long values = 0;
    long multiplyAdds = 0;
    for (Node node : network.nodes()) {
      values += node.shape().size();
      multiplyAdds += node.layer().multiplyAdds(node.in());
    }
    requireAtMost(MOST_PARAMETERS, parameters, "parameters");
    requireAtMost(MOST_VALUES, values, "outputs of layers for an image");
    requireAtMost(MOST_MULTIPLY_ADDS, multiplyAdds, "multiply-adds for an image");
  }

  private static void requireAtMost(long most, long value, String what) {
    if (value > most) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%,d %s are more than the %,d that a network trained on this page may have;"
                  + " 'mnist-app train' has no such limit",
              value,
              what,
              most));
    }
  }

  Optimizer newOptimizer() {
    return switch (optimizer) {
      case "momentum" -> new Sgd().momentum(0.9);
      case "nesterov" -> new Sgd().momentum(0.9).nesterov(true);
      case "adam" -> new Adam();
      case "adamw" -> new AdamW();
      default -> new Sgd();
    };
  }
}
