// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import dev.lanewise.engine.run.BatchParts;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Trait;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Divides consecutive layers that treat every image by itself among the threads by images. A thread
 * takes a few images, a slice, through all of these layers alone: what a layer writes is still in
 * the caches of that processor when the next one reads it, and threads wait for one another once,
 * not for each layer.
 *
 * <p>On the way back, layers whose gradients can be computed {@linkplain Trait#GRADIENTS_BY_SLICES
 * by slices} do so as long as the parts of a batch, in which their sums are cut, occupy all
 * threads. Then nothing but the parameters and what forward wrote comes from memory again. More
 * threads leave those gradients to the layers, afterwards.
 */
final class Slices {
  /**
   * Parameters, at most, of layers whose training is divided by images: 64 KiB. What the passes
   * make of more of them, for all layers at once, would drive activations out of the caches.
   */
  private static final int FEW_PARAMETERS = 16 * 1024;

  /** Floats, 16 MiB: activations of this size do not stay in the caches between layers anyway. */
  private static final int MANY_ACTIVATIONS = 4 * 1024 * 1024;

  /** 256 KiB, a part of an L2 cache: for the longest activation of a slice. */
  private static final int SLICE_FLOATS = 64 * 1024;

  /**
   * Slices for each thread, at least, while there are images: so a thread that is late can be
   * helped (but not with a part of a batch on the way back, whose sums have an order).
   */
  private static final int SLICES = 4;

  private Slices() {}

  /** Divides the sections of a plan of whole batches for which it pays. */
  static Plan of(Plan plan) {
    Map<Node, Section> sections = new HashMap<>();
    List<Node> nodes = plan.graph().nodes();
    for (int from = 0, end; from < nodes.size(); from = end) {
      end = from;
      while (end < nodes.size() && isPerImage(plan, nodes.get(end))) {
        end++;
      }
      end = Math.max(end, from + 1);
      List<Node> consecutive = nodes.subList(from, end);
      if (isPerImage(plan, nodes.get(from)) && pays(plan, consecutive)) {
        Section section =
            new Section(
                consecutive,
                images(plan, consecutive),
                BatchParts.occupy(BatchParts.COUNT, plan.threads()));
        consecutive.forEach(node -> sections.put(node, section));
      }
    }
    return sections.isEmpty() ? plan : plan.groups(groups(plan, sections));
  }

  private static boolean isPerImage(Plan plan, Node node) {
    return node.traits(plan.mode()).contains(Trait.PER_IMAGE);
  }

  /** One layer alone, and few images, are better divided by the layers. */
  private static boolean pays(Plan plan, List<Node> nodes) {
    if (nodes.size() == 1 || plan.maxBatch() < 2 * plan.threads()) {
      return false;
    }
    long parameters = 0;
    long floats = 0;
    for (Node node : nodes) {
      floats += (long) plan.maxBatch() * node.shape().size();
      for (Parameter parameter : node.parameters()) {
        parameters += parameter.value().size();
      }
    }
    return plan.mode() == Mode.INFERENCE
        || parameters <= FEW_PARAMETERS
        || floats >= MANY_ACTIVATIONS;
  }

  /** Images of a slice, at most. */
  private static int images(Plan plan, List<Node> nodes) {
    int longest = 1;
    for (Node node : nodes) {
      longest = Math.max(longest, node.shape().size());
      for (Node from : node.inputs()) {
        longest = Math.max(longest, from.shape().size());
      }
    }
    int most = Math.min(SLICE_FLOATS / longest, plan.maxBatch() / (SLICES * plan.threads()));
    return Math.clamp(most, 1, plan.maxBatch());
  }

  private static List<Group> groups(Plan plan, Map<Node, Section> sections) {
    List<Group> groups = new ArrayList<>();
    List<Step> run = new ArrayList<>(); // of a section, in one direction
    List<Step> after = new ArrayList<>(); // gradients that the slices leave to the layers
    Step last = null;
    for (Step step : plan.steps()) {
      Section section = sections.get(step.node());
      if (last != null
          && (section != sections.get(last.node()) || step.backward() != last.backward())) {
        end(groups, sections.get(last.node()), run, after);
      }
      last = step;
      if (section == null) {
        groups.add(Group.whole(step));
      } else if (step.kind() == Step.Kind.BACKWARD) {
        Set<Trait> traits = step.node().traits(plan.mode());
        if (step.node().parameters().isEmpty()) {
          run.add(step.kind(Step.Kind.BACKWARD_DATA));
        } else if (section.byParts() && traits.contains(Trait.GRADIENTS_BY_SLICES)) {
          run.add(step.kind(Step.Kind.BACKWARD_SLICE));
        } else {
          if (step.wantsData()) {
            run.add(step.kind(Step.Kind.BACKWARD_DATA));
          }
          after.add(step.kind(Step.Kind.BACKWARD_PARAMETERS));
        }
      } else {
        run.add(step);
      }
    }
    if (last != null) {
      end(groups, sections.get(last.node()), run, after);
    }
    return groups;
  }

  private static void end(List<Group> groups, Section section, List<Step> run, List<Step> after) {
    if (!run.isEmpty()) {
      groups.add(new Group(section, List.copyOf(run)));
    }
    after.forEach(step -> groups.add(Group.whole(step)));
    run.clear();
    after.clear();
  }
}
