// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

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

/** A layer of one input that stands for itself, with random x and dy. */
final class Alone {
  final Node node;
  final int batch;
  final Context context;
  final Pass pass;
  final Tensor x;
  final Tensor y;
  final Tensor dy;
  final Tensor dx;

  Alone(Layer layer, Mode mode, int batch, Shape in) {
    this(layer, mode, batch, in, WorkerTeam.single());
  }

  Alone(Layer layer, Mode mode, int batch, Shape in, WorkerTeam team) {
    this.batch = batch;
    RandomStream random = new RandomStream(5);
    node = Node.alone(layer, random.split("parameters"), in);
    context = new Context(mode, 1, new Workspace(team));
    context.set(0, 0, batch);
    pass = layer.newPass(new Site(node, batch, context, Epilogue.NONE, false));
    x = Tensors.random(random, batch, in);
    y = Tensors.random(random, batch, node.shape());
    dy = Tensors.random(random, batch, node.shape());
    dx = Tensors.random(random, batch, in);
  }

  /** With these values instead of random ones, from the first on. */
  static void set(Tensor tensor, float... values) {
    System.arraycopy(values, 0, tensor.data, tensor.offset, values.length);
  }

  float[] forward() {
    pass.forward(context, new Tensor[] {x}, y);
    return Tensors.values(y);
  }

  float[] backward() {
    pass.backward(context, new Tensor[] {x}, y, dy, new Tensor[] {dx});
    return Tensors.values(dx);
  }
}
