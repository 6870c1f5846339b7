// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

import dev.lanewise.engine.run.ElementFunction;
import dev.lanewise.engine.run.WorkerTeam;

/**
 * The pass of a layer that treats each element by itself, such as an activation function. The layer
 * gives a loop for each direction; this divides the elements among the threads.
 *
 * <p>The loops go over arrays at one index: {@code y[i] = f(x[i])}. Where f is made of {@code + - *
 * / fma}, {@code Math.min}, {@code max}, {@code abs} and {@code signum}, without a branch, C2 turns
 * such a loop into vectors. It would not if each array had an offset of its own, since these may be
 * places of the same array; so what lies elsewhere is copied, in pieces that stay in an L1 cache.
 *
 * <p>Allocates nothing once made. Not thread-safe, as any pass.
 */
public final class ElementwisePass implements UnaryPass {
  /** Elements of a task: three arrays of them stay in an L1 cache. */
  private static final int CHUNK = 2048;

  /** The loop of forward. */
  @FunctionalInterface
  public interface Forward {
    /**
     * {@code y[i] = f(x[i])}.
     *
     * @param x input
     * @param y output; the same array as x if the pass {@linkplain #readingY reads y}
     * @param from the first element
     * @param to one past the last
     */
    void run(float[] x, float[] y, int from, int to);
  }

  /** The loop of backward. */
  @FunctionalInterface
  public interface Backward {
    /**
     * {@code dx[i] = dy[i] * f'}, with the slope made from x or y. Three arrays.
     *
     * @param v x or y, whichever the pass reads
     * @param dy the gradient with respect to y
     * @param dx the gradient with respect to x; overwritten
     * @param n how many elements, from 0 on
     */
    void run(float[] v, float[] dy, float[] dx, int n);
  }

  private final int size; // of an image
  private final boolean inPlace;
  private final Forward forward;
  private final Backward backward;
  private final WorkerTeam team;
  private final WorkerTeam.Task forwardTask = this::forward;
  private final WorkerTeam.Task backwardTask = this::backward;
  private final float[][] first; // [worker][CHUNK]: x, or what backward reads
  private final float[][] second; // y, or dy
  private final float[][] third; // dx

  // The running call.
  private int n;
  private Tensor read;
  private Tensor in;
  private Tensor out;

  private ElementwisePass(Site site, boolean inPlace, Forward forward, Backward backward) {
    size = site.input().size();
    this.inPlace = inPlace;
    this.forward = forward;
    this.backward = backward;
    team = site.team();
    boolean training = site.mode() == Mode.TRAINING;
    first = new float[training || !inPlace ? team.threads() : 0][CHUNK];
    second = new float[training || !inPlace ? team.threads() : 0][CHUNK];
    third = new float[training ? team.threads() : 0][CHUNK];
  }

  /**
   * A pass whose backward reads x: for a layer with the traits {@link Trait#PER_IMAGE} and {@link
   * Trait#IGNORES_Y}.
   *
   * @param site where the layer stands
   * @param forward the loop of forward
   * @param backward the loop of backward, from x
   * @return the pass
   */
  public static ElementwisePass readingX(Site site, Forward forward, Backward backward) {
    return new ElementwisePass(site, false, forward, backward);
  }

  /**
   * A pass whose backward reads y, so that y may lie where x lay: for a layer with the traits
   * {@link Trait#PER_IMAGE} and {@link Trait#IN_PLACE}.
   *
   * @param site where the layer stands
   * @param forward the loop of forward; its x and y are the same array
   * @param backward the loop of backward, from y
   * @return the pass
   */
  public static ElementwisePass readingY(Site site, Forward forward, Backward backward) {
    return new ElementwisePass(site, true, forward, backward);
  }

  /**
   * The same in place, for a layer in front that takes this one over.
   *
   * @return forward of some elements, by a worker of this pass's team
   */
  public ElementFunction function() {
    return this::apply;
  }

  private void apply(float[] y, int from, int to, int worker) {
    if (inPlace) {
      forward.run(y, y, from, to);
      return;
    }
    for (int at = from; at < to; at += CHUNK) {
      int count = Math.min(CHUNK, to - at);
      System.arraycopy(y, at, first[worker], 0, count);
      forward.run(first[worker], second[worker], 0, count);
      System.arraycopy(second[worker], 0, y, at, count);
    }
  }

  @Override
  public void forward(Context context, Tensor x, Tensor y) {
    n = context.images() * size;
    in = x;
    out = y;
    team.run(Math.ceilDiv(n, CHUNK), forwardTask);
  }

  private void forward(int task, int worker) {
    int from = task * CHUNK;
    int count = Math.min(CHUNK, n - from);
    int xAt = in.offset + from;
    int yAt = out.offset + from;
    if (inPlace) {
      if (in.data != out.data || xAt != yAt) {
        System.arraycopy(in.data, xAt, out.data, yAt, count);
      }
      forward.run(out.data, out.data, yAt, yAt + count);
      return;
    }
    System.arraycopy(in.data, xAt, first[worker], 0, count);
    forward.run(first[worker], second[worker], 0, count);
    System.arraycopy(second[worker], 0, out.data, yAt, count);
  }

  @Override
  public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
    n = context.images() * size;
    read = inPlace ? y : x;
    in = dy;
    out = dx;
    team.run(Math.ceilDiv(n, CHUNK), backwardTask);
  }

  private void backward(int task, int worker) {
    int from = task * CHUNK;
    int count = Math.min(CHUNK, n - from);
    System.arraycopy(read.data, read.offset + from, first[worker], 0, count);
    System.arraycopy(in.data, in.offset + from, second[worker], 0, count);
    backward.run(first[worker], second[worker], third[worker], count);
    System.arraycopy(third[worker], 0, out.data, out.offset + from, count);
  }
}
