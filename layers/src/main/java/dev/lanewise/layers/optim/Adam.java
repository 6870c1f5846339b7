package dev.lanewise.layers.optim;

import dev.lanewise.engine.Elementwise;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015), as PyTorch defines it.
 * In step t, counted from 1, for each element of a parameter p with gradient g:
 *
 * <pre>
 * g' = g + weightDecay * p
 * m  = m + (1 - beta1) * (g' - m)                      exp_avg, 0 before the first step
 * v  = beta2 * v + (1 - beta2) * g' * g'               exp_avg_sq, 0 before the first step
 * p  = p - learningRate / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
 * </pre>
 *
 * <p>Weight decay is an L2 penalty here: a part of the gradient, not of the step as in AdamW. The
 * elements are floats; what depends on t alone is computed in double precision and rounded once.
 *
 * @param beta1 how much of the mean gradient is kept, from 0 to below 1
 * @param beta2 how much of the mean squared gradient is kept, from 0 to below 1
 * @param eps keeps the divisor from zero; positive
 * @param weightDecay the factor of the penalty; 0 for none
 */
public record Adam(double beta1, double beta2, double eps, double weightDecay)
    implements Optimizer {
  /** Adam with beta1 = 0.9, beta2 = 0.999, eps = 1e-8, and no weight decay. */
  public Adam() {
    this(0.9, 0.999, 1e-8, 0);
  }

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public Adam {
    if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
      throw new IllegalArgumentException(
          "beta1 and beta2 must be from 0 to below 1, but are " + beta1 + " and " + beta2);
    }
    if (!((float) eps > 0 && (float) eps < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("eps must be finite and positive, but is " + eps);
    }
    if (!(weightDecay >= 0 && (float) weightDecay < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "weightDecay must be finite and not negative, but is " + weightDecay);
    }
  }

  /**
   * The same with other means.
   *
   * @param beta1 how much of the mean gradient is kept, from 0 to below 1
   * @param beta2 how much of the mean squared gradient is kept, from 0 to below 1
   * @return the new description
   */
  public Adam betas(double beta1, double beta2) {
    return new Adam(beta1, beta2, eps, weightDecay);
  }

  /**
   * The same with another penalty.
   *
   * @param weightDecay its factor; 0 for none
   * @return the new description
   */
  public Adam weightDecay(double weightDecay) {
    return new Adam(beta1, beta2, eps, weightDecay);
  }

  @Override
  public Optimizer.Updater newUpdater(Map<String, Parameter> parameters, WorkerTeam team) {
    return new Updater(this, parameters, team);
  }

  /** A parameter and what is remembered of it. */
  private record Moments(Parameter parameter, Tensor mean, Tensor square) {}

  /** Applies the rule to certain parameters. */
  private static final class Updater implements Optimizer.Updater {
    /** Steps are counted in two floats, of 24 bits each: float integers are exact up to there. */
    private static final long STEPS = 1L << 24;

    private final Adam adam;
    private final Elementwise elementwise;
    private final Elementwise.Range update = this::update;
    private final Moments[] moments;
    private final Map<String, Tensor> state = new LinkedHashMap<>();
    private final Tensor steps = Tensor.zeros(2); // t % STEPS and t / STEPS

    // The running call.
    private Moments running;
    private float stepSize; // learningRate / (1 - beta1^t)
    private float root; // sqrt(1 - beta2^t)

    Updater(Adam adam, Map<String, Parameter> parameters, WorkerTeam team) {
      this.adam = adam;
      elementwise = new Elementwise(team);
      state.put("step", steps);
      moments = new Moments[parameters.size()];
      int i = 0;
      for (Map.Entry<String, Parameter> entry : parameters.entrySet()) {
        int[] dims = entry.getValue().value().dims();
        moments[i] = new Moments(entry.getValue(), Tensor.zeros(dims), Tensor.zeros(dims));
        state.put("exp_avg." + entry.getKey(), moments[i].mean);
        state.put("exp_avg_sq." + entry.getKey(), moments[i].square);
        i++;
      }
    }

    @Override
    public Map<String, Tensor> state() {
      return state;
    }

    @Override
    public void step(float learningRate) {
      long t = 1 + (long) steps.data[0] + STEPS * (long) steps.data[1];
      // StrictMath, since Math.pow may differ from machine to machine.
      stepSize = (float) (learningRate / (1 - StrictMath.pow(adam.beta1, t)));
      root = (float) Math.sqrt(1 - StrictMath.pow(adam.beta2, t));
      for (Moments each : moments) {
        running = each;
        elementwise.run(each.mean.size(), update);
      }
      running = null;
      steps.data[0] = t % STEPS;
      steps.data[1] = t / STEPS;
    }

    private void update(int from, int to) {
      Tensor grad = running.parameter.grad();
      Tensor value = running.parameter.value();
      update(from, to, grad.data, grad.offset, value.data, value.offset);
    }

    /** The elements {@code from} to {@code to - 1}: plain arithmetic, which C2 makes vectors of. */
    private void update(int from, int to, float[] grad, int gradOff, float[] value, int valueOff) {
      float[] mean = running.mean.data; // from 0, as Tensor.zeros makes them
      float[] square = running.square.data;
      float gain1 = (float) (1 - adam.beta1);
      float beta2 = (float) adam.beta2;
      float gain2 = (float) (1 - adam.beta2);
      float eps = (float) adam.eps;
      float decay = (float) adam.weightDecay;
      float size = stepSize;
      float r = root;
      for (int i = from; i < to; i++) {
        float p = value[valueOff + i];
        float g = grad[gradOff + i] + decay * p;
        float m = mean[i] + gain1 * (g - mean[i]);
        float v = beta2 * square[i] + gain2 * g * g;
        mean[i] = m;
        square[i] = v;
        value[valueOff + i] = p - size * m / ((float) Math.sqrt(v) / r + eps);
      }
    }
  }
}
