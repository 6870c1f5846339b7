package dev.lanewise.layers;

import dev.lanewise.engine.Spare;
import dev.lanewise.engine.WorkerTeam;
import dev.lanewise.engine.Workspace;
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
  /** 4 MiB for each thread: an L2 cache and a share of L3. */
  private static final int SLICE_FLOATS = 1024 * 1024;

  /** What a JVM can allocate at most. */
  private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8;

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

  /** Whether layer i may overwrite its input, and dy with dx: nobody needs them any more. */
  private boolean worksInPlace(int i) {
    return layers.get(i).inPlace()
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

  /** Sets every gradient to zero. */
  public void zeroGrad() {
    for (Tensor grad : grads) {
      Arrays.fill(grad.data, grad.offset, grad.offset + grad.size(), 0f);
    }
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
   */
  public final class Pass {
    private final int maxBatch;
    private final boolean training;
    private final int slice; // images that go through all layers together
    private final Layer.Pass[] passes;
    private final boolean[] forwardFused; // a Relu whose work its neighbours do
    private final boolean[] backwardFused;
    private final Tensor[] activations; // [i]: the input of layer i; the last: the output
    private final Tensor[] inputs; // of each slice
    private final Tensor[] outputs;
    private int forwarded = -1; // the batch of the last forward
    private final Tensor[] gradients; // [i]: with respect to activations[i]; [0] is not needed

    private Pass(int maxBatch, WorkerTeam team, boolean training) {
      if (maxBatch < 1) {
        throw new IllegalArgumentException("maxBatch must be positive, but is " + maxBatch);
      }
      int n = layers.size();
      this.maxBatch = maxBatch;
      this.training = training;
      slice = training ? maxBatch : slice(team.threads());
      Workspace workspace = new Workspace(team);
      passes = new Layer.Pass[n];
      forwardFused = new boolean[n];
      backwardFused = new boolean[n];
      activations = new Tensor[n + 1];
      gradients = new Tensor[n + 1];
      if (training) {
        placeActivations();
        placeInTurn(gradients, maxBatch);
      } else {
        placeInTurn(activations, slice);
        activations[0] = Tensor.zeros(maxBatch, inputShape());
        activations[n] = Tensor.zeros(maxBatch, outputShape());
      }
      inputs = slices(0);
      outputs = slices(n);
      for (int i = 0; i < n; i++) {
        passes[i] = layers.get(i).newPass(shapes.get(i), slice, workspace);
      }
      for (int i = 1; i < n; i++) {
        if (layers.get(i) instanceof Relu && inPlace(i + 1)) {
          fuse(i);
        }
      }
    }

    /** Room for every activation: backward needs them all. */
    private void placeActivations() {
      long[] at = new long[activations.length];
      long floats = 0;
      for (int i = 0; i < activations.length; i++) {
        at[i] = inPlace(i) ? at[i - 1] : floats;
        floats += inPlace(i) ? 0 : room(i, maxBatch);
      }
      place(activations, 0, at, floats, maxBatch);
    }

    /** Two rooms in turn: a layer reads the one and writes the other. */
    private void placeInTurn(Tensor[] tensors, int images) {
      long longest = 0;
      for (int i = 1; i < tensors.length; i++) {
        longest = Math.max(longest, room(i, images));
      }
      long[] at = new long[tensors.length];
      for (int i = 2; i < tensors.length; i++) {
        at[i] = inPlace(i) ? at[i - 1] : longest - at[i - 1];
      }
      place(tensors, 1, at, 2 * longest, images);
    }

    /**
     * Puts tensors into one array while that can hold them: a large array is aligned, see {@link
     * Spare#LEAD}.
     */
    private void place(Tensor[] tensors, int first, long[] at, long floats, int images) {
      boolean together = Spare.LEAD + floats <= LONGEST_ARRAY;
      float[] memory = together ? Spare.array((int) (Spare.LEAD + floats)) : null;
      for (int i = first; i < tensors.length; i++) {
        if (together) {
          tensors[i] = view(memory, (int) (Spare.LEAD + at[i]), images, i);
        } else if (inPlace(i)) {
          tensors[i] = view(tensors[i - 1].data, tensors[i - 1].offset, images, i);
        } else {
          tensors[i] = Tensor.zeros(images, shapes.get(i));
        }
      }
    }

    /** Floats that the input of layer i takes. */
    private long room(int i, int images) {
      return Spare.lines((long) images * shapes.get(i).size() + Spare.FLOATS);
    }

    /** Whether the output of layer i - 1 lies where its input does. */
    private boolean inPlace(int i) {
      return i > 1 && worksInPlace(i - 1) && (training || i < layers.size());
    }

    /**
     * How many images an inference takes through all layers before it turns to the next ones: so
     * many that a layer finds what the layer before has written in the caches. No result depends on
     * it, since each image is computed alone.
     */
    private int slice(int threads) {
      long longest = 1;
      for (Shape shape : shapes) {
        longest = Math.max(longest, shape.size());
      }
      long share = Math.max(1, SLICE_FLOATS / (2 * longest));
      return (int) Math.min(maxBatch, threads * share);
    }

    /** The input of layer i, slice by slice. */
    private Tensor[] slices(int i) {
      Tensor all = activations[i];
      Tensor[] slices = new Tensor[(maxBatch + slice - 1) / slice];
      for (int s = 0; s < slices.length; s++) {
        int first = s * slice;
        int images = Math.min(slice, maxBatch - first);
        slices[s] = view(all.data, all.offset + first * shapes.get(i).size(), images, i);
      }
      return slices;
    }

    /** Lets the neighbours of a rectifier do its work. */
    private void fuse(int i) {
      Rectifying before = passes[i - 1] instanceof Rectifying p ? p : null;
      Rectifying behind = i + 1 < passes.length && passes[i + 1] instanceof Rectifying p ? p : null;
      boolean both = behind != null && behind.rectifyInput();
      forwardFused[i] = both || before != null && before.rectifyOutput();
      backwardFused[i] = both || behind != null && behind.rectifyGradient();
    }

    private Tensor view(float[] data, int offset, int images, int i) {
      Shape s = shapes.get(i);
      return new Tensor(data, offset, images, s.height(), s.width(), s.channels());
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
      for (int s = 0; s * slice < batch; s++) {
        forward(Math.min(slice, batch - s * slice), inputs[s], outputs[s]);
      }
      return output();
    }

    private void forward(int batch, Tensor x, Tensor y) {
      int last = passes.length - 1;
      for (int i = 0; i <= last; i++) {
        if (!forwardFused[i]) {
          Tensor in = i == 0 ? x : activations[i];
          Tensor out = i == last ? y : activations[i + 1];
          passes[i].forward(batch, in, out);
        }
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
      for (int i = passes.length - 1; i >= 0; i--) {
        if (!backwardFused[i]) {
          passes[i].backward(
              batch, activations[i], activations[i + 1], gradients[i + 1], gradients[i]);
        }
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
