// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.check;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Loss;
import dev.lanewise.layers.loss.Targets;
import dev.lanewise.layers.optim.Optimizer;
import dev.lanewise.layers.train.TrainingStep;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Checks backward passes by differences of forward passes: of a layer, a network or a loss, those
 * of Lanewise or your own. In a test,
 *
 * <pre>{@code
 * new GradientCheck().layer(new Scale(3), new Shape(4, 5, 3));
 * }</pre>
 *
 * <p>throws an {@link AssertionError} of one line if {@code Scale} derives wrongly: which gradient
 * and element, what backward gave, what differences give, and how many elements differ.
 *
 * <p>A layer is checked for what {@link Layer} says besides: that {@code backward} overwrites
 * {@code dx}, adds to the gradients of the parameters, does without a dx, leaves x, y and dy alone,
 * reads no images beyond the batch, and keeps what its {@linkplain Layer#traits traits} promise:
 * slices of a batch, work in place and fused neighbours give the same bits. An inference is checked
 * as well, after the training, whose buffers it sees.
 *
 * <p><b>How exact it is.</b> Forward passes are in single precision, so differences cannot give the
 * six digits that they give in double precision. The question is therefore put the other way round:
 * each element of a gradient has to agree with differences to within {@code resolution} times the
 * largest derivative of its tensor, and for each element the step is chosen as small as the
 * roundings of the outputs allow for that. An error in a formula is of the order of the gradient
 * itself, and is seen. An element that may be off because there is a kink within the step (of a
 * rectifier, or between two winners of a pooling), or because roundings are too large, is left
 * undecided; if more than a tenth of a tensor's elements are, the check fails.
 *
 * <p><b>What to choose.</b> The defaults are for a layer. With them the layers of Lanewise deviate
 * by up to 0.00003, convolution by Winograd by up to 0.00015 of the largest derivative. Take more
 * {@code roundings} for longer sums than thousands, or an algorithm that rounds more: from k terms,
 * k are always enough, and the root of k nearly always. Take a coarser {@code resolution} where an
 * element moves many rectifiers. In a whole network of rectifiers there is a kink within every step
 * that floats can resolve: there 0.1 tells what is right from what is wrong, and 0.01 does not.
 * Small images help. Where input happens to lie at a kink, take another {@code seed}.
 *
 * <p>The point: x is uniform in [-1, 1). Parameters are as they are, moved by up to a quarter of
 * the largest of their tensor, so that no two are equal; those of a tensor of zeros are uniform in
 * [-1, 1). All parameters are put back, and their gradients are zero afterwards.
 *
 * <p>Immutable and thread-safe, but the layer or network must not be used by others meanwhile.
 *
 * @param seed decides the point, dy, and which elements are compared
 * @param batch images
 * @param elements how many elements of a tensor are compared, at most; a larger tensor's are drawn
 * @param roundings how many roundings, 2^-24 of the largest output, an output may be off by
 * @param resolution the part of a tensor's largest derivative that a derivative may be off by
 */
public record GradientCheck(
    long seed, int batch, int elements, double roundings, double resolution) {
  private static final Optimizer NO_UPDATE = (parameters, team) -> learningRate -> {};

  /** A check with seed 1, a batch of 2, 200 elements, 16 roundings, a resolution of 1/1000. */
  public GradientCheck() {
    this(1, 2, 200, 16, 1e-3);
  }

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one but the seed is not positive
   */
  public GradientCheck {
    if (batch < 1 || elements < 1 || !(roundings > 0) || !(resolution > 0)) {
      throw new IllegalArgumentException(
          "batch, elements, roundings and resolution must be positive, but are "
              + (batch + ", " + elements + ", " + roundings + " and " + resolution));
    }
  }

  /**
   * The same check at another point.
   *
   * @param seed decides the point, dy, and which elements are compared
   * @return the new check
   */
  public GradientCheck seed(long seed) {
    return new GradientCheck(seed, batch, elements, roundings, resolution);
  }

  /**
   * The same check with other numbers of images and elements.
   *
   * @param batch images
   * @param elements of a tensor that are compared, at most
   * @return the new check
   */
  public GradientCheck size(int batch, int elements) {
    return new GradientCheck(seed, batch, elements, roundings, resolution);
  }

  /**
   * The same check with other tolerances.
   *
   * @param roundings how many roundings of the largest output an output may be off by
   * @param resolution the part of a tensor's largest derivative that a derivative may be off by
   * @return the new check
   */
  public GradientCheck tolerance(double roundings, double resolution) {
    return new GradientCheck(seed, batch, elements, roundings, resolution);
  }

  /**
   * What a check that passed has seen.
   *
   * @param compared elements whose gradient agrees with differences
   * @param undecided elements left out: near a kink, or lost in roundings
   * @param deviation the largest deviation, as a part of the largest derivative of its tensor
   */
  public record Result(int compared, int undecided, double deviation) {
    private Result plus(CheckedGradient.Outcome other) {
      return new Result(
          compared + other.compared(),
          undecided + other.undecided(),
          Math.max(deviation, other.deviation()));
    }
  }

  /** A function of a tensor, with its gradient: a loss. */
  public interface Function {
    /**
     * Computes the function and its gradient.
     *
     * @param x where; unchanged
     * @param dx receives the gradient with respect to x; overwritten
     * @return the value
     */
    double at(Tensor x, Tensor dx);
  }

  /**
   * Checks a layer: the gradients of its input and of its parameters.
   *
   * @param layer the layer
   * @param inputs the shape of one image of each input
   * @return what was compared
   * @throws AssertionError if a gradient is wrong, too many could not be decided, or the layer
   *     breaks one of the rules above; the message is one line
   * @throws IllegalArgumentException if the layer does not accept {@code inputs}
   */
  public Result layer(Layer layer, Shape... inputs) {
    RandomStream random = random();
    Node node = Node.alone(layer, random.split("parameters"), inputs);
    List<Parameter> parameters = node.parameters();
    move(parameters, random);
    LayerContract contract = new LayerContract(node, Mode.TRAINING, batch, random);
    contract.check(resolution);
    new LayerContract(node, Mode.INFERENCE, batch, random.split("inference")).check(resolution);
    List<CheckedGradient> checked = new ArrayList<>();
    for (int i = 0; i < contract.inputs(); i++) {
      String name = contract.inputs() == 1 ? "x" : "x" + i;
      checked.add(new CheckedGradient(name, contract.x(i), contract.dx(i)));
    }
    for (Parameter p : parameters) {
      checked.add(new CheckedGradient(p.name(), p.value(), Values.of(p.grad())));
    }
    return compare(checked, contract.weights(), contract::evaluate, random);
  }

  /**
   * Checks the gradients of all parameters of a network, with respect to a random function of its
   * outputs.
   *
   * @param network the network; with rectifiers or poolings a resolution of 0.1 is as fine as it
   *     goes
   * @return what was compared
   * @throws AssertionError if a gradient is wrong, or too many could not be decided; the message is
   *     one line
   */
  public Result network(Network network) {
    RandomStream random = random();
    List<Parameter> parameters = List.copyOf(network.parameters().values());
    List<float[]> before = move(parameters, random);
    try {
      double[] weights = new double[batch * network.outputShape().size()];
      WeightedSum loss = new WeightedSum(weights);
      TrainingStep step =
          new TrainingStep(network, NO_UPDATE, loss, batch, seed, WorkerTeam.single());
      addUniform(step.input(), 1, random);
      Arrays.setAll(weights, i -> LayerContract.weight(random));
      step.gradients(batch, 0);
      List<CheckedGradient> derived = new ArrayList<>();
      network
          .parameters()
          .forEach(
              (name, p) -> derived.add(new CheckedGradient(name, p.value(), Values.of(p.grad()))));
      return compare(derived, weights, y -> copy(step.forward(batch), y), random);
    } finally {
      restore(parameters, before);
    }
  }

  /**
   * Checks the gradient of a loss, for instance
   *
   * <pre>{@code
   * Loss.Pass loss = new SoftmaxCrossEntropy().newPass(Shape.flat(10), 2);
   * Targets targets = Targets.of(3, 7);
   * // The loss returns the sum, and derives the mean.
   * check.function(logits, (z, dz) -> loss.forwardBackward(2, z, targets, dz) / 2);
   * }</pre>
   *
   * <p>The value should be of the size of the numbers that it is computed from, since its roundings
   * are counted in parts of it.
   *
   * @param x where; the same afterwards
   * @param function the function
   * @return what was compared
   * @throws AssertionError if the gradient is wrong, or too much of it could not be decided; the
   *     message is one line
   */
  public Result function(Tensor x, Function function) {
    Tensor dx = Tensor.zeros(x.dims());
    Arrays.fill(dx.data, Float.NaN);
    function.at(x, dx);
    List<CheckedGradient> derived = List.of(new CheckedGradient("x", x, Values.of(dx)));
    return compare(derived, new double[] {1}, y -> y[0] = function.at(x, dx), random());
  }

  /** A random function of the outputs of a network: its gradient is the weights. */
  private record WeightedSum(double[] weights) implements Loss, Loss.Pass {
    @Override
    public Loss.Pass newPass(Shape output, int maxBatch) {
      return this;
    }

    @Override
    public double forward(int batch, Tensor y, Targets targets) {
      double sum = 0;
      for (int i = 0; i < weights.length; i++) {
        sum += weights[i] * y.data[y.offset + i];
      }
      return sum;
    }

    @Override
    public double forwardBackward(int batch, Tensor y, Targets targets, Tensor dy) {
      for (int i = 0; i < weights.length; i++) {
        dy.data[dy.offset + i] = (float) weights[i];
      }
      return forward(batch, y, targets);
    }
  }

  private RandomStream random() {
    return new RandomStream(seed).split("gradient check");
  }

  private Result compare(
      List<CheckedGradient> all,
      double[] weights,
      NumericalGradient.Function function,
      RandomStream random) {
    NumericalGradient differences = new NumericalGradient(weights, function, roundings);
    Result sum = new Result(0, 0, 0);
    for (CheckedGradient derived : all) {
      sum = sum.plus(derived.compare(differences, elements, resolution, random));
    }
    return sum;
  }

  /** Moves parameters to where they are checked; returns what they were. */
  private static List<float[]> move(List<Parameter> parameters, RandomStream random) {
    List<float[]> before = parameters.stream().map(p -> Values.of(p.value())).toList();
    for (Parameter p : parameters) {
      float largest = Values.largest(Values.of(p.value()));
      addUniform(p.value(), largest == 0 ? 1 : largest / 4, random);
    }
    return before;
  }

  private static void addUniform(Tensor tensor, float most, RandomStream random) {
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data[tensor.offset + i] += (float) (most * (2 * random.nextDouble() - 1));
    }
  }

  private static void restore(List<Parameter> parameters, List<float[]> values) {
    for (int i = 0; i < values.size(); i++) {
      Tensor value = parameters.get(i).value();
      System.arraycopy(values.get(i), 0, value.data, value.offset, value.size());
    }
    Values.zeroGrad(parameters);
  }

  private static void copy(Tensor from, double[] to) {
    Arrays.setAll(to, i -> from.data[from.offset + i]);
  }
}
