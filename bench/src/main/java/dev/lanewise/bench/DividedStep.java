// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * How a step divides among threads. Times are medians over several steps, in nanoseconds.
 *
 * @param threads how many
 * @param serial outside all regions of several tasks
 * @param regions in their order
 */
record DividedStep(int threads, long serial, List<Region> regions) {
  /**
   * A region.
   *
   * @param tasks how many
   * @param work of all shares together
   * @param longestShare the least time that the region takes
   * @param name what it does
   */
  record Region(int tasks, long work, long longestShare, String name) {}

  /**
   * Takes the medians. The shares of a region take theirs one by one: what disturbed one share in
   * one step then counts for no other.
   *
   * @param threads of the traced team
   * @param names a step with the names of its regions
   * @param steps at least one
   * @throws IllegalStateException if the steps do not have the same regions
   */
  static DividedStep of(int threads, StepTrace.Step names, List<StepTrace.Step> steps) {
    List<Region> regions = new ArrayList<>();
    for (int i = 0; i < names.regions().size(); i++) {
      int region = i;
      long work = 0;
      long longest = 0;
      for (int w = 0; w < threads; w++) {
        int worker = w;
        long share = median(steps, step -> step.regions().get(region).nanos()[worker]);
        work += share;
        longest = Math.max(longest, share);
      }
      StepTrace.Region named = names.regions().get(i);
      regions.add(new Region(named.tasks(), work, longest, named.name()));
    }
    for (StepTrace.Step step : steps) {
      if (!tasks(step).equals(tasks(names))) {
        throw new IllegalStateException("steps have other regions: " + tasks(step));
      }
    }
    return new DividedStep(threads, median(steps, DividedStep::serial), List.copyOf(regions));
  }

  private static List<Integer> tasks(StepTrace.Step step) {
    return step.regions().stream().map(StepTrace.Region::tasks).toList();
  }

  private static long serial(StepTrace.Step step) {
    long serial = step.nanos();
    for (StepTrace.Region region : step.regions()) {
      for (int w = 0; w < region.nanos().length && region.isDivided(); w++) {
        serial -= region.nanos()[w];
      }
    }
    return serial;
  }

  private static long median(List<StepTrace.Step> steps, ToLongFunction<StepTrace.Step> value) {
    return steps.stream()
        .mapToLong(value)
        .sorted()
        .skip(steps.size() / 2)
        .findFirst()
        .orElseThrow();
  }

  /** The tasks of all regions. */
  long tasks() {
    return regions.stream().mapToLong(Region::tasks).sum();
  }

  /** Regions that cannot occupy all threads. */
  long small() {
    return regions.stream().filter(region -> region.tasks() < threads).count();
  }

  /** What one thread would take. */
  long work() {
    return serial + divided(Region::work);
  }

  /** What the threads take at least if each has a processor and runs its own share. */
  long criticalPath() {
    return serial + divided(Region::longestShare);
  }

  private long divided(ToLongFunction<Region> time) {
    return regions.stream().filter(region -> region.tasks() > 1).mapToLong(time).sum();
  }

  /** The speed-up that the critical path allows. */
  double speedUp() {
    return (double) work() / criticalPath();
  }

  /** The regions that take most of the critical path. */
  List<Region> longest(int count) {
    return regions.stream()
        .sorted(Comparator.comparingLong(Region::longestShare).reversed())
        .limit(count)
        .toList();
  }
}
