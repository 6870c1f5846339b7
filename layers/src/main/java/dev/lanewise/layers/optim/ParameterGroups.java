// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Groups of parameters, each with an optimizer and a learning rate of its own. A parameter belongs
 * to the first group whose filter chooses it, else to the rest:
 *
 * <pre>{@code
 * new ParameterGroups(new AdamW())
 *     .group(ParameterFilter.biasesAndNorms(), new AdamW().weightDecay(0))
 * }</pre>
 *
 * @param groups in the order in which they are asked
 * @param rest updates what no group has chosen
 */
public record ParameterGroups(List<Group> groups, Optimizer rest) implements Optimizer {
  /**
   * Some parameters and how they are updated.
   *
   * @param filter chooses them
   * @param optimizer updates them
   * @param factor what the learning rate is multiplied by in each step
   */
  public record Group(ParameterFilter filter, Optimizer optimizer, Schedule factor) {
    /**
     * Checks that nothing is missing.
     *
     * @throws NullPointerException if something is
     */
    public Group {
      Objects.requireNonNull(filter);
      Objects.requireNonNull(optimizer);
      Objects.requireNonNull(factor);
    }
  }

  /**
   * Takes over the list.
   *
   * @param groups in the order in which they are asked
   * @param rest updates what no group has chosen
   */
  public ParameterGroups {
    groups = List.copyOf(groups);
    Objects.requireNonNull(rest);
  }

  /**
   * No groups yet.
   *
   * @param rest updates what no group will choose
   */
  public ParameterGroups(Optimizer rest) {
    this(List.of(), rest);
  }

  /**
   * The same with one more group, which is asked after the others.
   *
   * @param filter chooses its parameters
   * @param optimizer updates them
   * @return the new description
   */
  public ParameterGroups group(ParameterFilter filter, Optimizer optimizer) {
    return group(filter, optimizer, 1f);
  }

  /**
   * The same with one more group, which is asked after the others.
   *
   * @param filter chooses its parameters
   * @param optimizer updates them
   * @param factor what the learning rate is multiplied by
   * @return the new description
   * @throws IllegalArgumentException if the factor is not finite and positive
   */
  public ParameterGroups group(ParameterFilter filter, Optimizer optimizer, float factor) {
    Require.positive("the factor of a learning rate", factor);
    return group(filter, optimizer, Schedule.constant(factor));
  }

  /**
   * The same with one more group, which is asked after the others.
   *
   * @param filter chooses its parameters
   * @param optimizer updates them
   * @param factor what the learning rate is multiplied by in each step; one that ends is held
   * @return the new description
   */
  public ParameterGroups group(ParameterFilter filter, Optimizer optimizer, Schedule factor) {
    List<Group> more = new ArrayList<>(groups);
    more.add(new Group(filter, optimizer, factor));
    return new ParameterGroups(more, rest);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if a group has no parameter, or one that its optimizer does
   *     not take
   */
  @Override
  public Optimizer.Updater newUpdater(Map<String, Parameter> parameters, WorkerTeam team) {
    return new Updater(this, parameters, team);
  }

  /** Applies the rules to certain parameters. */
  private static final class Updater implements Optimizer.Updater {
    private final Optimizer.Updater[] updaters; // of the groups, then of the rest
    private final Schedule[] factors;
    private final Map<String, Tensor> state = new LinkedHashMap<>();
    private final StepCounter steps = new StepCounter();

    Updater(ParameterGroups description, Map<String, Parameter> parameters, WorkerTeam team) {
      List<Group> groups = new ArrayList<>(description.groups);
      groups.add(new Group((name, p) -> true, description.rest, Schedule.constant(1f)));
      List<Map<String, Parameter>> chosen = new ArrayList<>();
      groups.forEach(group -> chosen.add(new LinkedHashMap<>()));
      parameters.forEach(
          (name, parameter) -> {
            int g = 0;
            while (!groups.get(g).filter.test(name, parameter)) {
              g++;
            }
            chosen.get(g).put(name, parameter);
          });
      state.put("step", steps.tensor());
      updaters = new Optimizer.Updater[groups.size()];
      factors = new Schedule[groups.size()];
      for (int g = 0; g < updaters.length; g++) {
        if (g < updaters.length - 1 && chosen.get(g).isEmpty()) {
          throw new IllegalArgumentException(
              ("parameter group " + (g + 1) + " has no parameter; there are ")
                  + (String.join(", ", parameters.keySet())));
        }
        Map<String, Parameter> own = Collections.unmodifiableMap(chosen.get(g));
        updaters[g] = groups.get(g).optimizer.newUpdater(own, team);
        factors[g] = groups.get(g).factor.hold();
        String prefix = "group" + g + ".";
        updaters[g].state().forEach((name, tensor) -> state.put(prefix + name, tensor));
      }
    }

    @Override
    public Map<String, Tensor> state() {
      return state;
    }

    /** Of all groups: each must have a momentum. */
    @Override
    public void momentum(float momentum) {
      for (Optimizer.Updater updater : updaters) {
        updater.momentum(momentum);
      }
    }

    @Override
    public void step(float learningRate) {
      long step = steps.get();
      for (int g = 0; g < updaters.length; g++) {
        updaters[g].step(learningRate * factors[g].rate(step));
      }
      steps.increment();
    }
  }
}
