// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.Picture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Semaphore;

/**
 * What the page asks for, apart from HTTP. {@code POST /api/visitors} gives a key; all else is
 * below {@code /api/visitors/KEY/}. Thread-safe.
 */
final class Api {
  /** The most that a picture or drawing may have: 1024 x 1024 pixels of four bytes. */
  static final int MOST_PICTURE = 4 << 20;

  /** The most that a model file may have. */
  static final int MOST_MODEL = 64 << 20;

  static final int MOST_JSON = 16 << 10;

  private static final int MOST_SIDE = 4096;
  private static final int TRAININGS = 2;

  private final Sources sources;
  private final Visitors visitors;
  private final Semaphore trainings = new Semaphore(TRAININGS);
  private final ObjectMapper json = new ObjectMapper();

  Api(Sources sources, Visitors visitors) {
    this.sources = sources;
    this.visitors = visitors;
  }

  /** The most bytes that the body of a request may have. */
  static int limit(String action) {
    return switch (action) {
      case "drawing", "picture" -> MOST_PICTURE;
      case "model" -> MOST_MODEL;
      default -> MOST_JSON;
    };
  }

  Answer newVisitor() {
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    answer.put("key", visitors.add());
    ObjectNode choices = answer.putObject("training");
    TrainingPlan.MODELS.forEach(choices.putArray("models")::add);
    TrainingPlan.OPTIMIZERS.forEach(choices.putArray("optimizers")::add);
    choices.put("threads", WorkerTeam.sizeFor(Integer.MAX_VALUE));
    return Answer.of(answer);
  }

  Visitor visitor(String key) throws Refusal {
    return visitors.get(key);
  }

  /** Looks something up. */
  Answer get(Visitor visitor, String action, Query query) throws Refusal {
    return switch (action) {
      case "network" -> Answer.of(visitor.describe());
      case "unit" -> Answer.of(visitor.explain(query.text("node"), query.place()));
      case "unit-gradient" -> Answer.of(visitor.explainBack(query.text("node"), query.place()));
      case "parameter-gradient" ->
          Answer.of(
              visitor.explainParameter(
                  query.text("node"), query.text("parameter"), query.number("index")));
      default -> throw new Refusal(404, "there is nothing called " + action);
    };
  }

  /** Does something. */
  Answer post(Visitor visitor, String action, Query query, byte[] body)
      throws Refusal, IOException {
    switch (action) {
      case "drawing", "picture" -> {
        return Answer.of(visitor.show(drawing(visitor, action, query, body)));
      }
      case "back" -> {
        Answer answer = Answer.of(visitor.back(object(body).path("label").asInt(-1)));
        visitors.forgetSome(visitor);
        return answer;
      }
      case "step" -> {
        return Answer.of(visitor.step(object(body).path("rate").asDouble(0)));
      }
      case "reset" -> visitor.reset();
      case "restart" -> visitor.restart();
      case "model" -> visitor.use(model(query.text("name"), body));
      case "train" -> train(visitor, TrainingPlan.of(object(body)));
      case "pause" -> live(visitor).pause(true);
      case "resume" -> live(visitor).pause(false);
      case "stop" -> live(visitor).stop();
      case "adopt" -> {
        Sources.Start result = live(visitor).result();
        if (result == null) {
          throw new Refusal(409, "no epoch has ended yet");
        }
        visitor.use(result);
      }
      default -> throw new Refusal(404, "there is nothing called " + action);
    }
    visitors.forgetSome(visitor);
    return Answer.of(visitor.describe());
  }

  private static Drawing drawing(Visitor visitor, String action, Query query, byte[] body)
      throws Refusal {
    int height = query.number("height");
    int width = query.number("width");
    int values = action.equals("drawing") ? 1 : 4;
    boolean fits = height > 0 && width > 0 && height <= MOST_SIDE && width <= MOST_SIDE;
    if (!fits || (long) height * width * values != body.length) {
      throw Refusal.badRequest(
          "a %s of %d x %d needs %d bytes for each pixel, but there are %d bytes"
              .formatted(action, width, height, values, body.length));
    }
    return values == 1
        ? Drawing.ofInk(body, height, width, visitor.network())
        : Drawing.ofPicture(new Picture(height, width, body), visitor.network());
  }

  /** Reads a model file by way of a temporary file, since readers of models take files. */
  private Sources.Start model(String name, byte[] body) throws Refusal, IOException {
    if (visitors.tooLarge(3L * body.length)) {
      throw new Refusal(413, "this model is too large for the memory of the server");
    }
    String ending = name.toLowerCase(Locale.ROOT).endsWith(".onnx") ? ".onnx" : ".safetensors";
    // For this user alone, and with nothing else in it: an ONNX model may name files beside it.
    Path folder = Files.createTempDirectory("lanewise");
    Path file = folder.resolve("model" + ending);
    try {
      Files.write(file, body);
      return sources.read(file, name);
    } catch (DataException e) {
      throw new Refusal(422, e.getMessage().replace(file.toString(), name));
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(folder);
    }
  }

  private void train(Visitor visitor, TrainingPlan plan) throws Refusal {
    visitor.live(null); // the one before lets others in
    LiveTraining training = new LiveTraining(plan, sources, trainings);
    training.start();
    visitor.live(training);
  }

  /**
   * The training of a visitor.
   *
   * @throws Refusal if there is none
   */
  static LiveTraining live(Visitor visitor) throws Refusal {
    LiveTraining training = visitor.live();
    if (training == null) {
      throw new Refusal(409, "nothing is being trained");
    }
    return training;
  }

  private JsonNode object(byte[] body) throws Refusal, IOException {
    try {
      JsonNode node = json.readTree(body);
      if (node.isObject()) {
        return node;
      }
    } catch (JsonProcessingException e) {
      // As what is no object.
    }
    throw Refusal.badRequest("the body is no JSON object");
  }

  /** The line of JSON that says why a request is refused. */
  static Answer refused(Refusal refusal) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    return Answer.of(refusal.status(), answer.put("error", refusal.getMessage()));
  }
}
