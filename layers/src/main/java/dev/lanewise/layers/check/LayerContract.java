// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.check;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.math.Fma;
import dev.lanewise.engine.run.ChannelScale;
import dev.lanewise.engine.run.ElementFunction;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.ElementwisePass;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.ScalingPass;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.graph.Trait;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.IntToDoubleFunction;

/**
 * Runs a layer by itself, in a training or an inference, and holds it to what {@link Layer}
 * promises, apart from derivatives: see {@link GradientCheck}.
 *
 * <p>All tensors begin at an odd offset and have room for one image more than the batch. Around the
 * batch x and dy hold NaN, so that a pass that reads there shows it.
 */
final class LayerContract {
  private static final int OFFSET = 3;
  private static final String READS = "backward reads what the traits say it does not";

  private final Node node;
  private final Mode mode;
  private final List<Shape> inputs;
  private final Shape output;
  private final int batch;
  private final Set<Trait> traits;
  private final float[][] x;
  private final float[] dy;
  private final float[] y;
  private final float[][] dx;
  private final Context context;
  private final Pass pass;

  LayerContract(Node node, Mode mode, int batch, RandomStream random) {
    this.node = node;
    this.mode = mode;
    this.batch = batch;
    inputs = node.in().shapes();
    output = node.shape();
    traits = node.traits(mode);
    x = images(i -> 2 * random.nextDouble() - 1);
    dy = images(output, i -> weight(random));
    y = images(output, i -> Double.NaN);
    dx = images(i -> Double.NaN);
    context = new Context(mode, 1, new Workspace(WorkerTeam.single()));
    context.set(0, 0, batch);
    pass = newPass(Epilogue.NONE, false);
  }

  private Pass newPass(Epilogue epilogue, boolean gated) {
    return node.layer().newPass(new Site(node, batch + 1, context, epilogue, gated));
  }

  private float[][] images(IntToDoubleFunction value) {
    return inputs.stream().map(shape -> images(shape, value)).toArray(float[][]::new);
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
    return tensor(images, shape, 0, batch + 1);
  }

  private static Tensor tensor(float[] images, Shape s, int first, int count) {
    int at = OFFSET + first * s.size();
    return new Tensor(images, at, count, s.height(), s.width(), s.channels());
  }

  private Tensor[] tensors(float[][] images) {
    Tensor[] tensors = new Tensor[images.length];
    Arrays.setAll(tensors, i -> images[i] == null ? null : tensor(images[i], inputs.get(i)));
    return tensors;
  }

  /** How many inputs there are. */
  int inputs() {
    return x.length;
  }

  /** An input, {@code [batch, H, W, C]}: a change of an element changes what forward reads. */
  Tensor x(int input) {
    return tensor(x[input], inputs.get(input), 0, batch);
  }

  /** What the last backward has made of it. */
  float[] dx(int input) {
    return Values.of(tensor(dx[input], inputs.get(input), 0, batch));
  }

  /** dy, without what lies beyond the batch. */
  double[] weights() {
    double[] weights = new double[batch * output.size()];
    Arrays.setAll(weights, i -> dy[OFFSET + i]);
    return weights;
  }

  /** A forward pass. */
  void evaluate(double[] result) {
    pass.forward(context, tensors(x), tensor(y, output));
    Arrays.setAll(result, i -> y[OFFSET + i]);
  }

  private void backward(float[][] x, float[] y, float[][] dx) {
    float[][] xBefore = copy(x);
    float[] yBefore = y.clone();
    float[] dyBefore = dy.clone();
    pass.backward(context, tensors(x), tensor(y, output), tensor(dy, output), tensors(dx));
    requireSame("backward changes x", xBefore, x);
    requireSame("backward changes y", yBefore, y);
    requireSame("backward changes dy", dyBefore, dy);
  }

  /**
   * Checks all of it. A training leaves dx and, in the parameters, the gradients of one backward
   * pass.
   *
   * @throws AssertionError if the layer breaks a rule
   */
  void check(double tolerance) {
    checkForward();
    List<float[]> once = mode == Mode.TRAINING ? checkBackward(tolerance) : List.of();
    if (traits.contains(Trait.IN_PLACE) && inputs.getFirst().size() == output.size()) {
      checkInPlace();
    }
    if (traits.contains(Trait.RESHAPE)) {
      requireSame("a reshape changes what it hands on", x[0], y);
    }
    if (traits.contains(Trait.PER_IMAGE)) {
      checkSlices(once);
    }
    checkFusion();
    restore(once);
  }

  private void checkForward() {
    float[][] xBefore = copy(x);
    evaluate(new double[batch * output.size()]);
    requireSame("forward changes x", xBefore, x);
    requireNumbers("forward", "y", Values.of(tensor(y, output, 0, batch)));
    float[] yBefore = y.clone();
    evaluate(new double[batch * output.size()]);
    requireSame("forward gives another y for the same x", yBefore, y);
    if (mode == Mode.INFERENCE) {
      pass.freezeParameters();
      evaluate(new double[batch * output.size()]);
      requireSame("forward gives another y once its parameters are frozen", yBefore, y);
    }
  }

  /** Returns the gradients of one backward pass. */
  private List<float[]> checkBackward(double tolerance) {
    Values.zeroGrad(node.parameters());
    backward(x, y, dx);
    for (int i = 0; i < dx.length; i++) {
      requireNumbers("backward", "dx", dx(i));
    }
    List<float[]> once = gradients();
    for (float[] gradient : once) {
      requireNumbers("backward", "the gradient of a parameter", gradient);
    }
    float[][] again = images(i -> Double.NaN);
    boolean ignoresX = traits.contains(Trait.IGNORES_X) || traits.contains(Trait.IN_PLACE);
    backward(ignoresX ? poison(x) : x, traits.contains(Trait.IGNORES_Y) ? poison(y) : y, again);
    requireSame(READS, dx, again);
    for (float[] gradient : gradients()) {
      if (!Float.isFinite(Values.largest(gradient))) {
        throw new AssertionError(READS + ": the gradient of a parameter becomes NaN");
      }
    }
    requireMultiple(2, once, tolerance);
    backward(x, y, new float[x.length][]);
    requireMultiple(3, once, tolerance);
    return once;
  }

  /** With y in the place of the first x, and the first dx in that of dy. */
  private void checkInPlace() {
    Pass other = newPass(Epilogue.NONE, false);
    float[][] xy = copy(x);
    float[][] d = images(i -> Double.NaN);
    d[0] = dy.clone();
    other.forward(context, tensors(xy), tensor(xy[0], output));
    requireSame("forward in place gives another y", y, xy[0]);
    if (mode == Mode.INFERENCE) {
      return;
    }
    other.backward(context, tensors(xy), tensor(xy[0], output), tensor(d[0], output), tensors(d));
    requireSame("backward in place gives another dx", dx[0], d[0]);
  }

  /** Every image in a pass of its own; the parameters in a pass that has not run forward. */
  private void checkSlices(List<float[]> once) {
    Pass whole = newPass(Epilogue.NONE, false);
    float[] slicedY = images(output, i -> Double.NaN);
    float[][] slicedDx = images(i -> Double.NaN);
    boolean bySlices = traits.contains(Trait.GRADIENTS_BY_SLICES);
    Context[] contexts = new Context[batch];
    Pass[] slices = new Pass[batch];
    for (int i = 0; i < batch; i++) {
      contexts[i] = new Context(mode, 1, new Workspace(WorkerTeam.single()));
      contexts[i].set(0, i, 1);
      Site site = new Site(node, 1, contexts[i], Epilogue.NONE, false);
      slices[i] = node.layer().newSlicePass(whole, site);
    }
    whole.prepareForward();
    for (int i = 0; i < batch; i++) {
      slices[i].forward(contexts[i], tensors(x, i), tensor(slicedY, output, i, 1));
    }
    requireSame("slices of a batch give another y", y, slicedY);
    if (mode == Mode.INFERENCE) {
      return;
    }
    Values.zeroGrad(node.parameters());
    if (bySlices) {
      whole.beginGradients(batch);
    }
    whole.prepareBackward();
    for (int i = 0; i < batch; i++) {
      Tensor[] xs = tensors(x, i);
      Tensor dys = tensor(dy, output, i, 1);
      if (bySlices) {
        slices[i].addGradients(contexts[i], xs, dys);
      }
      Tensor ys = tensor(y, output, i, 1);
      slices[i].backwardData(contexts[i], xs, ys, dys, tensors(slicedDx, i));
    }
    requireSame("slices of a batch give another dx", dx, slicedDx);
    if (bySlices) {
      whole.endGradients();
      requireSameGradients("slices of a batch give another gradient of ", once);
      Values.zeroGrad(node.parameters());
    }
    newPass(Epilogue.NONE, false)
        .backwardParameters(context, tensors(x), tensor(y, output), tensor(dy, output));
    requireSameGradients("a pass that has not run forward gives another gradient of ", once);
  }

  private Tensor[] tensors(float[][] images, int image) {
    Tensor[] tensors = new Tensor[images.length];
    Arrays.setAll(tensors, i -> tensor(images[i], inputs.get(i), image, 1));
    return tensors;
  }

  private void requireSameGradients(String what, List<float[]> once) {
    List<float[]> actual = gradients();
    for (int p = 0; p < once.size(); p++) {
      int i = Arrays.mismatch(once.get(p), actual.get(p));
      if (i >= 0) {
        throw new AssertionError(
            (what + node.parameters().get(p).name())
                + (": at " + i + " from " + once.get(p)[i] + " to " + actual.get(p)[i]));
      }
    }
  }

  /** What the layer does for a neighbour gives the bits of the neighbour. */
  private void checkFusion() {
    if (traits.contains(Trait.FUSES_RELU_AFTER)) {
      float[] fused = images(output, i -> Double.NaN);
      newPass(Epilogue.RELU, false).forward(context, tensors(x), tensor(fused, output));
      requireSame("the fused ReLU gives another y", rectified(y), fused);
    }
    if (traits.contains(Trait.FUSES_SCALE_AFTER) && mode == Mode.INFERENCE) {
      checkScaleAfter();
    }
    if (traits.contains(Trait.SCALES_CHANNELS) && mode == Mode.INFERENCE) {
      if (!(pass instanceof ScalingPass scaling)) {
        throw broken("the pass of a layer that scales channels has to be a ScalingPass");
      }
      pass.prepareForward();
      requireSame("forward gives another y than the scale", scaled(x[0], scaling.scale()), y);
    }
    if (traits.contains(Trait.FUSES_MAP_AFTER) && mode == Mode.INFERENCE) {
      checkMapAfter();
    }
    if (traits.contains(Trait.MAPS_ELEMENTS)) {
      if (!(pass instanceof ElementwisePass map)) {
        throw broken("the pass of a layer that maps elements has to be an ElementwisePass");
      }
      float[] mapped = x[0].clone();
      map.function().apply(mapped, OFFSET, OFFSET + batch * output.size(), 0);
      requireSame("forward gives another y than the function", mapped, y);
    }
    if (traits.contains(Trait.FUSES_GATE) && mode == Mode.TRAINING) {
      float[][] gate = {rectified(x[0])};
      float[][] plainDx = images(i -> Double.NaN);
      run(newPass(Epilogue.NONE, false), gate, images(output, i -> Double.NaN), plainDx);
      float[][] fused = images(i -> Double.NaN);
      run(newPass(Epilogue.NONE, true), gate, images(output, i -> Double.NaN), fused);
      requireSame("the fused gate gives another dx", gated(plainDx[0], gate[0]), fused[0]);
    }
    if (traits.contains(Trait.FUSES_RELU_BEFORE)) {
      float[][] rectified = {rectified(x[0])};
      float[][] plainDx = images(i -> Double.NaN);
      float[] plainY = images(output, i -> Double.NaN);
      run(newPass(Epilogue.NONE, false), rectified, plainY, plainDx);
      float[][] fusedDx = images(i -> Double.NaN);
      float[] fusedY = images(output, i -> Double.NaN);
      run(newPass(Epilogue.RELU, false), x, fusedY, fusedDx);
      requireSame("the fused ReLU gives another y", plainY, fusedY);
      if (mode == Mode.TRAINING) {
        float[] expected = gated(plainDx[0], rectified[0]);
        requireSame("the fused ReLU gives another dx", expected, fusedDx[0]);
      }
    }
  }

  private void checkScaleAfter() {
    ChannelScale scale = new ChannelScale(output.channels());
    for (int c = 0; c < output.channels(); c++) {
      scale.set(c, 0.25 * c - 1, 1.5 - c, 0.125 * c);
    }
    for (Epilogue epilogue : Epilogue.values()) {
      boolean relu = epilogue == Epilogue.RELU;
      if (relu && !traits.contains(Trait.FUSES_RELU_AFTER)) {
        continue;
      }
      float[] fused = images(output, i -> Double.NaN);
      Pass fusing =
          node.layer().newPass(new Site(node, batch + 1, context, epilogue, false, scale));
      fusing.forward(context, tensors(x), tensor(fused, output));
      float[] scaled = scaled(y, scale);
      requireSame("the fused scale gives another y", relu ? rectified(scaled) : scaled, fused);
    }
  }

  private void checkMapAfter() {
    ElementFunction half =
        (values, from, to, worker) -> {
          for (int i = from; i < to; i++) {
            values[i] = 0.5f * values[i];
          }
        };
    float[] expected = y.clone();
    half.apply(expected, OFFSET, expected.length, 0);
    float[] fused = images(output, i -> Double.NaN);
    node.layer()
        .newPass(new Site(node, batch + 1, context, Epilogue.NONE, false, null, half))
        .forward(context, tensors(x), tensor(fused, output));
    requireSame("the fused function gives another y", expected, fused);
  }

  /** By a subtraction and a fused multiply-add, as {@link ChannelScale} says. */
  private static float[] scaled(float[] values, ChannelScale scale) {
    float[] scaled = values.clone();
    for (int i = OFFSET; i < scaled.length; i++) {
      int c = (i - OFFSET) % scale.channels();
      scaled[i] = Fma.fma(scale.gain()[c], values[i] - scale.center()[c], scale.offset()[c]);
    }
    return scaled;
  }

  /** Forward and, in a training, back. */
  private void run(Pass pass, float[][] x, float[] y, float[][] dx) {
    pass.forward(context, tensors(x), tensor(y, output));
    if (mode == Mode.TRAINING) {
      pass.backwardData(context, tensors(x), tensor(y, output), tensor(dy, output), tensors(dx));
    }
  }

  private static float[] rectified(float[] values) {
    float[] rectified = values.clone();
    for (int i = 0; i < rectified.length; i++) {
      rectified[i] = Math.max(rectified[i], 0f);
    }
    return rectified;
  }

  private static float[] gated(float[] values, float[] gate) {
    float[] gated = values.clone();
    for (int i = 0; i < gated.length; i++) {
      gated[i] = gate[i] <= 0 ? 0 : gated[i];
    }
    return gated;
  }

  private static float[][] copy(float[][] images) {
    return Arrays.stream(images).map(float[]::clone).toArray(float[][]::new);
  }

  private static float[][] poison(float[][] images) {
    return Arrays.stream(images).map(LayerContract::poison).toArray(float[][]::new);
  }

  private static float[] poison(float[] images) {
    float[] nan = new float[images.length];
    Arrays.fill(nan, Float.NaN);
    return nan;
  }

  private List<float[]> gradients() {
    return node.parameters().stream().map(p -> Values.of(p.grad())).toList();
  }

  private void restore(List<float[]> gradients) {
    for (int i = 0; i < gradients.size(); i++) {
      Tensor grad = node.parameters().get(i).grad();
      System.arraycopy(gradients.get(i), 0, grad.data, grad.offset, grad.size());
    }
  }

  private void requireMultiple(int times, List<float[]> once, double tolerance) {
    for (int p = 0; p < once.size(); p++) {
      Parameter parameter = node.parameters().get(p);
      float[] gradient = Values.of(parameter.grad());
      float[] first = once.get(p);
      double largest = 0;
      for (float g : first) {
        largest = Math.max(largest, Math.abs(g));
      }
      for (int i = 0; i < gradient.length; i++) {
        if (!(Math.abs(gradient[i] - times * first[i]) <= times * tolerance * largest)) {
          throw new AssertionError(
              ("the gradient of " + Values.element(parameter.name(), parameter.grad(), i))
                  + (" is " + first[i] + " after one backward and " + gradient[i] + " after ")
                  + (times + ": backward has to add the same each time"));
        }
      }
    }
  }

  private AssertionError broken(String what) {
    return new AssertionError(mode == Mode.TRAINING ? what : "in an inference " + what);
  }

  private void requireNumbers(String pass, String what, float[] values) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw broken(
            (what + " is " + values[i] + " at " + i + " after " + pass)
                + ": it was not overwritten, or comes from outside the batch");
      }
    }
  }

  private void requireSame(String what, float[][] expected, float[][] actual) {
    for (int i = 0; i < expected.length; i++) {
      requireSame(what, expected[i], actual[i]);
    }
  }

  private void requireSame(String what, float[] expected, float[] actual) {
    int i = Arrays.mismatch(expected, actual);
    if (i >= 0) {
      throw broken((what + ": at " + (i - OFFSET)) + (" from " + expected[i] + " to " + actual[i]));
    }
  }
}
