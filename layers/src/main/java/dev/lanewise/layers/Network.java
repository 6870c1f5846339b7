package dev.lanewise.layers;

import dev.lanewise.engine.Elementwise;


import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A chain of layers.
 *
 * <p>The network holds the layers and their parameters. A {@link Pass} holds the activations and
 * gradients of one running computation. Any number of inference passes may run at the same time in
 * threads of their own as long as nobody changes the parameters; only one pass at a time may run
 * backward, since all add to the same {@link Parameter#grad}.
 */
public final class Network {
  /**
   * Parameters, at most, of layers whose training is divided by images: 64 KiB. What the passes
   * make of more of them, for all layers at once, would drive activations out of the caches.
   */
  private static final int FEW_PARAMETERS = 16 * 1024;

  /** Floats, 16 MiB: so many activations do not stay in the caches from layer to layer anyway. */
  private static final int MANY_ACTIVATIONS = 4 * 1024 * 1024;

  private final List<Layer> layers;
  private final List<Shape> shapes; // shapes.get(i): the input of layer i; the last: the output
  private final Map<String, Parameter> parameters;
  private final Tensor[] grads; // an array, since iterating a map allocates

  /**
   * Chains layers.
   *
   * @param input the shape of one input image
   * @param layers from the first to the last
   * @throws IllegalArgumentException if there is no layer, one does not accept the shape that the
   *     layer before it makes, or two share a parameter
   */
  public Network(Shape input, Layer... layers) {
    this(input, List.of(layers));
  }

  /**
   * Chains layers.
   *
   * @param input the shape of one input image
   * @param layers from the first to the last
   * @throws IllegalArgumentException if there is no layer, one does not accept the shape that the
   *     layer before it makes, or two share a parameter
   */
  public Network(Shape input, List<Layer> layers) {
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("a network needs at least one layer");
    }
    this.layers = List.copyOf(layers);
    List<Shape> shapes = new ArrayList<>(List.of(input));
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    for (int i = 0; i < this.layers.size(); i++) {
      Layer layer = this.layers.get(i);
      try {
        shapes.add(layer.outputShape(shapes.get(i)));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("layer " + i + ": " + e.getMessage(), e);
      }
      for (Parameter parameter : layer.parameters()) {
        String name = i + "." + parameter.name();
        // An optimizer would take its step twice.
        if (parameters.containsValue(parameter)) {
          throw new IllegalArgumentException(
              "layer " + i + ": parameter " + name + " is in the network already");
        }
        if (parameters.put(name, parameter) != null) {
          throw new IllegalArgumentException("layer " + i + ": two parameters are called " + name);
        }
      }
    }
    this.shapes = List.copyOf(shapes);
    this.parameters = Collections.unmodifiableMap(parameters);
    grads = parameters.values().stream().map(Parameter::grad).toArray(Tensor[]::new);
  }

  /**
   * Whether layer i may overwrite its input, and dy with dx: nobody needs them any more. The first
   * layer of a section that is divided by images does not, where the one side is of all images and
   * the other of a slice.
   */
  private boolean worksInPlace(int i) {
    return i > 0
        && layers.get(i).inPlace()
        && layers.get(i).parameters().isEmpty()
        && shapes.get(i).size() == shapes.get(i + 1).size()
        && !layers.get(i - 1).backwardReadsOutput();
  }

  /**
   * Draws the initial parameters of every layer.
   *
   * @param seed the same seed gives the same parameters, on every machine
   */
  public void initialize(long seed) {
    RandomStream random = new RandomStream(seed).split("initialize");
    for (int i = 0; i < layers.size(); i++) {
      layers.get(i).initialize(random.split(i));
    }
  }

  /**
   * The layers.
   *
   * @return from the first to the last; unmodifiable
   */
  public List<Layer> layers() {
    return layers;
  }

  /**
   * The input of a layer, or of the loss.
   *
   * @param layer from 0 to the number of layers; that number stands for the output of the network
   * @return the shape of one image there
   */
  public Shape shape(int layer) {
    return shapes.get(layer);
  }

  /**
   * What the network accepts.
   *
   * @return the shape of one input image
   */
  public Shape inputShape() {
    return shapes.getFirst();
  }

  /**
   * What the network makes of an image.
   *
   * @return the shape of one output
   */
  public Shape outputShape() {
    return shapes.getLast();
  }

  /**
   * The trained tensors by name: the number of the layer, a dot, the name within the layer, as in
   * {@code 0.weight}.
   *
   * @return in the order of the layers; unmodifiable
   */
  public Map<String, Parameter> parameters() {
    return parameters;
  }

  /**
   * Prepares a computation that only runs forward.
   *
   * @param maxBatch the largest batch it will be given
   * @param team the threads to use; not closed by the pass
   * @return the pass; not thread-safe
   */
  public Pass inferencePass(int maxBatch, WorkerTeam team) {
    return new Pass(maxBatch, team, false);
  }

  /**
   * Prepares a computation that runs forward and backward.
   *
   * @param maxBatch the largest batch it will be given
   * @param team the threads to use; not closed by the pass
   * @return the pass; not thread-safe
   */
  public Pass trainingPass(int maxBatch, WorkerTeam team) {
    return new Pass(maxBatch, team, true);
  }

  /**
   * The activations and gradients of one running computation: {@code x -> layers forward -> y},
   * then {@code dy -> layers backward}. Allocates nothing once a batch of the largest size has gone
   * both ways. Not thread-safe.
   *
   * <p>The layers fall into sections. One of several layers that treat every image by itself is
   * divided among the threads by images ({@link Lanes}). The layers of the others, such as a dense
   * one with its large matrix, divide their work themselves.
   */
  public final class Pass {
    private final int maxBatch;
    private final boolean[] inPlace; // [i]: whether layer i writes where it reads
    private final Tensor[] activations; // [i]: the input of layer i; the last: the output
    private final Tensor[]
        gradients; // [i]: with respect to activations[i]; null: not of all images
    private final List<Section> sections = new ArrayList<>();
    private final Elementwise elementwise;
    private int forwarded = -1; // the batch of the last forward

    /** Consecutive layers, with lanes if they are divided by images. */
    private record Section(Chain whole, Lanes lanes) {
      void forward(int batch) {
        if (lanes == null) {
          whole.forward(batch);
        } else {
          lanes.forward(batch);
        }
      }

      void backward(int batch) {
        if (lanes == null) {
          whole.backward(batch);
        } else {
          lanes.backward(batch);
        }
      }
    }

    private Pass(int maxBatch, WorkerTeam team, boolean training) {
      if (maxBatch < 1) {
        throw new IllegalArgumentException("maxBatch must be positive, but is " + maxBatch);
      }
      int n = layers.size();
      this.maxBatch = maxBatch;
      elementwise = new Elementwise(team);
      Workspace workspace = new Workspace(team);
      Layer.Pass[] passes = new Layer.Pass[n];
      inPlace = new boolean[n];
      for (int i = 0; i < n; i++) {
        passes[i] = layers.get(i).newPass(shapes.get(i), maxBatch, workspace);
        inPlace[i] = worksInPlace(i);
      }
      List<Range> ranges = ranges(passes, team.threads(), training);
      boolean[] common = new boolean[n + 1]; // in memory of all threads
      Arrays.fill(common, true);
      for (Range range : ranges) {
        for (int i = range.end - 1; range.divided && !training && i > range.from; i--) {
          common[i] = common[i + 1] && inPlace[i];
        }
      }
      Rooms rooms = new Rooms(shapes, inPlace, maxBatch);
      activations = rooms.apart(common);
      Arrays.fill(common, training);
      common[0] = false;
      for (Range range : ranges) {
        if (range.divided && training && Lanes.byHalves(team)) {
          keepGradients(range.from, range.end, passes, common);
        }
      }
      boolean lanes = ranges.stream().anyMatch(Range::divided);
      gradients = lanes ? rooms.apart(common) : rooms.inTurn(common);
      for (Range range : ranges) {
        sections.add(section(range.from, range.end, passes, range.divided ? team : null));
      }
    }

    /** The layers of a section, and whether it is divided by images. */
    private record Range(int from, int end, boolean divided) {}

    private List<Range> ranges(Layer.Pass[] passes, int threads, boolean training) {
      List<Range> ranges = new ArrayList<>();
      for (int from = 0, end; from < passes.length; from = end) {
        end = sectionEnd(from, passes);
        ranges.add(new Range(from, end, divided(from, end, threads, training)));
      }
      return ranges;
    }

    /**
     * Within a section that is divided by halves of the batch, only those layers need the gradients
     * of all images that compute the gradients of their parameters by themselves.
     */
    private void keepGradients(int from, int end, Layer.Pass[] passes, boolean[] common) {
      for (int i = from + 1; i < end; i++) {
        common[i] =
            !((PerImage) passes[i - 1]).parametersByLanes()
                || inPlace[i - 1] && i - 1 > from && common[i - 1];
      }
      for (int i = end - 1; i > from; i--) {
        common[i] |= inPlace[i] && common[i + 1];
      }
    }

    /** Layers that treat every image by itself belong together; each other one stands alone. */
    private int sectionEnd(int from, Layer.Pass[] passes) {
      int end = from;
      while (end < passes.length && passes[end] instanceof PerImage) {
        end++;
      }
      return Math.max(end, from + 1);
    }

    /**
     * Whether a section is divided by images. One layer alone, and few images, are better divided
     * by the layers.
     */
    private boolean divided(int from, int end, int threads, boolean training) {
      if (end - from == 1 || maxBatch < 2 * threads) {
        return false;
      }
      long parameters = 0;
      long floats = 0;
      for (int i = from; i < end; i++) {
        floats += (long) maxBatch * shapes.get(i + 1).size();
        for (Parameter parameter : layers.get(i).parameters()) {
          parameters += parameter.value().size();
        }
      }
      return !training || parameters <= FEW_PARAMETERS || floats >= MANY_ACTIVATIONS;
    }

    /** With a team, the section is divided among it by images. */
    private Section section(int from, int end, Layer.Pass[] passes, WorkerTeam team) {
      boolean[] inPlace = Arrays.copyOfRange(this.inPlace, from, end);
      boolean[] rectifiers = new boolean[end - from];
      for (int i = 0; i < rectifiers.length; i++) {
        // The first of a divided section reads from all images what it writes for a slice.
        rectifiers[i] =
            inPlace[i] && (i > 0 || team == null) && layers.get(from + i) instanceof Relu;
      }
      Tensor[] x = Arrays.copyOfRange(activations, from, end + 1);
      Tensor[] dx = Arrays.copyOfRange(gradients, from, end + 1);
      Layer.Pass[] own = Arrays.copyOfRange(passes, from, end);
      if (team == null) {
        return new Section(new Chain(own, rectifiers, x, dx), null);
      }
      List<Shape> section = shapes.subList(from, end + 1);
      Lanes lanes = new Lanes(own, section, inPlace, rectifiers, x, dx, maxBatch, team);
      return new Section(new Chain(own, new boolean[end - from], x, dx), lanes);
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
      return activations[0];
    }

    /**
     * The result of the last {@link #forward}.
     *
     * @return {@code [maxBatch, OH, OW, OC]}: for a classifier the logits
     */
    public Tensor output() {
      return activations[activations.length - 1];
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
      return gradients[gradients.length - 1];
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
      for (int i = 0; i < sections.size(); i++) { // an iterator would be garbage
        sections.get(i).forward(batch);
      }
      return output();
    }

    /**
     * Says that the parameters do not change any more, as once a network has been trained: what
     * {@link #forward} makes of them is then made once, which makes single images and small batches
     * faster. To be called again after each change; until then, forward may use the parameters as
     * they were.
     *
     * @throws IllegalStateException for a training pass
     */
    public void fixParameters() {
      if (gradients[gradients.length - 1] != null) {
        throw new IllegalStateException("this pass was made for training: use inferencePass");
      }
      for (Section section : sections) {
        section.whole.fixParameters();
      }
    }

    /** Sets every gradient to zero, before the backward pass of a new batch. */
    public void zeroGrad() {
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
      requireTraining();
      checkBatch(batch);
      if (batch != forwarded) {
        throw new IllegalStateException(
            forwarded < 0
                ? "backward needs a forward before it"
                : "backward of " + batch + " images after a forward of " + forwarded);
      }
      for (int i = sections.size() - 1; i >= 0; i--) {
        sections.get(i).backward(batch);
      }
    }

    private void checkBatch(int batch) {
      if (batch < 0 || batch > maxBatch) {
        throw new IllegalArgumentException(
            "batch must be from 0 to " + maxBatch + ", but is " + batch);
      }
    }

    private void requireTraining() {
      if (gradients[gradients.length - 1] == null) {
        throw new IllegalStateException("this pass was made for inference: use trainingPass");
      }
    }
  }
}
