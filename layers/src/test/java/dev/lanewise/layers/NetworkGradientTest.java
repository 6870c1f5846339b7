// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.Convolution.Algorithm;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.cases.CrossEntropy;
import dev.lanewise.layers.cases.Oracle;
import dev.lanewise.layers.cases.Oracles;
import dev.lanewise.layers.graph.Inputs;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole networks with their loss. In double precision the gradients agree with central differences
 * of the loss; those of the network, in floats, have a relative error of at most a millionth of
 * that. (Bounds carried from layer to layer would prove nothing: they grow past the gradients.)
 */
@Tag("slow")
final class NetworkGradientTest {
  private static final int BATCH = 2;
  private static final int CLASSES = 5;
  private static final int[] LABELS = {3, 0};

  /** Elements of each parameter that are compared with differences. */
  private static final int ELEMENTS = 24;

  private final RandomStream random = new RandomStream(4);

  /** Chained layers in double precision. */
  private record Chain(String name, Shape input, List<Oracle> layers) {
    @Override
    public String toString() {
      return name;
    }

    private static int parameters(Oracle layer) {
      return layer.layer().parameters(Inputs.of(layer.inputs())).size();
    }

    /** The inputs of all layers, and the logits. */
    List<double[]> forward(double[] x, double[][] p) {
      List<double[]> all = new ArrayList<>(List.of(x));
      int used = 0;
      for (Oracle layer : layers) {
        int count = parameters(layer);
        double[][] own = Arrays.copyOfRange(p, used, used + count);
        all.add(layer.forward(BATCH, new double[][] {all.getLast()}, own).value());
        used += count;
      }
      return all;
    }

    double loss(double[] x, double[][] p) {
      return Doubles.meanCrossEntropy(BATCH, CLASSES, forward(x, p).getLast(), LABELS);
    }

    /** The gradients of the parameters, in order. */
    List<double[]> backward(double[] x, double[][] p) {
      List<double[]> a = forward(x, p);
      double[] dy = CrossEntropy.gradient(CLASSES, a.getLast(), LABELS).value();
      List<double[]> gradients = new ArrayList<>();
      int used = p.length;
      for (int i = layers.size() - 1; i >= 0; i--) {
        int count = parameters(layers.get(i));
        double[][] own = Arrays.copyOfRange(p, used - count, used);
        Oracle.Gradients g = layers.get(i).backward(BATCH, new double[][] {a.get(i)}, dy, own);
        gradients.addAll(0, g.dp().stream().map(Oracle.Bounded::value).toList());
        dy = g.dx().getFirst().value();
        used -= count;
      }
      return gradients;
    }
  }

  /** Chains layers; each makes an oracle of the shape that comes in. */
  @SafeVarargs
  private static Chain chain(String name, Shape input, Function<Shape, Oracle>... layers) {
    List<Oracle> oracles = new ArrayList<>();
    Shape shape = input;
    for (Function<Shape, Oracle> layer : layers) {
      oracles.add(layer.apply(shape));
      shape = oracles.getLast().layer().outputShape(shape);
    }
    return new Chain(name, input, oracles);
  }

  /** {@link dev.lanewise.layers.models.Models#simple}. */
  private static Chain simple() {
    return chain(
        "simple",
        new Shape(8, 9, 1),
        Oracles.conv(8, Window.same(3), Algorithm.AUTO),
        Oracles.relu(),
        Oracles.maxPool(Window.valid(2).stride(2)),
        Oracles.flatten(),
        Oracles.dense(CLASSES));
  }

  /**
   * {@link dev.lanewise.layers.models.Models#complex} with half the channels; with AUTO all but the
   * first convolution by Winograd.
   */
  private static Chain complex(Algorithm algorithm) {
    Window same = Window.same(3);
    Window pool = Window.valid(2).stride(2);
    return chain(
        "complex " + algorithm,
        new Shape(8, 8, 1),
        Oracles.conv(16, same, algorithm),
        Oracles.relu(),
        Oracles.conv(16, same, algorithm),
        Oracles.relu(),
        Oracles.maxPool(pool),
        Oracles.conv(32, same, algorithm),
        Oracles.relu(),
        Oracles.conv(32, same, algorithm),
        Oracles.relu(),
        Oracles.maxPool(pool),
        Oracles.flatten(),
        Oracles.dense(24),
        Oracles.relu(),
        Oracles.dense(CLASSES));
  }

  /** Strides, dilation, overlapping pools, and channels that are no multiple of a vector. */
  private static Chain odd() {
    return chain(
        "odd",
        new Shape(11, 10, 3),
        Oracles.conv(5, Window.same(5, 3).stride(2, 1), Algorithm.AUTO),
        Oracles.relu(),
        Oracles.conv(19, Window.valid(2, 3).dilation(2, 1), Algorithm.AUTO),
        Oracles.maxPool(Window.same(3).stride(2)),
        Oracles.relu(),
        Oracles.conv(7, Window.valid(2).padding(1, 0, 2, 0), Algorithm.AUTO),
        Oracles.flatten(),
        Oracles.dense(11),
        Oracles.relu(),
        Oracles.dense(CLASSES));
  }

  /**
   * With the relative error that is allowed: Winograd's are five to eight times the direct ones.
   */
  static Stream<Arguments> networks() {
    return Stream.of(
        Arguments.of(simple(), 1e-6),
        Arguments.of(complex(Algorithm.DIRECT), 1e-6),
        Arguments.of(complex(Algorithm.AUTO), 4e-6),
        Arguments.of(odd(), 1e-6));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void gradients(Chain chain, double relativeError) {
    Network network = new Network(chain.input, chain.layers.stream().map(Oracle::layer).toList());
    network.initialize(8);
    List<Parameter> parameters = List.copyOf(network.parameters().values());
    parameters.stream()
        .filter(p -> p.name().equals("bias"))
        .forEach(p -> Tensors.fill(p.value(), random));
    Network.Pass pass = network.trainingPass(BATCH, WorkerTeam.single());
    Tensors.fill(pass.input(), random);
    Tensor logits = pass.forward(BATCH);
    double sum = Losses.crossEntropy(CLASSES, logits, LABELS, pass.outputGradient());
    pass.backward(BATCH);

    double[] x = Doubles.of(pass.input());
    double[][] p = Doubles.values(parameters);
    assertEquals(chain.loss(x, p), sum / BATCH, relativeError * chain.loss(x, p));
    List<double[]> gradients = chain.backward(x, p);
    List<String> names = List.copyOf(network.parameters().keySet());
    for (int i = 0; i < p.length; i++) {
      int at = i;
      double[] gradient = gradients.get(i);
      double[] off = Doubles.of(parameters.get(i).grad());
      Arrays.setAll(off, j -> off[j] - gradient[j]);
      double norm = Math.sqrt(Doubles.inner(gradient, gradient));
      double error = Math.sqrt(Doubles.inner(off, off)) / norm;
      assertTrue(norm > 1e-2, "a gradient of zeros proves nothing: " + names.get(i));
      assertTrue(error <= relativeError, names.get(i) + " has a relative error of " + error);
      Doubles.assertDerives(
          names.get(i),
          v -> chain.loss(x, Doubles.with(p, at, v)),
          p[i],
          gradient,
          some(gradient.length));
    }
  }

  private int[] some(int n) {
    int[] all = new int[n];
    Arrays.setAll(all, i -> i);
    random.shuffle(all);
    return Arrays.copyOf(all, Math.min(n, ELEMENTS));
  }
}
