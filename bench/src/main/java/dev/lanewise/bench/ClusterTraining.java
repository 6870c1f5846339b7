// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import java.util.Arrays;
import java.util.Random;

/**
 * Simulates steps of a training that several machines share: each computes its part of a batch,
 * they exchange gradients, each updates its copy.
 *
 * @param cores of each machine
 * @param coreRate images/s of one core by itself
 * @param efficiency of a machine's cores together, of as many alone
 * @param fixed seconds that a machine needs for each step, whatever the batch
 * @param spread standard deviation of the time that a machine computes, of that time
 * @param overlap the last part of that time in which the exchange goes on already
 */
record ClusterTraining(
    int cores, double coreRate, double efficiency, double fixed, double spread, double overlap) {
  private static final int STEPS = 40;

  /**
   * Seconds of a step.
   *
   * @param exchange between the machines; null for one alone
   * @param batch images of all machines
   */
  double step(ClusterExchange exchange, int batch) {
    int machines = exchange == null ? 1 : exchange.machines();
    Random random = new Random(1);
    double[] begun = new double[machines];
    double[] ready = new double[machines];
    double[] computed = new double[machines];
    for (int step = 0; step < STEPS; step++) {
      for (int i = 0; i < machines; i++) {
        int images = (int) ((i + 1L) * batch / machines - (long) i * batch / machines);
        double time = compute(images) * Math.max(0.5, 1 + spread * random.nextGaussian());
        computed[i] = begun[i] + time;
        ready[i] = computed[i] - overlap * time;
      }
      double[] done = exchange == null ? ready : exchange.run(ready);
      for (int i = 0; i < machines; i++) {
        begun[i] = Math.max(done[i], computed[i]) + fixed;
      }
    }
    return Arrays.stream(begun).max().orElseThrow() / STEPS;
  }

  /** A core takes whole images. */
  private double compute(int images) {
    return Math.ceilDiv(images, cores) / (coreRate * efficiency);
  }
}
