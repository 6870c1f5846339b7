// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import java.lang.management.ManagementFactory;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/**
 * A profiler for JMH: the heap that is in use after each iteration, once everything unreachable has
 * been collected. {@code -prof dev.lanewise.bench.HeapProfiler} switches it on.
 */
public final class HeapProfiler implements InternalProfiler {
  private static final double MB = 1e6;

  /** JMH makes one by its name. */
  public HeapProfiler() {}

  @Override
  public String getDescription() {
    return "Heap in use after a collection";
  }

  @Override
  public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
    // There is nothing to prepare.
  }

  @Override
  public Collection<? extends Result<?>> afterIteration(
      BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
    System.gc();
    double used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / MB;
    return List.of(new ScalarResult("heap.used", used, "MB", AggregationPolicy.AVG));
  }
}
