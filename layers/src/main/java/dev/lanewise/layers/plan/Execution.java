// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A plan that runs: with memory, threads and a pass of each layer. Allocates nothing once a batch
 * of the largest size has gone both ways. Not thread-safe: a thread that comes while another
 * computes gets an IllegalStateException, and so does the other, whose input may have been
 * overwritten.
 */
public final class Execution {
  private static final Consumer<Parameter> NOBODY = parameter -> {};

  private final Context context;
  private final Places places;
  private final Tensor input;
  private final Tensor output;
  private final Tensor outputGradient; // null: for an inference
  private final List<Pass> passes;
  private final List<Pass> scaling; // passes that only set what others scale by
  private final List<Runnable> forward = new ArrayList<>();
  private final List<Runnable> backward = new ArrayList<>();
  private final List<Parameter[]> complete = new ArrayList<>(); // after each of these
  private final OneUser user = new OneUser();

  /**
   * Prepares a plan to run.
   *
   * @param plan made for as many threads as the team has
   * @param team the threads; not closed
   * @param seed decides the random numbers of the layers
   */
  public Execution(Plan plan, WorkerTeam team, long seed) {
    context = new Context(plan.mode(), seed, new Workspace(team));
    Sites sites = new Sites(plan, context);
    Map<Node, Pass> passes = new LinkedHashMap<>();
    for (Step step : plan.steps()) {
      passes.computeIfAbsent(
          step.node(), node -> node.layer().newPass(sites.site(node, plan.maxBatch(), context)));
    }
    this.passes = List.copyOf(passes.values());
    scaling = List.copyOf(sites.scaling());
    places = new Places(plan);
    input = places.whole(plan.input());
    output = places.whole(plan.output());
    outputGradient = places.whole(plan.outputGradient());
    Map<Section, SlicedRun> sections = new HashMap<>();
    Binder binder = new Binder(places, passes, team);
    for (Group group : plan.groups()) {
      boolean back = group.steps().getFirst().backward();
      Section section = group.section();
      Runnable run;
      if (section == null) {
        run = whole(binder.calls(group.steps(), 0, plan.maxBatch(), -1));
      } else {
        SlicedRun sliced =
            sections.computeIfAbsent(
                section,
                s ->
                    new SlicedRun(
                        plan,
                        sites,
                        s,
                        steps(plan, s, false),
                        steps(plan, s, true),
                        places,
                        passes,
                        context));
        run = back ? sliced::backward : sliced::forward;
      }
      (back ? backward : forward).add(run);
    }
    complete.addAll(complete(plan));
  }

  /** The parameters whose gradients no group after a group on the way back adds to. */
  private static List<Parameter[]> complete(Plan plan) {
    List<Parameter[]> complete = new ArrayList<>();
    Set<Parameter> later = new LinkedHashSet<>();
    for (Group group : plan.groups().reversed()) {
      if (!group.steps().getFirst().backward()) {
        continue;
      }
      Set<Parameter> added = new LinkedHashSet<>();
      for (Step step : group.steps()) {
        if (step.givesGradients()) {
          added.addAll(step.node().parameters().reversed());
        }
      }
      added.removeAll(later);
      later.addAll(added);
      complete.addFirst(added.toArray(Parameter[]::new));
    }
    return complete;
  }

  private static List<Step> steps(Plan plan, Section section, boolean backward) {
    return plan.groups().stream()
        .filter(group -> group.section() == section)
        .flatMap(group -> group.steps().stream())
        .filter(step -> step.backward() == backward)
        .toList();
  }

  private Runnable whole(Call[] calls) {
    return () -> {
      for (Call call : calls) {
        call.run(context);
      }
    };
  }

  /** Where the images go, {@code [maxBatch, H, W, C]}. */
  public Tensor input() {
    user.require();
    return input;
  }

  /** What comes out, {@code [maxBatch, OH, OW, OC]}. */
  public Tensor output() {
    user.require();
    return output;
  }

  /** Its gradient, of the same shape; {@code null} for an inference. */
  public Tensor outputGradient() {
    return outputGradient;
  }

  /**
   * Where a value of the plan lies, {@code [maxBatch, H, W, C]}; {@code null} for one that there is
   * only for slices. In a {@link PlainPlan} each has a place of its own.
   */
  public Tensor tensor(Value value) {
    return places.whole(value);
  }

  /** Declares the parameters frozen until the next call. */
  public void freezeParameters() {
    passes.forEach(Pass::freezeParameters);
    scaling.forEach(Pass::freezeParameters);
  }

  /**
   * Computes the output.
   *
   * @param step of the training, from 0
   * @param batch how many images the input holds
   */
  public void forward(long step, int batch) {
    user.enter();
    try {
      context.set(step, 0, batch);
      for (int i = 0; i < scaling.size(); i++) { // an iterator would be garbage
        scaling.get(i).prepareForward();
      }
      run(forward);
    } finally {
      user.leave();
    }
  }

  /** Adds to the gradients of the parameters, for the batch of the last forward. */
  public void backward() {
    backward(NOBODY);
  }

  /**
   * Adds to the gradients of the parameters, for the batch of the last forward.
   *
   * @param complete receives each of these one time, as soon as its gradient stays as it is, from
   *     the last layer to the first, while the way back goes on
   */
  public void backward(Consumer<Parameter> complete) {
    user.enter();
    try {
      for (int i = 0; i < backward.size(); i++) { // an iterator would be garbage
        backward.get(i).run();
        for (Parameter parameter : this.complete.get(i)) {
          complete.accept(parameter);
        }
      }
    } finally {
      user.leave();
    }
  }

  private static void run(List<Runnable> groups) {
    for (int i = 0; i < groups.size(); i++) { // an iterator would be garbage
      groups.get(i).run();
    }
  }
}
