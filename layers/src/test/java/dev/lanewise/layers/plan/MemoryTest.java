// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.Padding;
import dev.lanewise.layers.Concat;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Residual;
import dev.lanewise.layers.Sequential;
import dev.lanewise.layers.cases.LayerCases;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Graph;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.graph.Trait;
import dev.lanewise.layers.models.Models;
import dev.lanewise.layers.plan.Plan.Place;
import dev.lanewise.layers.plan.Value.Role;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Where values lie: nobody overwrites what somebody still reads, and little memory is needed. */
final class MemoryTest {
  private static final int LINE = 32;

  static Stream<Arguments> plans() {
    Map<String, Graph> graphs = new HashMap<>();
    graphs.put("simple", Models.simple(Shape.of(5, 6, 1), 3).graph());
    graphs.put("complex", Models.complex(Shape.of(5, 6, 1), 3).graph());
    LayerCases.networks(Shape.of(9, 9, 1)).forEach((name, n) -> graphs.put(name, n.graph()));
    graphs.put("spies", mixed().graph());
    List<Arguments> plans = new ArrayList<>();
    graphs.forEach(
        (name, graph) -> {
          for (Mode mode : Mode.values()) {
            for (int threads : new int[] {1, 2, 3}) {
              for (int maxBatch : new int[] {1, 7, 24}) {
                plans.add(Arguments.of(name, mode, threads, maxBatch, graph));
              }
            }
          }
        });
    return plans.stream();
  }

  /** Nested branches; some in place, some per image, some with parameters. */
  private static Network mixed() {
    Trait image = Trait.PER_IMAGE;
    Block inner =
        new Residual(
            new Sequential(new Spy(1, image), new Spy(0, image, Trait.IN_PLACE)),
            new Spy(1, image, Trait.GRADIENTS_BY_SLICES));
    return new Network(
        Shape.of(3, 2, 2),
        new Spy(0, Trait.IN_PLACE),
        new Spy(1),
        new Residual(new Concat(inner, new Spy(0)), new Concat(new Spy(1), inner)),
        new Flatten(),
        new Residual(new Sequential(new Spy(0, Trait.IN_PLACE), new Spy(1, image))),
        new Spy(0, image, Trait.IN_PLACE));
  }

  /**
   * Runs the steps on memory whose cells hold the name of what was written last: whoever reads must
   * find what he is to read.
   */
  private static final class Machine {
    private final Plan plan;
    private final Map<Value, Value> same = new HashMap<>(); // reshaped: what it is in truth
    private final Map<String, Value[]> arrays = new HashMap<>();

    Machine(Plan before, Plan plan) {
      this.plan = plan;
      for (Step step : before.steps()) {
        if (!plan.steps().contains(step)) { // a reshape that was left out
          boolean back = step.backward();
          Value from = back ? step.dy() : step.x().getFirst();
          Value to = back ? step.dx().getFirst() : step.y();
          same.put(to, same.getOrDefault(from, from));
        }
      }
      for (Role role : Role.values()) {
        arrays.put(role + " whole", cells(plan.arena().wholeFloats().get(role)));
        arrays.put(role + " worker", cells(plan.arena().workerFloats().get(role)));
      }
    }

    private static Value[] cells(long floats) {
      return new Value[(int) floats];
    }

    private Place place(Value value) {
      return plan.arena().places().get(plan.storage(value));
    }

    private Value[] array(Value value) {
      return arrays.get(
          plan.storage(value).role() + (place(value).worker() ? " worker" : " whole"));
    }

    private int from(Value value) {
      return (int) place(value).at();
    }

    /** With what a kernel may read beyond it. */
    private int to(Value value, Group group) {
      int images = place(value).worker() ? group.section().images() : plan.maxBatch();
      return from(value) + images * value.shape().size();
    }

    void write(Value value, Group group) {
      assertTrue(to(value, group) + Padding.FLOATS <= array(value).length, "room behind " + value);
      Arrays.fill(array(value), from(value), to(value, group), same.getOrDefault(value, value));
    }

    void read(Value value, Group group, String who) {
      Value expected = same.getOrDefault(value, value);
      for (int i = from(value); i < to(value, group); i++) {
        assertSame(expected, array(value)[i], who + " reads " + value);
      }
    }

    void run() {
      Group whole = Group.whole(plan.steps().getFirst());
      write(plan.input(), whole);
      boolean backward = false;
      for (Group group : plan.groups()) {
        if (group.steps().getFirst().backward() && !backward) {
          backward = true;
          read(plan.output(), whole, "the caller");
          write(plan.outputGradient(), whole);
        }
        if (group.section() != null) {
          assertNoOverlap(group);
        }
        for (Step step : group.steps()) {
          plan.reads(step).forEach(value -> read(value, group, step.toString()));
          step.writes().forEach(value -> write(value, group));
        }
      }
      read(plan.input(), whole, "the caller");
      read(plan.output(), whole, "the caller");
    }

    /** Slices are at different steps at one time: all that is there for the batch lies apart. */
    private void assertNoOverlap(Group group) {
      Map<Value, Value> storages = new HashMap<>(); // to the longest of them
      for (Step step : group.steps()) {
        Stream.concat(plan.reads(step).stream(), step.writes().stream())
            .filter(value -> !place(value).worker())
            .forEach(
                value ->
                    storages.merge(
                        plan.storage(value),
                        value,
                        (a, b) -> a.shape().size() < b.shape().size() ? b : a));
      }
      for (Value a : storages.values()) {
        for (Value b : storages.values()) {
          boolean apart =
              plan.storage(a) == plan.storage(b)
                  || array(a) != array(b)
                  || to(a, group) <= from(b)
                  || to(b, group) <= from(a);
          assertTrue(apart, a + " and " + b + " overlap in " + group.steps());
        }
      }
    }
  }

  @ParameterizedTest(name = "{0}, {1}, {2} threads, {3} images")
  @MethodSource("plans")
  void everyReaderFindsWhatWasWritten(
      String name, Mode mode, int threads, int maxBatch, Graph graph) {
    Plan before = Slices.of(Fusion.of(PlainPlan.of(graph, mode, maxBatch, threads)));
    Plan plan = Memory.of(InPlace.of(before));
    new Machine(before, plan).run();
    Plan plain = PlainPlan.of(graph, mode, maxBatch, threads);
    new Machine(plain, Memory.of(plain)).run();
  }

  private static Plan chain(Mode mode, int maxBatch, int... features) {
    List<Block> layers = new ArrayList<>();
    for (int f : features) {
      layers.add(new Wide(f));
    }
    Graph graph = new Network(Shape.of(1, 1, 7), layers).graph();
    return Memory.of(PlainPlan.of(graph, mode, maxBatch, 1));
  }

  private static List<Place> places(Plan plan, Role role) {
    Set<Value> values = new HashSet<>();
    List<Place> places = new ArrayList<>();
    for (Step step : plan.steps()) {
      for (Value value : step.writes()) {
        if (value.role() == role && values.add(value)) {
          places.add(plan.arena().places().get(value));
        }
      }
    }
    return places;
  }

  /** Each value is read by the next layer alone: two slots in turn, as long as their longest. */
  @Test
  void aChainNeedsTwoSlotsInTurn() {
    int images = 3;
    Plan plan = chain(Mode.INFERENCE, images, 40, 7, 48, 9, 100); // the caller has the last one
    List<Integer> slots = slots(plan, Role.ACTIVATION);
    assertEquals(slots.get(0), slots.get(2));
    assertEquals(slots.get(1), slots.get(3));
    assertEquals(3, Set.copyOf(slots).size());
    assertEquals(
        room(images, 7) + room(images, 48) + room(images, 9) + room(images, 100),
        plan.arena().wholeFloats().get(Role.ACTIVATION));
    Plan training = chain(Mode.TRAINING, images, 40, 7, 48, 9, 100);
    List<Integer> gradients = slots(training, Role.GRADIENT);
    assertEquals(gradients.get(0), gradients.get(2));
    assertEquals(gradients.get(1), gradients.get(3));
    assertEquals(
        room(images, 100) + room(images, 9), // of 100, 48 and 40; of 9 and 7
        training.arena().wholeFloats().get(Role.GRADIENT));
  }

  private static List<Integer> slots(Plan plan, Role role) {
    return places(plan, role).stream().map(Place::slot).toList();
  }

  private static long room(int images, int features) {
    return Padding.lines((long) images * features + Padding.FLOATS);
  }

  /** So that half of the images lie on the same side, however long they are. */
  @Test
  void valuesInTurnHaveTheirMiddlesInCommon() {
    int images = 64;
    Plan plan = chain(Mode.INFERENCE, images, 40, 7, 48, 9, 7);
    List<Place> places = places(plan, Role.ACTIVATION);
    int[] features = {40, 7, 48, 9};
    for (int i = 0; i < 2; i++) {
      long one = places.get(i).at() + room(images, features[i]) / 2;
      long other = places.get(i + 2).at() + room(images, features[i + 2]) / 2;
      assertTrue(Math.abs(one - other) <= LINE, one + " and " + other); // whole lines
    }
    for (Place place : places) {
      assertEquals(0, place.at() % LINE);
    }
  }

  /** A training keeps them all, one behind the other. */
  @Test
  void whatBackwardReadsHasAPlaceOfItsOwn() {
    Plan plan = chain(Mode.TRAINING, 3, 40, 7, 48);
    List<Place> places = places(plan, Role.ACTIVATION);
    assertEquals(3, places.stream().map(Place::slot).distinct().count());
    assertEquals(
        room(3, 7) + room(3, 40) + room(3, 7) + room(3, 48),
        plan.arena().wholeFloats().get(Role.ACTIVATION));
  }

  @Test
  void valuesOfOneRoleLieInOneArray() {
    Plan plan = chain(Mode.TRAINING, 3, 40, 7, 48);
    Places places = new Places(plan);
    Tensor input = places.whole(plan.input());
    assertEquals(Padding.LEAD + plan.arena().places().get(plan.input()).at(), input.offset);
    assertSame(input.data, places.whole(plan.output()).data);
    assertNotSame(input.data, places.whole(plan.outputGradient()).data);
    assertEquals("Tensor[3, 1, 1, 48]", places.whole(plan.output()).toString());
    assertEquals("Tensor[2, 1, 1, 48]", places.images(plan.output(), 1, 2, -1).toString());
    assertEquals(
        places.whole(plan.output()).offset + 48, places.images(plan.output(), 1, 2, -1).offset);
  }

  /** Where one array cannot hold all values, each has its own. */
  @Test
  void arraysThatWouldBeTooLongAreDivided() {
    Plan small = chain(Mode.INFERENCE, 3, 40, 7, 48);
    Map<Role, Long> floats =
        Map.of(Role.ACTIVATION, (long) Integer.MAX_VALUE - 8, Role.GRADIENT, 0L);
    Map<Role, Long> none = Map.of(Role.ACTIVATION, 0L, Role.GRADIENT, 0L);
    Plan plan = small.arena(new Plan.Arena(small.arena().places(), floats, none));
    Places places = new Places(plan);
    Tensor input = places.whole(plan.input());
    Tensor output = places.whole(plan.output());
    assertNotSame(input.data, output.data);
    assertEquals(0, input.offset);
    assertEquals(3 * 48 + Padding.FLOATS, output.data.length);
    assertSame(input.data, places.images(plan.input(), 2, 1, -1).data, "always the same");
    assertEquals(14, places.images(plan.input(), 2, 1, -1).offset);
  }
}
