// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.graph.Trait;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A layer without a network around it, on a batch in memory of its own. Where it treats every image
 * by itself and has no parameters, each thread has a slice of the batch, as in a plan. Not
 * thread-safe.
 */
final class LoneLayer {
  private final Tensor[] x;
  private final Tensor[] dx;
  private final Tensor y;
  private final Tensor dy;
  private final WorkerTeam.Task forward = this::forward;
  private final WorkerTeam.Task backward = this::backward;
  private final List<Part> parts; // one for each task
  private final WorkerTeam partTeam;

  /** Some images, and the pass that they go through. */
  private record Part(Context context, Pass pass, Tensor[] x, Tensor y, Tensor dy, Tensor[] dx) {}

  LoneLayer(Layer layer, Mode mode, int batch, WorkerTeam team, Shape... inputs) {
    RandomStream random = new RandomStream(1);
    Node node = Node.alone(layer, random, inputs);
    boolean training = mode == Mode.TRAINING;
    x = Arrays.stream(inputs).map(s -> Tensor.zeros(batch, s)).toArray(Tensor[]::new);
    dx = Arrays.stream(inputs).map(s -> Tensor.zeros(batch, s)).toArray(Tensor[]::new);
    y = Tensor.zeros(batch, node.shape());
    dy = Tensor.zeros(batch, node.shape());
    for (Tensor each : x) {
      fill(each, random);
    }
    fill(dy, random);
    Context context = new Context(mode, 1, new Workspace(team));
    context.set(0, 0, batch);
    Pass whole = layer.newPass(new Site(node, batch, context, Epilogue.NONE, false));
    if (!training) {
      whole.freezeParameters();
    }
    boolean slices =
        layer.traits(mode, node.in()).contains(Trait.PER_IMAGE) && node.parameters().isEmpty();
    if (slices && team.threads() > 1) {
      partTeam = team;
      int least = Math.ceilDiv(batch, team.threads());
      parts =
          IntStream.iterate(0, from -> from < batch, from -> from + least)
              .mapToObj(
                  from -> slice(layer, whole, node, mode, from, Math.min(batch, from + least)))
              .toList();
    } else {
      partTeam = WorkerTeam.single();
      parts = List.of(new Part(context, whole, x, y, dy, dx));
    }
  }

  private static void fill(Tensor tensor, RandomStream random) {
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data[tensor.offset + i] = (float) random.nextGaussian();
    }
  }

  private Part slice(Layer layer, Pass whole, Node node, Mode mode, int from, int to) {
    Context context = new Context(mode, 1, new Workspace(WorkerTeam.single()));
    context.set(0, from, to - from);
    Site site = new Site(node, to - from, context, Epilogue.NONE, false);
    return new Part(
        context,
        layer.newSlicePass(whole, site),
        slices(x, from, to),
        slice(y, from, to),
        slice(dy, from, to),
        slices(dx, from, to));
  }

  private static Tensor[] slices(Tensor[] batch, int from, int to) {
    return Arrays.stream(batch).map(each -> slice(each, from, to)).toArray(Tensor[]::new);
  }

  private static Tensor slice(Tensor batch, int from, int to) {
    int[] dims = batch.dims();
    int image = batch.size() / dims[0];
    dims[0] = to - from;
    return new Tensor(batch.data, batch.offset + from * image, dims);
  }

  /** One pass forward. */
  void forward() {
    partTeam.run(parts.size(), forward);
  }

  /** One pass forward and one back, with the gradients of inputs and parameters. */
  void train() {
    forward();
    partTeam.run(parts.size(), backward);
  }

  private void forward(int task, int worker) {
    Part part = parts.get(task);
    part.pass.forward(part.context, part.x, part.y);
  }

  private void backward(int task, int worker) {
    Part part = parts.get(task);
    part.pass.backward(part.context, part.x, part.y, part.dy, part.dx);
  }
}
