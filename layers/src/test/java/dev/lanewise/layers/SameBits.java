// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Graph;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.plan.Execution;
import dev.lanewise.layers.plan.PlainPlan;
import dev.lanewise.layers.plan.Plan;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Whether a network gives the same bits with any number of threads, by the plain plan too. */
final class SameBits {
  private static final int MAX_BATCH = 33; // enough for 16 threads to divide by images
  private static final long SEED = 8;

  private SameBits() {}

  /** Of trainings and inferences, against one thread with the plain plan. */
  static void assertSameBits(Shape in, Block... blocks) {
    Supplier<Network> networks =
        () -> {
          Network network = new Network(in, blocks);
          network.initialize(3);
          return network;
        };
    Map<String, float[]> expected = results(networks.get(), 1, false);
    for (int threads : new int[] {1, 2, 3, 8, 16}) {
      Map<String, float[]> actual = results(networks.get(), threads, true);
      expected.forEach(
          (name, values) ->
              Tensors.assertSameBits(values, actual.get(name), threads + " threads: " + name));
    }
    Map<String, float[]> plain = results(networks.get(), 3, false);
    expected.forEach(
        (name, values) -> Tensors.assertSameBits(values, plain.get(name), "3 threads: " + name));
  }

  /** Two steps of a training, the second with fewer images, and inferences after it. */
  private static Map<String, float[]> results(Network network, int threads, boolean fast) {
    Map<String, float[]> results = new LinkedHashMap<>();
    try (WorkerTeam team = new WorkerTeam(threads)) {
      Run training = new Run(network.graph(), Mode.TRAINING, team, fast);
      for (int step = 0; step < 2; step++) {
        int batch = step == 0 ? MAX_BATCH : MAX_BATCH / 2;
        results.put("y of step " + step, training.forward(step, batch));
        training.backward(step);
      }
      network
          .parameters()
          .forEach((name, p) -> results.put("gradient of " + name, Tensors.values(p.grad())));
      network.buffers().forEach((name, buffer) -> results.put(name, Tensors.values(buffer)));
      Run inference = new Run(network.graph(), Mode.INFERENCE, team, fast);
      results.put("inference", inference.forward(0, MAX_BATCH));
      inference.freeze();
      results.put("frozen inference", inference.forward(0, MAX_BATCH));
      results.put("inference of few", inference.forward(0, 5));
    }
    return results;
  }

  /** A network's pass, by the fast plan or the plain one. */
  private static final class Run {
    private final Graph graph;
    private final Network.Pass pass; // null: by the plain plan
    private final Execution plain;
    private final Tensor input;

    Run(Graph graph, Mode mode, WorkerTeam team, boolean fast) {
      this.graph = graph;
      Network network = new Network(graph);
      pass =
          !fast
              ? null
              : mode == Mode.TRAINING
                  ? network.trainingPass(MAX_BATCH, team, SEED)
                  : network.inferencePass(MAX_BATCH, team);
      Plan plan = fast ? null : PlainPlan.of(graph, mode, MAX_BATCH, team.threads());
      plain = fast ? null : new Execution(plan, team, mode == Mode.TRAINING ? SEED : 0);
      input = fast ? pass.input() : plain.input();
    }

    float[] forward(int step, int batch) {
      Tensors.fill(input, new RandomStream(step));
      int size = batch * graph.output().shape().size();
      if (pass == null) {
        plain.forward(step, batch);
        return Tensors.values(plain.output(), size);
      }
      pass.step(step);
      return Tensors.values(pass.forward(batch), size);
    }

    void backward(int step) {
      int batch = step == 0 ? MAX_BATCH : MAX_BATCH / 2;
      Tensors.fill(
          pass == null ? plain.outputGradient() : pass.outputGradient(), new RandomStream(6));
      if (pass == null) {
        plain.backward();
      } else {
        pass.backward(batch);
      }
    }

    void freeze() {
      if (pass == null) {
        plain.freezeParameters();
      } else {
        pass.freezeParameters();
      }
    }
  }
}
