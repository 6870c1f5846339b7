// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.run.ChannelScale;
import dev.lanewise.engine.run.ElementFunction;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;

/**
 * Where in a network a layer stands, for one pass: what comes in, its tensors, how large a batch
 * may be, and what it does on behalf of its neighbours. Immutable.
 */
public final class Site {
  private final Node node;
  private final int maxBatch;
  private final Context context;
  private final Epilogue epilogue;
  private final boolean gated;
  private final ChannelScale scale;
  private final ElementFunction function;

  /**
   * A site.
   *
   * @param node the layer in its network
   * @param maxBatch the largest batch, or slice of a batch
   * @param context what the layer runs in
   * @param epilogue see {@link #epilogue}
   * @param gated see {@link #gated}
   */
  public Site(Node node, int maxBatch, Context context, Epilogue epilogue, boolean gated) {
    this(node, maxBatch, context, epilogue, gated, null);
  }

  /**
   * A site of a layer that takes over another one after it.
   *
   * @param node the layer in its network
   * @param maxBatch the largest batch, or slice of a batch
   * @param context what the layer runs in
   * @param epilogue see {@link #epilogue}
   * @param gated see {@link #gated}
   * @param scale see {@link #scale}
   */
  public Site(
      Node node,
      int maxBatch,
      Context context,
      Epilogue epilogue,
      boolean gated,
      ChannelScale scale) {
    this(node, maxBatch, context, epilogue, gated, scale, null);
  }

  /**
   * A site of a layer that takes over others after it.
   *
   * @param node the layer in its network
   * @param maxBatch the largest batch, or slice of a batch
   * @param context what the layer runs in
   * @param epilogue see {@link #epilogue}
   * @param gated see {@link #gated}
   * @param scale see {@link #scale}
   * @param function see {@link #function}
   */
  public Site(
      Node node,
      int maxBatch,
      Context context,
      Epilogue epilogue,
      boolean gated,
      ChannelScale scale,
      ElementFunction function) {
    this.node = node;
    this.maxBatch = maxBatch;
    this.context = context;
    this.epilogue = epilogue;
    this.gated = gated;
    this.scale = scale;
    this.function = function;
  }

  /**
   * What comes in.
   *
   * @return the inputs
   */
  public Inputs inputs() {
    return node.in();
  }

  /**
   * The first input.
   *
   * @return the shape of one image
   */
  public Shape input() {
    return node.in().shape();
  }

  /**
   * What goes out.
   *
   * @return the shape of one image
   */
  public Shape output() {
    return node.shape();
  }

  /**
   * One of the layer's parameters.
   *
   * @param name its name within the layer
   * @return the parameter, which all passes share
   */
  public Parameter parameter(String name) {
    return node.parameters().stream()
        .filter(parameter -> parameter.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no parameter is called " + name));
  }

  /**
   * The gradient of one of the layer's parameters.
   *
   * @param name its name within the layer
   * @return the tensor, which all passes share; {@code null} for an inference, which needs none
   */
  public Tensor gradient(String name) {
    return mode() == Mode.TRAINING ? parameter(name).grad() : null;
  }

  /**
   * One of the layer's buffers.
   *
   * @param name its name within the layer
   * @return the tensor, which all passes share
   */
  public Tensor buffer(String name) {
    Tensor buffer = node.buffers().get(name);
    if (buffer == null) {
      throw new IllegalArgumentException("no buffer is called " + name);
    }
    return buffer;
  }

  /**
   * The largest batch.
   *
   * @return how many images the pass will be given at most
   */
  public int maxBatch() {
    return maxBatch;
  }

  /**
   * What the pass will run in.
   *
   * @return the context, which all calls of the pass are given again
   */
  public Context context() {
    return context;
  }

  /**
   * What the pass is for.
   *
   * @return the mode
   */
  public Mode mode() {
    return context.mode();
  }

  /**
   * The threads to use.
   *
   * @return the team
   */
  public WorkerTeam team() {
    return context.team();
  }

  /**
   * Scratch memory that all layers share.
   *
   * @return the workspace
   */
  public Workspace workspace() {
    return context.workspace();
  }

  /**
   * A ReLU that this layer takes over, see {@link Trait#FUSES_RELU_AFTER} and {@link
   * Trait#FUSES_RELU_BEFORE}.
   *
   * @return {@link Epilogue#NONE} unless the layer has one of those traits
   */
  public Epilogue epilogue() {
    return epilogue;
  }

  /**
   * Whether dx shall be zero where {@code x <= 0}: x is then the output of a ReLU, and dx the
   * gradient with respect to its input.
   *
   * @return false unless the layer has {@link Trait#FUSES_GATE}
   */
  public boolean gated() {
    return gated;
  }

  /**
   * A layer after this one that this one takes over: each output channel is scaled, then follows
   * the {@linkplain #epilogue epilogue}. What it holds is set before each forward.
   *
   * @return {@code null} for none, and unless the layer has {@link Trait#FUSES_SCALE_AFTER}
   */
  public ChannelScale scale() {
    return scale;
  }

  /**
   * A layer after this one that this one takes over: a function of each element of the output, last
   * of all. Its workers are those of {@link #team}.
   *
   * @return {@code null} for none, and unless the layer has {@link Trait#FUSES_MAP_AFTER}
   */
  public ElementFunction function() {
    return function;
  }

  /**
   * The key of this layer's random numbers, for {@link Context#random}.
   *
   * @return a number that depends on the seed of the pass and the layer's name
   */
  public long key() {
    return node.stream(new RandomStream(context.seed()).split("layers")).key();
  }
}
