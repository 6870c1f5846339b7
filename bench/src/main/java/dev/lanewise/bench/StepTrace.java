// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.engine.run.WorkerTeam;
import java.lang.StackWalker.StackFrame;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;

/**
 * Records the regions of a step that a {@linkplain WorkerTeam#traced traced} team runs, and what
 * they do. Not thread-safe: such a team runs everything in one thread.
 */
final class StepTrace implements WorkerTeam.Trace {
  /**
   * A region.
   *
   * @param tasks how many there were
   * @param nanos {@code [threads]}: how long each share took
   * @param name what it does; {@code null} unless names were wanted
   */
  record Region(int tasks, long[] nanos, String name) {
    /** One task is done by one thread, whatever the team. */
    boolean isDivided() {
      return tasks > 1;
    }
  }

  /**
   * A step.
   *
   * @param nanos how long it took altogether, in one thread
   * @param regions in the order in which they ended
   */
  record Step(long nanos, List<Region> regions) {}

  private final List<Region> regions = new ArrayList<>();
  private final Deque<String> running = new ArrayDeque<>(); // of whole batches
  private final List<String> sliced = new ArrayList<>(); // inside the region that is running
  private boolean naming;

  /**
   * Runs and records a step.
   *
   * @param naming whether to find out what the regions do, which takes time
   */
  Step record(Runnable step, boolean naming) {
    regions.clear();
    sliced.clear();
    this.naming = naming;
    long begin = System.nanoTime();
    step.run();
    return new Step(System.nanoTime() - begin, List.copyOf(regions));
  }

  /** A layer begins to work on a whole batch. */
  void enter(String what) {
    running.push(what);
  }

  /** It has ended. */
  void leave() {
    running.pop();
  }

  /** A layer works on a slice, inside a task. */
  void slice(String what) {
    if (naming) {
      sliced.add(what);
    }
  }

  @Override
  public void region(int tasks, long[] nanos) {
    regions.add(new Region(tasks, nanos, naming ? name() : null));
    sliced.clear();
  }

  /** The layers at work, or else what was called from outside; and the class with the tasks. */
  private String name() {
    List<StackFrame> frames =
        StackWalker.getInstance().walk(stack -> stack.filter(isOf("dev.lanewise.")).toList());
    StackFrame opener =
        frames.stream()
            .filter(isOf("dev.lanewise.bench.").or(isOf(WorkerTeam.class.getName())).negate())
            .findFirst()
            .orElse(frames.getLast());
    return what(frames) + " (" + simpleName(opener) + ")";
  }

  private String what(List<StackFrame> frames) {
    if (!running.isEmpty()) {
      return running.peek();
    }
    if (!sliced.isEmpty()) {
      String last = sliced.getLast();
      int first = sliced.lastIndexOf(sliced.getFirst()); // of the last slice
      return first == sliced.size() - 1 ? last : sliced.getFirst() + " to " + last;
    }
    return frames.stream()
        .filter(isOf("dev.lanewise.layers."))
        .reduce((inner, outer) -> outer)
        .map(frame -> simpleName(frame) + "." + frame.getMethodName())
        .orElse("outside the network");
  }

  private static Predicate<StackFrame> isOf(String prefix) {
    return frame -> frame.getClassName().startsWith(prefix);
  }

  private static String simpleName(StackFrame frame) {
    String name = frame.getClassName();
    return name.substring(name.lastIndexOf('.') + 1).replaceAll("\\$.*", "");
  }
}
