// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.Elementwise;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.data.Preparation;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Graph;
import dev.lanewise.layers.graph.GraphBuilder;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.StoredTensor;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.plan.Execution;
import dev.lanewise.layers.plan.Planner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A network: layers wired to a graph, with their parameters and buffers.
 *
 * <pre>{@code
 * new Network(
 *     Shape.of(28, 28, 1),
 *     new Conv2d(8, Window.same(3)), new Relu(), new MaxPool2d(2), new Flatten(), new Dense(10));
 * }</pre>
 *
 * <p>A {@link Pass} holds the activations and gradients of one running computation. Any number of
 * inference passes may run at the same time in threads of their own as long as nobody changes the
 * parameters; only one pass at a time may run backward, since all add to the same {@link
 * Parameter#grad}.
 */
public final class Network {
  private final Graph graph;
  private final Preparation preparation;

  /**
   * Chains blocks, which are called 0, 1, 2 and so on. A single block that is not a layer is the
   * network itself: then the names are those that it gives. All parameters are zero until {@link
   * #initialize} or {@link ModelFile#load} sets them, the weights of a {@link BatchNorm2d} too.
   *
   * @param input the shape of one input image
   * @param blocks from the first to the last
   * @throws IllegalArgumentException if there is no layer, or one does not accept its input; the
   *     message names it
   */
  public Network(Shape input, Block... blocks) {
    this(input, Arrays.asList(blocks));
  }

  /**
   * Chains blocks. All parameters are zero until {@link #initialize} or {@link ModelFile#load} sets
   * them.
   *
   * @param input the shape of one input image
   * @param blocks from the first to the last
   * @throws IllegalArgumentException if there is no layer, or one does not accept its input; the
   *     message names it
   */
  public Network(Shape input, List<? extends Block> blocks) {
    this(graph(input, requireAll(blocks)));
  }

  /**
   * A network of a graph that has been built.
   *
   * @param graph the layers, with their tensors
   */
  public Network(Graph graph) {
    this(graph, Preparation.NONE);
  }

  private Network(Graph graph, Preparation preparation) {
    preparation.requireFit(graph.input().shape(), graph.output().shape().size());
    this.graph = graph;
    this.preparation = preparation;
  }

  private static List<Block> requireAll(List<? extends Block> blocks) {
    for (int i = 0; i < blocks.size(); i++) {
      if (blocks.get(i) == null) {
        throw new IllegalArgumentException("layer " + i + " is null");
      }
    }
    return List.copyOf(blocks);
  }

  private static Graph graph(Shape input, List<Block> blocks) {
    GraphBuilder builder = new GraphBuilder(input);
    boolean single = blocks.size() == 1 && !(blocks.getFirst() instanceof Layer);
    Block block = single ? blocks.getFirst() : new Sequential(blocks);
    return builder.build(block.connect(builder, builder.input()));
  }

  /**
   * Reads a whole model.
   *
   * @param file what {@link #save} has written
   * @return the network, with its parameters, its buffers and its {@link #preparation}
   * @throws dev.lanewise.layers.data.DataException if the file does not hold a network; the message
   *     says what is wrong
   * @throws IOException if the file cannot be read
   */
  public static Network load(Path file) throws IOException {
    return load(file, Kinds.STANDARD);
  }

  /**
   * Reads a whole model that has layers of your own.
   *
   * @param file what {@link #save} has written
   * @param kinds how layers are made: {@code Kinds.STANDARD.with("acme.swish", ...)}
   * @return the network, with its parameters, its buffers and its {@link #preparation}
   * @throws dev.lanewise.layers.data.DataException if the file does not hold a network; the message
   *     says what is wrong
   * @throws IOException if the file cannot be read
   */
  public static Network load(Path file, Kinds kinds) throws IOException {
    ModelFile.Model model = ModelFile.read(file, kinds);
    return new Network(model.graph(), model.preparation());
  }

  /**
   * Writes the whole model as one safetensors file: the layers, the parameters, the buffers and the
   * {@link #preparation}. The file appears whole or not at all.
   *
   * @param file where to; an old file is replaced
   * @throws dev.lanewise.layers.data.DataException if a value is not finite
   * @throws IOException if the file cannot be written; an old file is then as it was
   */
  public void save(Path file) throws IOException {
    ModelFile.save(graph, preparation, Map.of(), file);
  }

  /**
   * The same network with images prepared in a certain way: the trainer, evaluations and predictors
   * do so, and {@link #save} keeps it. It has the same parameters, not copies.
   *
   * <pre>{@code
   * network = network.with(Preparation.of(train, team));
   * }</pre>
   *
   * @param preparation how images are prepared, and what the outputs are called
   * @return the network
   * @throws IllegalArgumentException if it is for images of another number of channels, or has
   *     names for another number of outputs
   */
  public Network with(Preparation preparation) {
    return new Network(graph, preparation);
  }

  /**
   * How images are prepared for this network, and what its outputs are called.
   *
   * @return the preparation; {@link Preparation#NONE} if nothing is known
   */
  public Preparation preparation() {
    return preparation;
  }

  /**
   * Draws the first values of all parameters, and resets all buffers.
   *
   * @param seed the same seed gives the same values, on every machine
   */
  public void initialize(long seed) {
    graph.initialize(new RandomStream(seed).split("initialize"));
  }

  /**
   * Draws the first values of the parameters of some layers, and resets their buffers; all others
   * stay as they are.
   *
   * @param seed the same seed gives the same values, on every machine
   * @param block the full name of a layer, or of a block that has layers
   * @throws IllegalArgumentException if there is none of that name
   */
  public void initialize(long seed, String block) {
    graph.initialize(new RandomStream(seed).split("initialize"), block);
  }

  /**
   * The part of this network that leads to one of its layers, such as the one before a classifier:
   * its outputs are embeddings. It has the same parameters, not copies, and images are prepared for
   * it in the same way.
   *
   * @param layer the full name of a layer, such as {@code 3.0}
   * @return the network
   * @throws IllegalArgumentException if there is no layer of that name
   */
  public Network upTo(String layer) {
    return new Network(graph.upTo(layer), preparation.classNames(List.of()));
  }

  /**
   * This network and a block after it, such as another classifier. It has the same parameters, not
   * copies. A trained network becomes one for other classes by
   *
   * <pre>{@code
   * Network network = Network.load(file).upTo("7").then("8", new Dense(5));
   * network.initialize(1, "8");
   * Trainer.of(network).freeze(name -> !name.startsWith("8.")) ... // at first the new layer alone
   * }</pre>
   *
   * @param name the name of the block, without a dot
   * @param block what comes after the output
   * @return the network; images are prepared as before, and the new outputs have no names
   * @throws IllegalArgumentException if the block does not take the output, or there is another
   *     layer of this name
   */
  public Network then(String name, Block block) {
    return new Network(graph.then(name, block), preparation.classNames(List.of()));
  }

  /**
   * A network of the same layers and preparation, with copies of all parameters and buffers.
   *
   * @return the copy, which shares nothing with this one
   */
  public Network copy() {
    return new Network(graph.copy(), preparation);
  }

  /**
   * The layers, wired.
   *
   * @return the graph
   */
  public Graph graph() {
    return graph;
  }

  /**
   * The layers.
   *
   * @return each after its inputs; unmodifiable
   */
  public List<Node> nodes() {
    return graph.nodes();
  }

  /**
   * What the network accepts.
   *
   * @return the shape of one input image
   */
  public Shape inputShape() {
    return graph.input().shape();
  }

  /**
   * What the network makes of an image.
   *
   * @return the shape of one output
   */
  public Shape outputShape() {
    return graph.output().shape();
  }

  /**
   * The trained tensors by name: the name of the layer, a dot, the name within the layer, as in
   * {@code 0.weight} or {@code 3.branch.0.weight}. Shared ones are named once.
   *
   * @return in the order of the layers; unmodifiable
   */
  public Map<String, Parameter> parameters() {
    return graph.parameters();
  }

  /**
   * The tensors that files keep and nothing trains, such as running statistics, by name.
   *
   * @return in the order of the layers; unmodifiable
   */
  public Map<String, Tensor> buffers() {
    return graph.buffers();
  }

  /**
   * What files and checkpoints keep: parameters and buffers, layer by layer.
   *
   * @return by name; unmodifiable
   */
  public Map<String, StoredTensor> state() {
    return graph.state();
  }

  /**
   * A table of the layers: output shape, parameters, multiply-adds of an image and memory.
   *
   * @return several lines
   */
  public String summary() {
    return Summary.of(graph);
  }

  /** One line for each layer. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("Network " + inputShape());
    for (Node node : nodes()) {
      text.append("\n  ").append(node);
    }
    return text.toString();
  }

  /**
   * Prepares a computation that only runs forward. Its output is the average over the views of each
   * image that the {@link #preparation} asks for.
   *
   * @param maxBatch the largest batch it will be given
   * @param team the threads to use; not closed by the pass
   * @return the pass; not thread-safe
   * @throws IllegalArgumentException if {@code maxBatch} is not positive
   */
  public Pass inferencePass(int maxBatch, WorkerTeam team) {
    return new Pass(Mode.INFERENCE, maxBatch, team, 0, Set.of());
  }

  /**
   * Prepares a computation that runs forward and backward, with random numbers from seed 0.
   *
   * @param maxBatch the largest batch it will be given
   * @param team the threads to use; not closed by the pass
   * @return the pass; not thread-safe
   * @throws IllegalArgumentException if {@code maxBatch} is not positive
   */
  public Pass trainingPass(int maxBatch, WorkerTeam team) {
    return trainingPass(maxBatch, team, 0);
  }

  /**
   * Prepares a computation that runs forward and backward.
   *
   * @param maxBatch the largest batch it will be given
   * @param team the threads to use; not closed by the pass
   * @param seed decides, with the step, the random numbers of layers such as a dropout
   * @return the pass; not thread-safe
   * @throws IllegalArgumentException if {@code maxBatch} is not positive
   */
  public Pass trainingPass(int maxBatch, WorkerTeam team, long seed) {
    return trainingPass(maxBatch, team, seed, Set.of());
  }

  /**
   * Prepares a computation that runs forward and backward, where some parameters are frozen, so
   * that nobody needs their gradients: the way back ends where nothing in front is trained. Buffers
   * are not frozen: a batch normalisation still measures its batches.
   *
   * @param maxBatch the largest batch it will be given
   * @param team the threads to use; not closed by the pass
   * @param seed decides, with the step, the random numbers of layers such as a dropout
   * @param frozen the names of parameters that are not trained
   * @return the pass; not thread-safe
   * @throws IllegalArgumentException if {@code maxBatch} is not positive, or there is no parameter
   *     of such a name
   */
  public Pass trainingPass(int maxBatch, WorkerTeam team, long seed, Set<String> frozen) {
    Set<Parameter> parameters = new HashSet<>();
    for (String name : frozen) {
      Parameter parameter = parameters().get(name);
      if (parameter == null) {
        throw new IllegalArgumentException("there is no parameter '" + name + "' to be frozen");
      }
      parameters.add(parameter);
    }
    return new Pass(Mode.TRAINING, maxBatch, team, seed, parameters);
  }

  /**
   * The activations and gradients of one running computation: {@code x -> layers forward -> y},
   * then {@code dy -> layers backward}. Allocates nothing once a batch of the largest size has gone
   * both ways. Not thread-safe: threads that use one at once get an {@link IllegalStateException},
   * as far as that can be seen at no cost.
   */
  public final class Pass {
    private final int maxBatch;
    private final Execution execution;
    private final ViewAverage views; // null: of one view
    private final Elementwise elementwise;
    private final Tensor[] grads; // an array, since iterating a map allocates; of a training
    private long step;
    private int forwarded = -1; // the batch of the last forward

    private Pass(Mode mode, int maxBatch, WorkerTeam team, long seed, Set<Parameter> frozen) {
      this.maxBatch = maxBatch;
      elementwise = new Elementwise(team);
      grads =
          parameters().values().stream()
              .filter(parameter -> mode == Mode.TRAINING)
              .map(Parameter::grad)
              .toArray(Tensor[]::new);
      execution =
          new Execution(Planner.plan(graph, mode, maxBatch, team.threads(), frozen), team, seed);
      views =
          mode == Mode.TRAINING || preparation.views().count() == 1
              ? null
              : new ViewAverage(
                  preparation.views(), inputShape(), outputShape().size(), maxBatch, team);
    }

    /**
     * The largest batch.
     *
     * @return what the pass was made for
     */
    public int maxBatch() {
      return maxBatch;
    }

    /**
     * Where the images go before {@link #forward}.
     *
     * @return {@code [maxBatch, H, W, C]}
     */
    public Tensor input() {
      return views == null ? execution.input() : views.input();
    }

    /**
     * The result of the last {@link #forward}.
     *
     * @return {@code [maxBatch, OH, OW, OC]}: for a classifier the logits
     */
    public Tensor output() {
      return views == null ? execution.output() : views.output();
    }

    /**
     * Where the gradient of the loss with respect to {@link #output} goes before {@link #backward},
     * which may overwrite it.
     *
     * @return of the shape of the output
     * @throws IllegalStateException for an inference pass
     */
    public Tensor outputGradient() {
      requireTraining();
      return execution.outputGradient();
    }

    /**
     * Sets the step of the training: with the seed it decides the random numbers of the layers.
     *
     * @param step from 0
     */
    public void step(long step) {
      this.step = step;
    }

    /**
     * Computes the output from the input.
     *
     * @param batch how many images the input holds, from 0 to {@link #maxBatch}
     * @return {@link #output}
     */
    public Tensor forward(int batch) {
      checkBatch(batch);
      forwarded = batch;
      if (views == null) {
        execution.forward(step, batch);
      } else {
        views.forward(step, batch, execution);
      }
      return output();
    }

    /**
     * Declares the parameters frozen, as once a network has been trained: what {@link #forward}
     * makes of them is then made once, which makes single images and small batches faster. To be
     * called again after each change; until then, forward may use the parameters as they were.
     *
     * @throws IllegalStateException for a training pass
     */
    public void freezeParameters() {
      if (execution.outputGradient() != null) {
        throw new IllegalStateException("this pass was made for training: use inferencePass");
      }
      execution.freezeParameters();
    }

    /**
     * Sets every gradient to zero, before the backward pass of a new batch.
     *
     * @throws IllegalStateException for an inference pass
     */
    public void zeroGrad() {
      requireTraining();
      for (Tensor grad : grads) {
        elementwise.zero(grad.size(), grad);
      }
    }

    /**
     * Adds to the gradient of every parameter, starting from {@link #outputGradient}.
     *
     * @param batch as in the last {@link #forward}
     * @throws IllegalStateException for an inference pass, or if the last {@link #forward} was for
     *     another batch
     */
    public void backward(int batch) {
      requireBackward(batch);
      execution.backward();
    }

    /**
     * Adds to the gradient of every parameter, starting from {@link #outputGradient}, and says
     * which are complete.
     *
     * @param batch as in the last {@link #forward}
     * @param complete receives each parameter that is trained, one time, as soon as its gradient
     *     stays as it is; frozen ones may be among them. It is called in this thread while the way
     *     back goes on, from the last layer to the first, and must not use this pass
     * @throws IllegalStateException for an inference pass, or if the last {@link #forward} was for
     *     another batch
     */
    public void backward(int batch, Consumer<Parameter> complete) {
      requireBackward(batch);
      execution.backward(complete);
    }

    private void requireBackward(int batch) {
      requireTraining();
      checkBatch(batch);
      if (batch != forwarded) {
        throw new IllegalStateException(
            forwarded < 0
                ? "backward needs a forward before it"
                : "backward of " + batch + " images after a forward of " + forwarded);
      }
    }

    private void checkBatch(int batch) {
      if (batch < 0 || batch > maxBatch) {
        throw new IllegalArgumentException(
            "batch must be from 0 to " + maxBatch + ", but is " + batch);
      }
    }

    private void requireTraining() {
      if (execution.outputGradient() == null) {
        throw new IllegalStateException("this pass was made for inference: use trainingPass");
      }
    }
  }
}
