// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SgdTest {
  @Test
  void aStepIsOneFusedMultiplyAddPerElement() {
    float[] value = {9f, 1f, -2f, 3.3f, 9f};
    float[] grad = {0.5f, -0.25f, 1e-3f, 7f, 7f};
    Parameter parameter = new Parameter("weight", new Tensor(value, 1, 3), new Tensor(grad, 0, 3));
    new Sgd().newUpdater(Map.of("0.weight", parameter), WorkerTeam.single()).step(0.1f);
    assertEquals(9f, value[0]);
    assertEquals(Math.fma(-0.1f, 0.5f, 1f), value[1]);
    assertEquals(Math.fma(-0.1f, -0.25f, -2f), value[2]);
    assertEquals(Math.fma(-0.1f, 1e-3f, 3.3f), value[3]);
    assertEquals(9f, value[4]);
    assertEquals(0.5f, grad[0], "gradients stay as they are");
  }

  @Test
  void everyParameterIsUpdated() {
    Parameter one = Parameter.zeros("weight", 40_000);
    Parameter two = Parameter.zeros("bias", 2, 3);
    java.util.Arrays.fill(one.grad().data, 1f);
    java.util.Arrays.fill(two.grad().data, -2f);
    try (WorkerTeam team = new WorkerTeam(2)) {
      Optimizer.Updater sgd = new Sgd().newUpdater(Map.of("0.weight", one, "0.bias", two), team);
      sgd.step(0.5f);
      sgd.step(0.5f);
      assertEquals(Map.of(), sgd.state());
    }
    for (int i = 0; i < one.value().size(); i++) {
      assertEquals(-1f, one.value().data[i]);
    }
    for (int i = 0; i < two.value().size(); i++) {
      assertEquals(2f, two.value().data[i]);
    }
  }
}
