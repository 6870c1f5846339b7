package dev.lanewise.layers.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AdamTest {
  private static final double UNIT = 0x1p-24;

  /** A window of a longer array, so that offsets matter. */
  private static Tensor window(int offset, float... values) {
    float[] data = new float[offset + values.length + 2];
    Arrays.fill(data, 77f);
    System.arraycopy(values, 0, data, offset, values.length);
    return new Tensor(data, offset, values.length);
  }

  private static float[] values(Tensor tensor) {
    return Arrays.copyOfRange(tensor.data, tensor.offset, tensor.offset + tensor.size());
  }

  /**
   * PyTorch's steps in double precision. A step rounds the parameter once, and its update, which is
   * at most about ten learning rates long, some times.
   */
  @ParameterizedTest
  @ValueSource(strings = {"defaults", "short-memory", "weight-decay", "large-eps"})
  void fiftyStepsAreThoseOfPyTorch(String name) throws IOException {
    Safetensors recorded =
        Safetensors.read(Path.of("src", "test", "resources", "adam", name + ".safetensors"));
    Map<String, String> options = recorded.metadata();
    Adam adam =
        new Adam(
            Double.parseDouble(options.get("beta1")),
            Double.parseDouble(options.get("beta2")),
            Double.parseDouble(options.get("eps")),
            Double.parseDouble(options.get("weightDecay")));
    float rate = Float.parseFloat(options.get("learningRate"));
    Tensor value = window(3, values(recorded.tensors().get("start")));
    Tensor grad = window(1, new float[value.size()]);
    Optimizer.Updater updater =
        adam.newUpdater(
            Map.of("0.weight", new Parameter("weight", value, grad)), WorkerTeam.single());

    float[] gradients = values(recorded.tensors().get("gradients"));
    float[] expected = values(recorded.tensors().get("values"));
    int size = value.size();
    int steps = gradients.length / size;
    assertEquals(50, steps);
    for (int step = 0; step < steps; step++) {
      System.arraycopy(gradients, step * size, grad.data, grad.offset, size);
      updater.step(rate);
      for (int i = 0; i < size; i++) {
        float p = expected[step * size + i];
        double bound = (step + 2) * UNIT * (Math.abs(p) + 10 * rate);
        assertEquals(p, value.data[value.offset + i], bound, "step " + step + ", element " + i);
      }
      assertEquals(gradients[step * size], grad.data[grad.offset], "gradients stay as they are");
    }
    assertEquals(77f, value.data[value.offset - 1]);
    assertEquals(77f, value.data[value.offset + size]);
    for (String mean : List.of("exp_avg", "exp_avg_sq")) {
      float[] theirs = values(recorded.tensors().get(mean));
      float[] ours = values(updater.state().get(mean + ".0.weight"));
      for (int i = 0; i < size; i++) {
        float largest = 0;
        for (int step = 0; step < steps; step++) {
          float decayed = 0.1f * Math.abs(expected[step * size + i]);
          float g = Math.abs(gradients[step * size + i]) + decayed;
          largest = Math.max(largest, mean.equals("exp_avg") ? g : g * g);
        }
        assertEquals(theirs[i], ours[i], 64 * UNIT * largest, mean + " of element " + i);
      }
    }
  }

  @Test
  void theFirstStepIsOfTheLengthOfTheLearningRate() {
    Tensor value = window(0, 1f, 1f, 1f);
    Tensor grad = window(2, 3f, -1e-3f, 0f);
    Map<String, Parameter> parameters = Map.of("0.bias", new Parameter("bias", value, grad));
    new Adam().newUpdater(parameters, WorkerTeam.single()).step(0.25f);
    assertEquals(0.75f, value.data[0], 1e-6f);
    assertEquals(1.25f, value.data[1], 1e-5f); // eps is a hundred-thousandth of the gradient
    assertEquals(1f, value.data[2]);
  }

  private static Map<String, Parameter> drawn(RandomStream random) {
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    for (String name : List.of("0.weight", "0.bias", "3.weight")) {
      Parameter p = Parameter.zeros(name.substring(2), name.equals("0.bias") ? 7 : 10_001);
      for (int i = 0; i < p.value().size(); i++) {
        p.value().data[i] = (float) random.nextGaussian();
      }
      parameters.put(name, p);
    }
    return parameters;
  }

  private static void step(Optimizer.Updater updater, Map<String, Parameter> parameters, int n) {
    RandomStream random = new RandomStream(5).split(n);
    for (Parameter p : parameters.values()) {
      for (int i = 0; i < p.grad().size(); i++) {
        p.grad().data[i] = (float) random.nextGaussian();
      }
    }
    updater.step(0.01f);
  }

  @Test
  void theBitsDependNeitherOnThreadsNorOnAnInterruption() {
    Adam adam = new Adam().weightDecay(0.1);
    Map<String, Parameter> expected = drawn(new RandomStream(3));
    Optimizer.Updater whole = adam.newUpdater(expected, WorkerTeam.single());
    for (int n = 0; n < 6; n++) {
      step(whole, expected, n);
    }
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (WorkerTeam team = new WorkerTeam(threads)) {
        Map<String, Parameter> actual = drawn(new RandomStream(3));
        Optimizer.Updater first = adam.newUpdater(actual, team);
        for (int n = 0; n < 3; n++) {
          step(first, actual, n);
        }
        Optimizer.Updater second = adam.newUpdater(actual, team);
        assertEquals(first.state().keySet(), second.state().keySet());
        second
            .state()
            .forEach(
                (name, tensor) -> {
                  Tensor saved = first.state().get(name);
                  System.arraycopy(saved.data, 0, tensor.data, 0, saved.size());
                });
        for (int n = 3; n < 6; n++) {
          step(second, actual, n);
        }
        expected.forEach(
            (name, p) -> assertArrayEquals(p.value().data, actual.get(name).value().data, name));
      }
    }
  }

  @Test
  void stateIsNamedByParameter() {
    Optimizer.Updater updater =
        new Adam().newUpdater(drawn(new RandomStream(3)), WorkerTeam.single());
    assertEquals(
        "step exp_avg.0.weight exp_avg_sq.0.weight exp_avg.0.bias exp_avg_sq.0.bias"
            + " exp_avg.3.weight exp_avg_sq.3.weight",
        String.join(" ", updater.state().keySet()));
  }

  /** A float counts to 2^24 only. */
  @Test
  void stepsAreCountedExactly() {
    Optimizer.Updater updater = new Adam().newUpdater(Map.of(), WorkerTeam.single());
    float[] count = updater.state().get("step").data;
    updater.step(0.1f);
    assertArrayEquals(new float[] {1, 0}, Arrays.copyOf(count, 2));
    count[0] = (1 << 24) - 1;
    count[1] = 5;
    updater.step(0.1f);
    assertArrayEquals(new float[] {0, 6}, Arrays.copyOf(count, 2));
    updater.step(0.1f);
    assertArrayEquals(new float[] {1, 6}, Arrays.copyOf(count, 2));
  }

  @ParameterizedTest
  @CsvSource({
    "-0.1, 0.9, 1e-8, 0, beta1 and beta2",
    "1, 0.9, 1e-8, 0, beta1 and beta2",
    "0.9, NaN, 1e-8, 0, beta1 and beta2",
    "0.9, 1, 1e-8, 0, beta1 and beta2",
    "0.9, 0.9, 0, 0, eps must",
    "0.9, 0.9, 1e-99, 0, eps must",
    "0.9, 0.9, Infinity, 0, eps must",
    "0.9, 0.9, 1e-8, -1, weightDecay must",
    "0.9, 0.9, 1e-8, NaN, weightDecay must"
  })
  void impossibleNumbersAreRefused(
      double beta1, double beta2, double eps, double decay, String part) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> new Adam(beta1, beta2, eps, decay))
            .getMessage();
    assertTrue(message.contains(part), message);
  }

  @Test
  void aDescriptionKeepsWhatIsNotChanged() {
    assertEquals(new Adam(0.9, 0.999, 1e-8, 0), new Adam());
    assertEquals(new Adam(0.7, 0.9, 1e-8, 0.1), new Adam().weightDecay(0.1).betas(0.7, 0.9));
  }
}
