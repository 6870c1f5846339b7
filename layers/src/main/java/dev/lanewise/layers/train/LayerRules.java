package dev.lanewise.layers.train;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.layers.Layer;
import dev.lanewise.layers.Parameter;
import dev.lanewise.layers.RandomStream;
import dev.lanewise.layers.Shape;
import dev.lanewise.layers.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/**
 * Runs a layer by itself and holds it to what {@link Layer} promises, apart from derivatives: see
 * {@link GradientCheck}.
 *
 * <p>All tensors begin at an odd offset and have room for one image more than the batch. Around the
 * batch x and dy hold NaN, so that a pass that reads there shows it.
 */
final class LayerRules {
  private static final int OFFSET = 3;

  private final Layer layer;
  private final Shape input;
  private final Shape output;
  private final int batch;
  private final float[] x;
  private final float[] dy;
  private final float[] y;
  private final float[] dx;
  private final Layer.Pass pass;

  LayerRules(Layer layer, Shape input, int batch, RandomStream random) {
    this.layer = layer;
    this.input = input;
    this.batch = batch;
    output = layer.outputShape(input);
    x = images(input, i -> 2 * random.nextDouble() - 1);
    dy = images(output, i -> weight(random));
    y = images(output, i -> Double.NaN);
    dx = images(input, i -> Double.NaN);
    pass = layer.newPass(input, batch + 1, new Workspace(WorkerTeam.single()));
  }

  private float[] images(Shape shape, IntToDoubleFunction value) {
    float[] images = new float[OFFSET + (batch + 1) * shape.size()];
    Arrays.fill(images, Float.NaN);
    for (int i = 0; i < batch * shape.size(); i++) {
      images[OFFSET + i] = (float) value.applyAsDouble(i);
    }
    return images;
  }

  /** A weight of an output: of either sign, and never so small that the output would not count. */
  static double weight(RandomStream random) {
    double magnitude = 0.5 + 0.5 * random.nextDouble();
    return (float) (random.nextInt(2) == 0 ? magnitude : -magnitude);
  }

  private Tensor tensor(float[] images, Shape shape) {
    return tensor(images, shape, batch + 1);
  }

  private static Tensor tensor(float[] images, Shape shape, int batch) {
    return new Tensor(images, OFFSET, batch, shape.height(), shape.width(), shape.channels());
  }

  /** The input, {@code [batch, H, W, C]}: who changes an element changes what forward reads. */
  Tensor x() {
    return tensor(x, input, batch);
  }

  /** What the last backward has made of it. */
  float[] dx() {
    return GradientCheck.values(tensor(dx, input, batch));
  }

  /** dy, without what lies beyond the batch. */
  double[] weights() {
    double[] weights = new double[batch * output.size()];
    Arrays.setAll(weights, i -> dy[OFFSET + i]);
    return weights;
  }

  /** A forward pass. */
  void evaluate(double[] result) {
    pass.forward(batch, tensor(x, input), tensor(y, output));
    Arrays.setAll(result, i -> y[OFFSET + i]);
  }

  private void backward(float[] x, float[] y, float[] dx) {
    float[] xBefore = x.clone();
    float[] yBefore = y.clone();
    float[] dyBefore = dy.clone();
    pass.backward(
        batch,
        tensor(x, input),
        tensor(y, output),
        tensor(dy, output),
        dx == null ? null : tensor(dx, input));
    requireSame("backward changes x", xBefore, x);
    requireSame("backward changes y", yBefore, y);
    requireSame("backward changes dy", dyBefore, dy);
  }

  /**
   * Leaves dx and, in the parameters, the gradients of one backward pass.
   *
   * @throws AssertionError if the layer breaks a rule
   */
  void check(double tolerance) {
    float[] xBefore = x.clone();
    evaluate(new double[batch * output.size()]);
    requireSame("forward changes x", xBefore, x);
    requireNumbers("forward", "y", GradientCheck.values(tensor(y, output, batch)));
    float[] yBefore = y.clone();
    evaluate(new double[batch * output.size()]);
    requireSame("forward gives another y for the same x", yBefore, y);

    GradientCheck.zeroGrad(layer.parameters());
    backward(x, y, dx);
    requireNumbers("backward", "dx", dx());
    List<float[]> once = gradients();
    for (float[] gradient : once) {
      requireNumbers("backward", "the gradient of a parameter", gradient);
    }
    float[] again = images(input, i -> Double.NaN);
    backward(layer.inPlace() ? poison(x) : x, layer.backwardReadsOutput() ? y : poison(y), again);
    String reads = "backward needs what inPlace() or backwardReadsOutput() say it does not";
    requireSame(reads, dx, again);
    for (float[] gradient : gradients()) {
      if (!Float.isFinite(Derived.largest(gradient))) {
        throw new AssertionError(reads + ": the gradient of a parameter becomes NaN");
      }
    }
    requireMultiple(2, once, tolerance);
    backward(x, y, null);
    requireMultiple(3, once, tolerance);
    if (layer.inPlace() && input.size() == output.size()) {
      checkInPlace();
    }
    restore(once);
  }

  /** With y in the place of x, and dx in that of dy. */
  private void checkInPlace() {
    Layer.Pass other = layer.newPass(input, batch + 1, new Workspace(WorkerTeam.single()));
    float[] xy = x.clone();
    float[] d = dy.clone();
    other.forward(batch, tensor(xy, input), tensor(xy, output));
    requireSame("forward in place gives another y", y, Arrays.copyOf(xy, y.length));
    other.backward(
        batch, tensor(xy, input), tensor(xy, output), tensor(d, output), tensor(d, input));
    requireSame("backward in place gives another dx", dx, d);
  }

  private static float[] poison(float[] images) {
    float[] nan = new float[images.length];
    Arrays.fill(nan, Float.NaN);
    return nan;
  }

  private List<float[]> gradients() {
    return layer.parameters().stream().map(p -> GradientCheck.values(p.grad())).toList();
  }

  private void restore(List<float[]> gradients) {
    for (int i = 0; i < gradients.size(); i++) {
      Tensor grad = layer.parameters().get(i).grad();
      System.arraycopy(gradients.get(i), 0, grad.data, grad.offset, grad.size());
    }
  }

  private void requireMultiple(int times, List<float[]> once, double tolerance) {
    for (int p = 0; p < once.size(); p++) {
      Parameter parameter = layer.parameters().get(p);
      float[] gradient = GradientCheck.values(parameter.grad());
      float[] first = once.get(p);
      double largest = 0;
      for (float g : first) {
        largest = Math.max(largest, Math.abs(g));
      }
      for (int i = 0; i < gradient.length; i++) {
        if (!(Math.abs(gradient[i] - times * first[i]) <= times * tolerance * largest)) {
          throw new AssertionError(
              ("the gradient of " + Derived.element(parameter.name(), parameter.grad(), i))
                  + (" is " + first[i] + " after one backward and " + gradient[i] + " after ")
                  + (times + ": backward has to add the same each time"));
        }
      }
    }
  }

  private static void requireNumbers(String pass, String what, float[] values) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new AssertionError(
            (what + " is " + values[i] + " at " + i + " after " + pass)
                + ": it was not overwritten, or comes from outside the batch");
      }
    }
  }

  private static void requireSame(String what, float[] expected, float[] actual) {
    int i = Arrays.mismatch(expected, actual);
    if (i >= 0) {
      throw new AssertionError(
          (what + ": at " + (i - OFFSET)) + (" from " + expected[i] + " to " + actual[i]));
    }
  }
}
