// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Tensors;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Fifty steps of each optimizer, step by step, against its definition in double precision: that of
 * PyTorch, where PyTorch has it. {@code optimizer_cases.py} records them.
 */
final class OptimizerCasesTest {
  private static final Path FOLDER = Path.of("src", "test", "resources", "optimizers");
  private static final double UNIT = 0x1p-24;

  static final Map<String, Optimizer> CASES = cases();

  private static Map<String, Optimizer> cases() {
    Map<String, Optimizer> cases = new TreeMap<>();
    cases.put("sgd", new Sgd());
    cases.put("sgd-decay", new Sgd().weightDecay(0.1));
    cases.put("sgd-momentum", new Sgd().momentum(0.9));
    cases.put("sgd-dampening", new Sgd().momentum(0.9).dampening(0.3).weightDecay(1e-2));
    cases.put("sgd-nesterov", new Sgd().momentum(0.9).nesterov(true).weightDecay(5e-4));
    cases.put("adam", new Adam());
    cases.put("adam-short-memory", new Adam().betas(0.7, 0.9));
    cases.put("adam-decay", new Adam().weightDecay(1e-2));
    cases.put("adam-large-eps", new Adam(0, 0.99, 1e-2, 0.1));
    cases.put("adamw", new AdamW());
    cases.put("adamw-strong-decay", new AdamW().betas(0.8, 0.95).weightDecay(0.5));
    cases.put("rmsprop", new RmsProp());
    cases.put("rmsprop-momentum", new RmsProp().alpha(0.9).momentum(0.9).weightDecay(1e-2));
    cases.put("rmsprop-centered", new RmsProp().alpha(0.9).centered(true));
    cases.put(
        "rmsprop-all", new RmsProp().alpha(0.95).momentum(0.5).centered(true).weightDecay(0.1));
    cases.put("lion", new Lion());
    cases.put("lion-decay", new Lion().betas(0.8, 0.95).weightDecay(0.3));
    cases.put("muon", new Muon());
    cases.put("muon-tall", new Muon().momentum(0.8).nesterov(false).weightDecay(0));
    cases.put("muon-adamw", new Muon().iterations(3).scale(Muon.Scale.MATCH_RMS_ADAMW));
    cases.put("muon-airbench", Muon.airbench());
    cases.put("muon-airbench-tall", Muon.airbench());
    cases.put("one-cycle-sgd", new Sgd().momentum(0.9).nesterov(true));
    cases.put("one-cycle-adam", new Adam());
    cases.put("clip-norm", new ClipByNorm(new Sgd().momentum(0.9), 4));
    cases.put("clip-value", new ClipByValue(new Sgd().momentum(0.9), 0.5));
    cases.put(
        "groups",
        new ParameterGroups(new AdamW())
            .group(ParameterFilter.biasesAndNorms(), new AdamW().weightDecay(0), 3f));
    return cases;
  }

  static Set<String> names() {
    return CASES.keySet();
  }

  @Test
  void everyRecordedCaseIsCompared() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      Set<String> recorded =
          files
              .map(file -> file.getFileName().toString().replace(".safetensors", ""))
              .collect(Collectors.toCollection(TreeSet::new));
      recorded.removeAll(List.of("averages", "schedules"));
      assertEquals(recorded, CASES.keySet());
    }
  }

  /** What was recorded, and parameters to make the same steps with. */
  private static final class Run {
    final String name;
    final Map<String, Tensor> recorded;
    final Map<String, Parameter> parameters = new LinkedHashMap<>();
    Optimizer.Updater updater;

    /**
     * @param offset where values and gradients begin in their arrays
     */
    Run(String name, int offset) throws IOException {
      this.name = name;
      recorded = Safetensors.read(FOLDER.resolve(name + ".safetensors")).tensors();
      recorded.forEach(
          (key, start) -> {
            if (key.startsWith("start.")) {
              String parameter = key.substring("start.".length());
              Tensor value = window(3 * offset, start.dims());
              start.copyTo(value, start.size());
              parameters.put(
                  parameter,
                  new Parameter(
                      parameter.replaceAll(".*\\.", ""), value, window(offset, start.dims())));
            }
          });
      restart();
    }

    /** A window of a longer array. */
    private static Tensor window(int offset, int... dims) {
      int size = Arrays.stream(dims).reduce(1, (a, b) -> a * b);
      float[] data = new float[offset + size + 2];
      Arrays.fill(data, 77f);
      return new Tensor(data, offset, dims);
    }

    void restart() {
      updater = CASES.get(name).newUpdater(parameters, WorkerTeam.single());
    }

    void step(int step) {
      parameters.forEach(
          (parameter, p) -> {
            Tensor gradients = recorded.get("gradients." + parameter);
            System.arraycopy(
                gradients.data,
                gradients.offset + step * p.grad().size(),
                p.grad().data,
                p.grad().offset,
                p.grad().size());
          });
      if (name.startsWith("one-cycle")) {
        updater.momentum(recorded.get("momenta").data[recorded.get("momenta").offset + step]);
      }
      updater.step(rate(step));
    }

    float rate(int step) {
      return recorded.get("rates").data[recorded.get("rates").offset + step];
    }

    int steps() {
      return recorded.get("rates").size();
    }

    float recorded(String parameter, int step, int i) {
      Tensor values = recorded.get("values." + parameter);
      return values.data[values.offset + step * parameters.get(parameter).value().size() + i];
    }
  }

  /**
   * A step rounds an element once, and its update some times: so an error is a few units of the
   * element and of ten of its longest updates so far. Newton's and Schulz's iteration mixes the
   * elements of a matrix, and multiplies small singular values by 3.4445 each time, and what they
   * were rounded by as well.
   */
  @ParameterizedTest
  @MethodSource("names")
  void fiftyStepsAreThoseOfTheDefinition(String name) throws IOException {
    Run run = new Run(name, 1);
    assertEquals(50, run.steps());
    Map<String, double[]> bounds = new LinkedHashMap<>();
    run.parameters.forEach((p, parameter) -> bounds.put(p, new double[parameter.value().size()]));
    boolean mixed = name.startsWith("muon");
    double growth = CASES.get(name) instanceof Muon muon ? Math.pow(3.4445, muon.iterations()) : 1;
    for (int step = 0; step < run.steps(); step++) {
      run.step(step);
      for (String parameter : run.parameters.keySet()) {
        Tensor value = run.parameters.get(parameter).value();
        double[] longest = longestUpdates(run, parameter, step);
        double longestOfAll = Arrays.stream(longest).max().orElseThrow();
        for (int i = 0; i < value.size(); i++) {
          double update = growth * (mixed ? longestOfAll : longest[i]);
          float expected = run.recorded(parameter, step, i);
          double[] bound = bounds.get(parameter);
          bound[i] += UNIT * (2 * Math.abs(expected) + 10 * update);
          assertEquals(
              expected,
              value.data[value.offset + i],
              bound[i],
              parameter + " " + i + " after step " + step);
        }
      }
    }
    assertSlots(run);
    run.parameters.forEach(
        (parameter, p) -> {
          for (Tensor tensor : List.of(p.value(), p.grad())) {
            assertEquals(77f, tensor.data[tensor.offset - 1], "in front of " + parameter);
            assertEquals(77f, tensor.data[tensor.offset + tensor.size()], "behind " + parameter);
          }
        });
  }

  /** Of each element. */
  private static double[] longestUpdates(Run run, String parameter, int upTo) {
    Tensor start = run.recorded.get("start." + parameter);
    double[] longest = new double[start.size()];
    for (int i = 0; i < longest.length; i++) {
      double before = start.data[start.offset + i];
      for (int step = 0; step <= upTo; step++) {
        double after = run.recorded(parameter, step, i);
        longest[i] = Math.max(longest[i], Math.abs(after - before));
        before = after;
      }
    }
    return longest;
  }

  private static void assertSlots(Run run) {
    run.updater
        .state()
        .forEach(
            (name, tensor) -> {
              Tensor expected = run.recorded.get(name.replaceAll("^group[0-9]+\\.", ""));
              if (expected == null) {
                assertTrue(
                    name.matches("(group[0-9]+\\.)?step|momentum_buffer.*|grad_avg.*"), name);
                return;
              }
              double largest = 0;
              for (int i = 0; i < tensor.size(); i++) {
                largest = Math.max(largest, Math.abs(expected.data[expected.offset + i]));
              }
              assertArrayEquals(
                  Tensors.values(expected),
                  Tensors.values(tensor),
                  (float) (64 * UNIT * largest),
                  name);
            });
  }

  @ParameterizedTest
  @MethodSource("names")
  void whereAParameterLiesDoesNotMatter(String name) throws IOException {
    Run here = new Run(name, 0);
    Run there = new Run(name, 1);
    for (int step = 0; step < here.steps(); step++) {
      here.step(step);
      there.step(step);
    }
    assertSame(here, there);
  }

  @ParameterizedTest
  @MethodSource("names")
  void aResumedRunIsTheSame(String name) throws IOException {
    Run whole = new Run(name, 0);
    for (int step = 0; step < whole.steps(); step++) {
      whole.step(step);
    }
    for (int stop : new int[] {1, 23}) {
      Run resumed = new Run(name, 0);
      for (int step = 0; step < resumed.steps(); step++) {
        if (step == stop) {
          Map<String, Tensor> saved = resumed.updater.state();
          resumed.restart();
          assertEquals(List.copyOf(saved.keySet()), List.copyOf(resumed.updater.state().keySet()));
          resumed
              .updater
              .state()
              .forEach((slot, tensor) -> saved.get(slot).copyTo(tensor, tensor.size()));
        }
        resumed.step(step);
      }
      assertSame(whole, resumed);
    }
  }

  private static void assertSame(Run expected, Run actual) {
    expected.parameters.forEach(
        (parameter, p) ->
            assertArrayEquals(
                Tensors.values(p.value()),
                Tensors.values(actual.parameters.get(parameter).value()),
                parameter));
  }
}
