// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.Elementwise;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.data.Normalize;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.plan.Execution;
import dev.lanewise.layers.plan.PlainPlan;
import dev.lanewise.layers.plan.Plan;
import dev.lanewise.layers.plan.Step;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A network on one image, of which everything stays to be looked at: what each layer makes of it,
 * and the gradient of the loss with respect to each of these and to the image.
 *
 * <pre>{@code
 * Trace trace = Trace.training(network);
 * Tensor logits = trace.forward(image);
 * loss.forwardBackward(1, logits, Targets.of(label), trace.outputGradient());
 * trace.backward();
 * Tensor saliency = trace.gradient(network.graph().input());
 * }</pre>
 *
 * <p>The bits are those of a {@link Network.Pass} of the same mode, which keeps less. In training a
 * layer may do other than in an inference: a dropout drops, and a batch normalisation takes the
 * statistics of the one image, and into its running ones.
 *
 * <p>Not thread-safe. Only one trace or pass of a network at a time may run backward, since all
 * write to the same {@link Parameter#grad}.
 */
public final class Trace {
  private final Network network;
  private final Execution execution;
  private final Map<Node, Tensor> activations = new HashMap<>();
  private final Map<Node, Tensor> gradients = new HashMap<>();
  private final Elementwise elementwise = new Elementwise(WorkerTeam.single());

  private Trace(Network network, Plan plan) {
    this.network = network;
    execution = new Execution(plan, WorkerTeam.single(), 0);
    Node image = network.graph().input();
    activations.put(image, execution.input());
    for (Step step : plan.steps()) {
      switch (step.kind()) {
        case FORWARD -> activations.put(step.node(), execution.tensor(step.y()));
        case BACKWARD -> {
          gradients.put(step.node(), execution.tensor(step.dy()));
          int input = step.node().inputs().indexOf(image);
          if (input >= 0) { // the first consumer on the way back writes it, the others add to it
            gradients.putIfAbsent(image, execution.tensor(step.dx().get(input)));
          }
        }
        default -> {} // a sum
      }
    }
  }

  /**
   * A trace that only runs forward, as an inference.
   *
   * @param network the network; its parameters are looked at in each run
   * @return the trace
   */
  public static Trace inference(Network network) {
    return new Trace(network, PlainPlan.of(network.graph(), Mode.INFERENCE, 1, 1));
  }

  /**
   * A trace that runs forward and backward, as a training does.
   *
   * @param network the network; its parameters are looked at in each run
   * @return the trace
   */
  public static Trace training(Network network) {
    return new Trace(network, PlainPlan.ofOneImage(network.graph()));
  }

  /**
   * Runs forward.
   *
   * @param image {@code [H, W, C]}, as a data set hands it out: what the network says of its
   *     {@linkplain Network#preparation preparation} is done to a copy
   * @return what comes out, {@code [1, OH, OW, OC]}, until the next run
   * @throws IllegalArgumentException if the image has another size
   */
  public Tensor forward(float[] image) {
    Tensor x = execution.input();
    if (image.length != x.size()) {
      throw new IllegalArgumentException(
          "an image "
              + network.inputShape()
              + " has "
              + x.size()
              + " values, but there are "
              + image.length);
    }
    System.arraycopy(image, 0, x.data, x.offset, image.length);
    Normalize normalize = network.preparation().normalize();
    if (normalize != null) {
      normalize.apply(x.data, x.offset, network.inputShape());
    }
    execution.forward(0, 1);
    return execution.output();
  }

  /**
   * Where the gradient of the loss with respect to the output goes before {@link #backward}.
   *
   * @return {@code [1, OH, OW, OC]}
   * @throws IllegalStateException for an inference
   */
  public Tensor outputGradient() {
    if (execution.outputGradient() == null) {
      throw new IllegalStateException("this trace was made for inference: use Trace.training");
    }
    return execution.outputGradient();
  }

  /**
   * Runs backward, from {@link #outputGradient} to the image. Sets the gradient of every parameter,
   * whatever it was before.
   *
   * @throws IllegalStateException for an inference
   */
  public void backward() {
    outputGradient();
    for (Parameter parameter : network.parameters().values()) {
      elementwise.zero(parameter.grad().size(), parameter.grad());
    }
    execution.backward();
  }

  /**
   * What a layer has made in the last {@link #forward}.
   *
   * @param node a layer of the network, or its input: then the image as the first layer sees it
   * @return {@code [1, H, W, C]}
   * @throws IllegalArgumentException if it is not one of this network
   */
  public Tensor activation(Node node) {
    return of(node, activations);
  }

  /**
   * The gradient of the loss with respect to that, from the last {@link #backward}.
   *
   * @param node a layer of the network, or its input
   * @return {@code [1, H, W, C]}
   * @throws IllegalArgumentException if it is not one of this network
   * @throws IllegalStateException for an inference
   */
  public Tensor gradient(Node node) {
    outputGradient();
    return of(node, gradients);
  }

  private Tensor of(Node node, Map<Node, Tensor> tensors) {
    Tensor tensor = tensors.get(node);
    if (tensor == null) {
      List<String> names = network.nodes().stream().map(Node::name).toList();
      throw new IllegalArgumentException(
          node + " is no layer of this network, which has " + String.join(", ", names));
    }
    return tensor;
  }
}
