// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

import java.util.List;
import java.util.Set;

/**
 * A function from feature maps to feature maps and, written out by hand, its derivative: the node
 * of a network.
 *
 * <p>A layer is a description of what a person thinks of, such as 32 channels and a window of 3x3.
 * It is immutable, and holds neither input sizes nor tensors: the network keeps its parameters and
 * buffers, and whatever belongs to one running computation is in a {@link Pass}. So one network can
 * serve many threads, each with a pass of its own.
 *
 * <p>A layer of your own implements {@link #description}, {@link #outputShape} and {@link
 * #newPass}, and the other methods where it has something to say. Everything that a built-in layer
 * does is open to it. {@code docs/architecture.md} shows one.
 */
public interface Layer extends Block {
  /**
   * What this layer is.
   *
   * @return its kind and its attributes
   */
  Description description();

  /**
   * Whether the layer takes this many inputs.
   *
   * @param inputs how many
   * @return true for one, unless the layer says otherwise
   */
  default boolean accepts(int inputs) {
    return inputs == 1;
  }

  /**
   * The shape that this layer makes of its inputs.
   *
   * @param inputs the shape of one image of each, {@code [H, W, C]}
   * @return the shape of one output
   * @throws IllegalArgumentException if the layer does not accept them; the message says what it
   *     expects
   */
  Shape outputShape(Shape... inputs);

  /**
   * The tensors to be trained.
   *
   * @param in what comes in
   * @return in the order of the model file; empty for a layer without any
   */
  default List<TensorSpec> parameters(Inputs in) {
    return List.of();
  }

  /**
   * The tensors that are kept in model files and checkpoints, but not trained, such as running
   * statistics.
   *
   * @param in what comes in
   * @return in the order of the model file; empty for a layer without any
   */
  default List<TensorSpec> buffers(Inputs in) {
    return List.of();
  }

  /**
   * Whether each element of a flat output comes from the input element in its place, as with a ReLU
   * or a batch normalisation. Where the input is a flattened feature map, files then order the
   * weights of a dense layer further on by that map, as if it came right after the flattening.
   *
   * @param in what comes in
   * @return true for a layer without parameters, unless the layer says otherwise
   */
  default boolean keepsOrder(Inputs in) {
    return parameters(in).isEmpty();
  }

  /**
   * What a plan may do with this layer.
   *
   * @param mode what the pass is for
   * @param in what comes in
   * @return the traits; none unless the layer says otherwise
   */
  default Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of();
  }

  /**
   * The work of one image, forward.
   *
   * @param in what comes in
   * @return multiply-adds; 0 unless the layer says otherwise
   */
  default long multiplyAdds(Inputs in) {
    return 0;
  }

  /**
   * Prepares one running computation: everything it needs is allocated here, or when it first meets
   * a batch of that size.
   *
   * @param site where the layer stands
   * @return the pass; not thread-safe
   */
  Pass newPass(Site site);

  /**
   * Prepares the computation of slices of a batch, for {@link Trait#PER_IMAGE}.
   *
   * <p>Before slices run, {@link Pass#prepareForward} or {@link Pass#prepareBackward} of the whole
   * pass does, once for all of them. A slice pass finds there what these have left. It must not
   * prepare anything shared itself, since slices run in several threads at the same time.
   *
   * @param whole the layer's pass for the whole batch, whose prepared parameters may be shared
   * @param site where the layer stands, with one thread and the largest slice
   * @return the pass; not thread-safe
   */
  default Pass newSlicePass(Pass whole, Site site) {
    return newPass(site);
  }

  @Override
  default Node connect(GraphBuilder graph, Node... inputs) {
    return graph.add(this, inputs);
  }
}
