// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.models.Models;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** Runs in a JVM in which little else runs: what others do decides when C2 compiles a loop. */
final class AllocationTest {
  private static final int IMAGES = 7;

  @Test
  void aPredictionAllocatesNothing() {
    Network network = Models.simple(Shape.of(8, 8, 1), 5);
    network.initialize(1);
    Predictor predictor = new Predictor(network, 2);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    float[] images = new float[IMAGES * 64];
    float[] result = new float[IMAGES * 5];
    int[] classes = new int[IMAGES];
    long least = Long.MAX_VALUE; // vectors are boxed until C2 has compiled their loops
    for (int round = 0; round < 5000 && least > 0; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 100; i++) {
        predictor.outputs(IMAGES, images, result);
        predictor.probabilities(IMAGES, images, result);
        predictor.top(IMAGES, images, 1, classes, result);
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertEquals(0, least, "bytes for 300 predictions");
  }
}
