// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Inputs;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.graph.TensorSpec;
import dev.lanewise.layers.graph.Trait;
import dev.lanewise.layers.graph.UnaryPass;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/**
 * A layer that computes nothing, but sees where it reads and writes, and whether it is divided by
 * images. It has what it claims, as far as a plan can tell.
 */
final class Spy implements Layer {
  private final Set<Trait> traits;
  private final int parameters;
  final List<Place> reads = Collections.synchronizedList(new ArrayList<>()); // x
  final List<Place> writes = Collections.synchronizedList(new ArrayList<>()); // y
  final Set<Place> gradients = ConcurrentHashMap.newKeySet(); // dx
  int slices; // passes for them

  /** The beginning of a tensor in memory. */
  record Place(float[] data, int offset) {
    static Place of(Tensor tensor) {
      return new Place(tensor.data, tensor.offset);
    }

    /** The same place some floats later. */
    Place plus(int floats) {
      return new Place(data, offset + floats);
    }
  }

  /** Its backward reads neither y nor, in place, x; and what the traits say besides. */
  Spy(int parameters, Trait... traits) {
    this.parameters = parameters;
    this.traits = EnumSet.of(Trait.IGNORES_Y, traits);
  }

  static List<Spy> list(int count, int parameters, Trait... traits) {
    return IntStream.range(0, count).mapToObj(i -> new Spy(parameters, traits)).toList();
  }

  @Override
  public Description description() {
    return Description.of("test.spy");
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    return inputs[0];
  }

  @Override
  public List<TensorSpec> parameters(Inputs in) {
    return parameters > 0 ? List.of(TensorSpec.of("weight", parameters)) : List.of();
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return traits;
  }

  @Override
  public Pass newPass(Site site) {
    return new Running();
  }

  @Override
  public Pass newSlicePass(Pass whole, Site site) {
    slices++;
    return new Running();
  }

  private final class Running implements UnaryPass {
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      reads.add(Place.of(x));
      writes.add(Place.of(y));
    }

    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      gradients.add(Place.of(dx));
    }

    @Override
    public void addGradients(Context context, Tensor x, Tensor dy) {}
  }
}
