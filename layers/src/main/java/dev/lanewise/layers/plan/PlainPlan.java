// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import dev.lanewise.layers.graph.Graph;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.plan.Value.Role;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The plan that everybody can read: every layer forward, in order; then every layer back, in the
 * opposite order. Every value has memory of its own. Where a value has several consumers, the first
 * one on the way back writes its gradient, and the others add to it. The way back ends where
 * nothing in front is trained.
 */
public final class PlainPlan {
  private PlainPlan() {}

  /**
   * Plans a pass in which all parameters are trained.
   *
   * @param graph the layers
   * @param mode what the pass is for
   * @param maxBatch the largest batch
   * @param threads how many there are
   * @return the plan
   */
  public static Plan of(Graph graph, Mode mode, int maxBatch, int threads) {
    return of(graph, mode, maxBatch, threads, Set.of());
  }

  /**
   * Plans a pass.
   *
   * @param graph the layers
   * @param mode what the pass is for
   * @param maxBatch the largest batch
   * @param threads how many there are
   * @param frozen parameters whose gradients nobody needs
   * @return the plan
   */
  public static Plan of(Graph graph, Mode mode, int maxBatch, int threads, Set<Parameter> frozen) {
    return plan(graph, mode, maxBatch, threads, frozen, trained(graph, frozen));
  }

  /**
   * Plans a training pass of single images on one thread that goes all the way back, to the
   * gradient of the loss with respect to the image.
   *
   * @param graph the layers
   * @return the plan
   */
  public static Plan ofOneImage(Graph graph) {
    Set<Node> all = new HashSet<>(graph.nodes());
    all.add(graph.input());
    return plan(graph, Mode.TRAINING, 1, 1, Set.of(), all);
  }

  /**
   * @param wanted the nodes whose gradients somebody needs
   */
  private static Plan plan(
      Graph graph, Mode mode, int maxBatch, int threads, Set<Parameter> frozen, Set<Node> wanted) {
    List<Step> steps = new ArrayList<>();
    Map<Node, Value> values = new HashMap<>();
    values.put(graph.input(), value(graph.input(), Role.ACTIVATION));
    for (Node node : graph.nodes()) {
      List<Value> x = node.inputs().stream().map(values::get).toList();
      values.put(node, value(node, Role.ACTIVATION));
      steps.add(Step.forward(node, x, values.get(node)));
    }
    Value outputGradient = mode == Mode.TRAINING ? value(graph.output(), Role.GRADIENT) : null;
    if (mode == Mode.TRAINING) {
      addBackward(graph, wanted, outputGradient, values, steps);
    }
    Plan.Request request =
        new Plan.Request(
            graph,
            mode,
            maxBatch,
            threads,
            values.get(graph.input()),
            values.get(graph.output()),
            outputGradient,
            Set.copyOf(frozen));
    List<Group> groups = steps.stream().map(Group::whole).toList();
    return new Plan(request, groups, Map.of(), Map.of(), null);
  }

  private static void addBackward(
      Graph graph,
      Set<Node> wanted,
      Value outputGradient,
      Map<Node, Value> values,
      List<Step> steps) {
    Map<Node, Value> gradients = new HashMap<>();
    gradients.put(graph.output(), outputGradient);
    for (Node node : graph.nodes().reversed()) {
      if (!wanted.contains(node)) {
        continue;
      }
      List<Value> dx = new ArrayList<>();
      List<Step> sums = new ArrayList<>();
      for (Node from : node.inputs()) {
        if (!wanted.contains(from)) {
          dx.add(null);
        } else if (!gradients.containsKey(from)) {
          gradients.put(from, value(from, Role.GRADIENT));
          dx.add(gradients.get(from));
        } else {
          dx.add(value(from, Role.GRADIENT));
          sums.add(Step.sum(node, dx.getLast(), gradients.get(from)));
        }
      }
      List<Value> x = node.inputs().stream().map(values::get).toList();
      Value dy = gradients.get(node);
      steps.add(new Step(Step.Kind.BACKWARD, node, x, values.get(node), dy, dx));
      steps.addAll(sums);
    }
  }

  /**
   * The nodes with parameters to be trained, and all after them: whose gradients somebody needs.
   */
  private static Set<Node> trained(Graph graph, Set<Parameter> frozen) {
    Set<Node> trained = new HashSet<>();
    for (Node node : graph.nodes()) {
      if (!frozen.containsAll(node.parameters())
          || node.inputs().stream().anyMatch(trained::contains)) {
        trained.add(node);
      }
    }
    return trained;
  }

  private static Value value(Node node, Role role) {
    return new Value((role == Role.GRADIENT ? "d" : "") + node.name(), role, node.shape());
  }
}
