// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import dev.lanewise.engine.run.Padding;
import dev.lanewise.layers.plan.Plan.Place;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Gives every storage a place, by liveness: those that live at different times share a slot. A
 * storage that only one group of slices uses is needed for a slice by each worker, others for the
 * whole batch. Slices of a group are at different steps at the same time, so to whole batches a
 * group is one moment.
 *
 * <p>In a chain of layers slots come down to two, in turn. A value lies in the middle of its slot:
 * so the first half of the images is on one side whatever their size, and of two threads each finds
 * there what it has written itself. All slots lie in one array while that can hold them, since a
 * large array is aligned ({@link Padding#LEAD}).
 */
final class Memory {
  private static final int EVER = Integer.MAX_VALUE;

  private final Plan plan;
  private final Map<Value, Life> lives = new HashMap<>();

  /** When a storage is in use, and by whom. */
  private static final class Life {
    final Value storage;
    Group group; // the only one that uses it; null if there are several, or the caller
    boolean several;
    int firstGroup = EVER;
    int lastGroup = -1;
    int firstStep = EVER;
    int lastStep = -1;

    Life(Value storage) {
      this.storage = storage;
    }

    void use(Group user, int groupIndex, int step) {
      several |= group != null && group != user;
      group = user;
      firstGroup = Math.min(firstGroup, groupIndex);
      lastGroup = Math.max(lastGroup, groupIndex);
      firstStep = Math.min(firstStep, step);
      lastStep = Math.max(lastStep, step);
    }

    /** Used by the caller, from one moment to another. */
    void pin(int first, int last) {
      several = true;
      firstGroup = Math.min(firstGroup, first);
      lastGroup = Math.max(lastGroup, last);
    }

    boolean perWorker() {
      return !several && group != null && group.section() != null;
    }

    int first() {
      return perWorker() ? firstStep : firstGroup;
    }

    int last() {
      return perWorker() ? lastStep : lastGroup;
    }
  }

  /** A place for values that live at different times. */
  private static final class Slot {
    long floats;
    int busyUntil = -1;
  }

  private Memory(Plan plan) {
    this.plan = plan;
  }

  static Plan of(Plan plan) {
    return plan.arena(new Memory(plan).arena());
  }

  private Plan.Arena arena() {
    int step = 0;
    int forward = 0; // groups
    for (int g = 0; g < plan.groups().size(); g++) {
      Group group = plan.groups().get(g);
      for (Step s : group.steps()) {
        forward = s.backward() ? forward : g + 1;
        use(s, group, g, step++);
      }
    }
    life(plan.input()).pin(-1, EVER);
    life(plan.output()).pin(-1, EVER);
    if (plan.outputGradient() != null) {
      life(plan.outputGradient()).pin(forward - 1, forward);
    }
    Map<Value, Place> places = new HashMap<>();
    Map<Value.Role, Long> whole = new EnumMap<>(Value.Role.class);
    Map<Value.Role, Long> worker = new EnumMap<>(Value.Role.class);
    for (Value.Role role : Value.Role.values()) {
      whole.put(role, place(role, false, places));
      worker.put(role, place(role, true, places));
    }
    return new Plan.Arena(places, whole, worker);
  }

  private void use(Step step, Group group, int groupIndex, int index) {
    List<Value> values = new ArrayList<>(plan.reads(step));
    values.addAll(step.writes());
    for (Value value : values) {
      life(value).use(group, groupIndex, index);
    }
  }

  private Life life(Value value) {
    return lives.computeIfAbsent(plan.storage(value), Life::new);
  }

  /** Gives places to the storages of one kind; returns the floats of all their slots. */
  private long place(Value.Role role, boolean perWorker, Map<Value, Place> places) {
    List<Life> wanted =
        lives.values().stream()
            .filter(life -> life.storage.role() == role && life.perWorker() == perWorker)
            .sorted(
                Comparator.comparingInt(Life::first)
                    .thenComparing(life -> life.storage.toString())
                    .thenComparing(Life::last))
            .toList();
    List<Slot> slots = new ArrayList<>();
    Map<Life, Integer> chosen = new HashMap<>();
    for (Life life : wanted) {
      int slot = free(slots, life.first());
      slots.get(slot).busyUntil = life.last();
      slots.get(slot).floats = Math.max(slots.get(slot).floats, floats(life));
      chosen.put(life, slot);
    }
    long[] at = new long[slots.size() + 1];
    for (int i = 0; i < slots.size(); i++) {
      at[i + 1] = at[i] + slots.get(i).floats;
    }
    for (Life life : wanted) {
      int slot = chosen.get(life);
      long middle = Padding.lines((slots.get(slot).floats - floats(life)) / 2);
      places.put(life.storage, new Place(perWorker, slot, at[slot] + middle));
    }
    return at[slots.size()];
  }

  private static int free(List<Slot> slots, int from) {
    for (int i = 0; i < slots.size(); i++) {
      if (slots.get(i).busyUntil < from) {
        return i;
      }
    }
    slots.add(new Slot());
    return slots.size() - 1;
  }

  private long floats(Life life) {
    int images = life.perWorker() ? life.group.section().images() : plan.maxBatch();
    return Padding.lines((long) images * life.storage.shape().size() + Padding.FLOATS);
  }
}
