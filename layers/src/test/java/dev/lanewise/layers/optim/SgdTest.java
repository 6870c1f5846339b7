package dev.lanewise.layers.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Parameter;
import dev.lanewise.layers.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SgdTest {
  @Test
  void aStepIsOneFusedMultiplyAddPerElement() {
    float[] value = {9f, 1f, -2f, 3.3f, 9f};
    float[] grad = {0.5f, -0.25f, 1e-3f, 7f, 7f};
    Parameter parameter = new Parameter("weight", new Tensor(value, 1, 3), new Tensor(grad, 0, 3));
    new Sgd(List.of(parameter), 0.1f, WorkerTeam.single()).step();
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
      Sgd sgd = new Sgd(List.of(one, two), 0.5f, team);
      sgd.step();
      sgd.step();
    }
    for (int i = 0; i < one.value().size(); i++) {
      assertEquals(-1f, one.value().data[i]);
    }
    for (int i = 0; i < two.value().size(); i++) {
      assertEquals(2f, two.value().data[i]);
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {0f, -0.1f, Float.NaN, Float.POSITIVE_INFINITY})
  void impossibleLearningRatesAreRefused(float rate) {
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> new Sgd(List.of(), rate, WorkerTeam.single()))
            .getMessage();
    assertTrue(message.contains("learning rate") && message.contains("" + rate), message);
  }
}
