// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.GraphBuilder;
import dev.lanewise.layers.graph.Inputs;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.graph.TensorSpec;
import dev.lanewise.layers.graph.Trait;
import java.util.List;
import java.util.Set;

/** A layer that tells a trace when it works, and otherwise is like the one inside it. */
final class TracedLayer implements Layer {
  private final Layer layer;
  private final String name;
  private final StepTrace trace;

  private TracedLayer(Node node, StepTrace trace) {
    layer = node.layer();
    name = node.name() + " " + layer.description().kind();
    this.trace = trace;
  }

  /** The same network, all of whose layers are traced, with parameters of its own. */
  static Network network(Network network, StepTrace trace) {
    GraphBuilder builder = new GraphBuilder(network.inputShape());
    Node last = null;
    for (Node node : network.nodes()) {
      List<String> inputs = node.inputs().stream().map(Node::name).toList();
      last = builder.add(node.name(), new TracedLayer(node, trace), node.owner().name(), inputs);
    }
    return new Network(builder.build(last));
  }

  @Override
  public Description description() {
    return layer.description();
  }

  @Override
  public boolean accepts(int inputs) {
    return layer.accepts(inputs);
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    return layer.outputShape(inputs);
  }

  @Override
  public List<TensorSpec> parameters(Inputs in) {
    return layer.parameters(in);
  }

  @Override
  public List<TensorSpec> buffers(Inputs in) {
    return layer.buffers(in);
  }

  @Override
  public boolean keepsOrder(Inputs in) {
    return layer.keepsOrder(in);
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return layer.traits(mode, in);
  }

  @Override
  public long multiplyAdds(Inputs in) {
    return layer.multiplyAdds(in);
  }

  @Override
  public Pass newPass(Site site) {
    return new Running(layer.newPass(site), false);
  }

  @Override
  public Pass newSlicePass(Pass whole, Site site) {
    return new Running(layer.newSlicePass(((Running) whole).pass, site), true);
  }

  /** One running computation. */
  final class Running implements Pass {
    private final Pass pass;
    private final boolean slice;
    private final String forward = "forward " + name;
    private final String backwardData = "backward data " + name;
    private final String backwardParameters = "backward parameters " + name;
    private final String backward = "backward " + name;
    private final String prepare = "prepare " + name;

    private Running(Pass pass, boolean slice) {
      this.pass = pass;
      this.slice = slice;
    }

    private void run(String what, Runnable work) {
      if (slice) {
        trace.slice(what);
        work.run();
        return;
      }
      trace.enter(what);
      work.run();
      trace.leave();
    }

    @Override
    public void forward(Context context, Tensor[] x, Tensor y) {
      run(forward, () -> pass.forward(context, x, y));
    }

    @Override
    public void backwardData(Context context, Tensor[] x, Tensor y, Tensor dy, Tensor[] dx) {
      run(backwardData, () -> pass.backwardData(context, x, y, dy, dx));
    }

    @Override
    public void backwardParameters(Context context, Tensor[] x, Tensor y, Tensor dy) {
      run(backwardParameters, () -> pass.backwardParameters(context, x, y, dy));
    }

    @Override
    public void backward(Context context, Tensor[] x, Tensor y, Tensor dy, Tensor[] dx) {
      run(backward, () -> pass.backward(context, x, y, dy, dx));
    }

    @Override
    public void freezeParameters() {
      pass.freezeParameters();
    }

    @Override
    public void prepareForward() {
      run(prepare, pass::prepareForward);
    }

    @Override
    public void prepareBackward() {
      run(prepare, pass::prepareBackward);
    }

    @Override
    public void beginGradients(int batch) {
      run(prepare, () -> pass.beginGradients(batch));
    }

    @Override
    public void addGradients(Context context, Tensor[] x, Tensor dy) {
      run(backwardParameters, () -> pass.addGradients(context, x, dy));
    }

    @Override
    public void endGradients() {
      run(backwardParameters, pass::endGradients);
    }
  }
}
