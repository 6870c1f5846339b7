// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import dev.lanewise.layers.graph.Graph;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Parameter;
import java.util.Set;

/**
 * Chooses how a graph is run. {@code -Dlanewise.plan=plain} leaves out every optimisation, which
 * changes the speed and no bit.
 */
public final class Planner {
  private static final String PROPERTY = "lanewise.plan";

  private Planner() {}

  /**
   * The plan for a pass in which all parameters are trained.
   *
   * @param graph the layers
   * @param mode what the pass is for
   * @param maxBatch the largest batch
   * @param threads how many there are
   * @return the plan
   * @throws IllegalArgumentException as below
   */
  public static Plan plan(Graph graph, Mode mode, int maxBatch, int threads) {
    return plan(graph, mode, maxBatch, threads, Set.of());
  }

  /**
   * The plan for a pass: the fast one, unless the system property asks for the plain one.
   *
   * @param graph the layers
   * @param mode what the pass is for
   * @param maxBatch the largest batch
   * @param threads how many there are
   * @param frozen parameters whose gradients nobody needs
   * @return the plan
   * @throws IllegalArgumentException if {@code maxBatch} is not positive, or the property is
   *     neither {@code fast} nor {@code plain}
   */
  public static Plan plan(
      Graph graph, Mode mode, int maxBatch, int threads, Set<Parameter> frozen) {
    if (maxBatch < 1) {
      throw new IllegalArgumentException("maxBatch must be positive, but is " + maxBatch);
    }
    String choice = System.getProperty(PROPERTY, "fast");
    Plan plain = PlainPlan.of(graph, mode, maxBatch, threads, frozen);
    return switch (choice) {
      case "plain" -> plain;
      case "fast" -> fast(plain);
      default ->
          throw new IllegalArgumentException(
              "-D" + PROPERTY + "=" + choice + ": expected plain or fast");
    };
  }

  /** All optimisations, in the order in which each leaves to the next what it needs. */
  static Plan fast(Plan plain) {
    return Memory.of(InPlace.of(Frozen.of(Slices.of(Fusion.of(plain)))));
  }
}
