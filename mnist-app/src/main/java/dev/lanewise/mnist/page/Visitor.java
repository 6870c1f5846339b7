// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.CrossEntropy;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Trace;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.WeightsHash;
import dev.lanewise.layers.loss.Loss;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import dev.lanewise.layers.loss.Targets;
import dev.lanewise.layers.optim.Optimizer;
import dev.lanewise.layers.optim.Sgd;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * One visitor of the page: a network of their own, and what they have drawn. Thread-safe: requests
 * wait for each other.
 */
final class Visitor {
  /** Gradients of larger parameters are not sent, only their length. */
  private static final int MOST_GRADIENTS = 1 << 19;

  private final Sources.Start first;
  private Sources.Start origin;
  private Network network;
  private Trace inference;
  private Trace training; // null until it is needed
  private Loss.Pass loss;
  private Optimizer.Updater updater;
  private Drawing drawing;
  private int label;
  private boolean wentBack; // for this drawing, with these weights
  private int steps;
  private LiveTraining live; // null: none

  Visitor(Sources.Start start) {
    first = start;
    use(start);
  }

  /** Gives the visitor a copy of a network. */
  synchronized void use(Sources.Start start) {
    origin = start;
    network = start.network().copy();
    inference = Trace.inference(network);
    training = null;
    boolean fits = drawing != null && drawing.image().length == network.inputShape().size();
    drawing = fits ? drawing : Drawing.empty(network.inputShape());
    wentBack = false;
    steps = 0;
  }

  /** Takes back all steps. */
  void reset() {
    use(origin());
  }

  /** Goes back to the network of the beginning. */
  void restart() {
    use(first);
  }

  private synchronized Sources.Start origin() {
    return origin;
  }

  /** What a visitor's memory is roughly, in bytes. */
  synchronized long bytes() {
    long floats = 0;
    for (Parameter parameter : network.parameters().values()) {
      floats += 2L * parameter.value().size();
    }
    for (Node node : network.nodes()) {
      floats += (training == null ? 1L : 3L) * node.shape().size();
    }
    return Float.BYTES * floats;
  }

  synchronized LiveTraining live() {
    return live;
  }

  /** Replaces the training of this visitor; the one before is stopped. */
  void live(LiveTraining training) {
    LiveTraining before;
    synchronized (this) {
      before = live;
      live = training;
    }
    if (before != null) {
      before.stop();
    }
  }

  synchronized Network network() {
    return network;
  }

  synchronized ObjectNode describe() {
    return NetworkJson.of(network)
        .put("name", origin.name())
        .put("origin", origin.origin())
        .put("steps", steps)
        .put("hash", WeightsHash.of(network.state()));
  }

  /** Shows the network an image; answers with what each layer makes of it. */
  synchronized Message show(Drawing drawn) {
    drawing = drawn;
    wentBack = false;
    long begin = System.nanoTime();
    Tensor logits = inference.forward(drawing.image());
    long nanos = System.nanoTime() - begin;
    Message message = new Message();
    ObjectNode head = message.head();
    head.put("note", drawing.note()).put("micros", nanos / 1000);
    head.put("image", message.add(drawing.image()));
    numbers(head.putArray("probabilities"), probabilities(logits));
    ArrayNode maps = head.putArray("maps");
    Maps.add(message, maps, network.graph().input(), inference.activation(network.graph().input()));
    for (Node node : network.nodes()) {
      Maps.add(message, maps, node, inference.activation(node));
    }
    return message;
  }

  private static float[] probabilities(Tensor logits) {
    Tensor result = Tensor.zeros(logits.size());
    CrossEntropy.softmax(1, logits.size(), logits, result);
    return Arrays.copyOf(result.data, logits.size());
  }

  private static void numbers(ArrayNode array, float[] values) {
    for (float value : values) {
      array.add(value);
    }
  }

  /** Goes all the way back from the right label. */
  synchronized Message back(int right) throws Refusal {
    if (right < 0 || right >= network.outputShape().size()) {
      throw Refusal.badRequest(
          "the label must be from 0 to %d, but is %d"
              .formatted(network.outputShape().size() - 1, right));
    }
    label = right;
    double value = computeGradients();
    wentBack = true;
    Message message = new Message();
    ObjectNode head = message.head();
    head.put("label", label).put("loss", value);
    Node output = network.graph().output();
    numbers(head.putArray("probabilities"), probabilities(training.activation(output)));
    ArrayNode maps = head.putArray("maps");
    Maps.add(message, maps, network.graph().input(), training.gradient(network.graph().input()));
    for (Node node : network.nodes()) {
      Maps.add(message, maps, node, training.gradient(node));
    }
    ArrayNode parameters = head.putArray("parameters");
    network
        .parameters()
        .forEach(
            (name, parameter) -> {
              ObjectNode each = parameters.addObject();
              each.put("name", name).put("size", parameter.grad().size());
              each.put("gradient", Maps.norm(parameter.grad()));
              each.put("value", Maps.norm(parameter.value()));
              if (parameter.grad().size() <= MOST_GRADIENTS) {
                each.put("at", message.add(parameter.grad()));
              }
            });
    return message;
  }

  /** Returns the loss. Running statistics stay as they are: this is a look, not a training. */
  private double computeGradients() throws Refusal {
    Map<Tensor, float[]> buffers = new HashMap<>();
    network.buffers().values().forEach(buffer -> buffers.put(buffer, buffer.data.clone()));
    try {
      if (training == null) {
        training = Trace.training(network);
        loss = new SoftmaxCrossEntropy().newPass(network.outputShape(), 1);
        updater = new Sgd().newUpdater(network.parameters(), WorkerTeam.single());
      }
      Tensor logits = training.forward(drawing.image());
      double value = loss.forwardBackward(1, logits, Targets.of(label), training.outputGradient());
      training.backward();
      return value;
    } catch (IllegalArgumentException | UnsupportedOperationException e) {
      throw new Refusal(422, "this network cannot go back on one image: " + e.getMessage());
    } finally {
      buffers.forEach(
          (buffer, values) -> System.arraycopy(values, 0, buffer.data, 0, values.length));
    }
  }

  /** Makes the step that {@link #back} has shown: {@code value -= rate * grad}. */
  synchronized ObjectNode step(double rate) throws Refusal {
    if (!(rate > 0 && rate <= 100)) {
      throw Refusal.badRequest("the learning rate must be above 0 and at most 100, but is " + rate);
    }
    if (!wentBack) {
      throw new Refusal(409, "there are no gradients of this drawing: go back first");
    }
    Map<String, float[]> before = new HashMap<>();
    network.parameters().forEach((name, p) -> before.put(name, p.value().data.clone()));
    Node output = network.graph().output();
    float[] formerly = probabilities(training.activation(output));
    double lossBefore = loss.forward(1, training.activation(output), Targets.of(label));
    updater.step((float) rate);
    steps++;
    double lossAfter = computeGradients();
    wentBack = false;
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("lossBefore", lossBefore).put("lossAfter", lossAfter).put("steps", steps);
    numbers(json.putArray("before"), formerly);
    numbers(json.putArray("after"), probabilities(training.activation(output)));
    ArrayNode parameters = json.putArray("parameters");
    network
        .parameters()
        .forEach(
            (name, parameter) -> {
              Tensor value = parameter.value();
              float[] old = before.get(name);
              double most = 0;
              double sum = 0;
              for (int i = value.offset; i < value.offset + value.size(); i++) {
                double change = (double) value.data[i] - old[i];
                most = Math.max(most, Math.abs(change));
                sum += change * change;
              }
              ObjectNode each = parameters.addObject().put("name", name);
              each.put("value", Maps.norm(value)).put("change", Math.sqrt(sum)).put("most", most);
            });
    return json.put("hash", WeightsHash.of(network.state()));
  }

  /** Of what a number of the forward pass is made. */
  synchronized ObjectNode explain(String node, Explainer.Place place) throws Refusal {
    return new Explainer(inference).output(node(node), place);
  }

  /** Of what the gradient with respect to the input of a layer is made. */
  synchronized ObjectNode explainBack(String node, Explainer.Place place) throws Refusal {
    requireGradients();
    return new Explainer(training).inputGradient(node(node), place);
  }

  /** Of what the gradient with respect to an element of a parameter is made. */
  synchronized ObjectNode explainParameter(String node, String parameter, int index)
      throws Refusal {
    requireGradients();
    return new Explainer(training).parameterGradient(node(node), parameter, index);
  }

  private void requireGradients() throws Refusal {
    if (!wentBack) {
      throw new Refusal(409, "there are no gradients of this drawing: go back first");
    }
  }

  private Node node(String name) throws Refusal {
    if (name.equals(network.graph().input().name())) {
      return network.graph().input();
    }
    try {
      return network.graph().node(name);
    } catch (IllegalArgumentException e) {
      throw Refusal.badRequest(e.getMessage());
    }
  }
}
