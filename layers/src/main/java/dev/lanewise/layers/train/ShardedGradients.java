// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.engine.Elementwise;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.StoredTensor;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.train.ShardTree.Node;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The gradients of a batch that is cut into shards: each goes forward and back by itself, and its
 * gradients, of the mean loss of the whole batch, are added along a {@link ShardTree}.
 *
 * <p>The way back gives the gradients of the last layer first. So they lie in this order, and while
 * the last shard goes back, what is complete is added up and handed to the {@link ShardExchange}.
 *
 * <p>What a layer measures in a batch, such as a batch normalisation, it measures in each shard.
 * Each shard begins with the buffers of the network as the last step has left them; afterwards a
 * buffer b is
 *
 * <pre>
 * b + sum over shards of (images of the shard / images of the batch) * (b of the shard - b)
 * </pre>
 *
 * <p>the mean of what the shards have made of it; one of whole numbers, a count of batches, is that
 * of the first shard. The sum is taken along the same tree.
 *
 * <p>Allocates nothing once made.
 */
final class ShardedGradients {
  private final TrainingStep step;
  private final ShardExchange exchange;
  private final ShardTree tree;
  private final Tensor[] gradients; // from the last layer to the first
  private final Map<Parameter, Integer> numbers = new IdentityHashMap<>(); // of the gradients
  private final Tensor[] buffers;
  private final boolean[] whole; // buffers of whole numbers
  private final int size; // of all gradients and buffers
  private final float[] before; // the buffers
  private final List<Node> nodes; // computed here
  private final float[][] sums; // [node]
  private final double[] losses; // [node]
  private final float[][] spare; // [depth]
  private final Elementwise elementwise;
  private final Elementwise.Range add = this::add;
  private final Consumer<Parameter> onComplete = this::complete;

  // The running addition.
  private float[] to;
  private float[] other;
  private int offset;

  // The running call.
  private Batches batches;
  private Dataset data;
  private int[] order;
  private int from;
  private int images;
  private long number;
  private int last; // shard that has images and is computed here
  private final float[][] left; // [depth]: what spare[depth] is to be added to
  private int depth; // of the running shard
  private int summed; // elements of all nodes that are complete

  // The running shard.
  private int shard;
  private float[] target; // of its gradients and buffers
  private final boolean[] isComplete; // [gradient]
  private int copied; // gradients
  private int place; // where the next one goes

  ShardedGradients(
      TrainingStep step,
      Network network,
      Predicate<String> frozen,
      ShardExchange exchange,
      WorkerTeam team) {
    this.step = step;
    this.exchange = exchange;
    tree = new ShardTree(exchange.shards());
    List<Parameter> trained =
        network.parameters().entrySet().stream()
            .filter(entry -> !frozen.test(entry.getKey()))
            .map(Map.Entry::getValue)
            .toList()
            .reversed();
    trained.forEach(parameter -> numbers.put(parameter, numbers.size()));
    gradients = trained.stream().map(Parameter::grad).toArray(Tensor[]::new);
    isComplete = new boolean[gradients.length];
    buffers = network.buffers().values().toArray(Tensor[]::new);
    Map<String, StoredTensor> state = network.state();
    whole = new boolean[buffers.length];
    int b = 0;
    for (String name : network.buffers().keySet()) {
      whole[b++] = state.get(name).whole();
    }
    int buffered = size(buffers);
    size = Math.addExact(size(gradients), buffered);
    before = new float[buffered];
    nodes = tree.nodes(exchange.first(), exchange.end());
    sums = new float[nodes.size()][size];
    losses = new double[nodes.size()];
    int widest = nodes.stream().mapToInt(node -> node.end() - node.first()).max().orElseThrow();
    spare = new float[Integer.SIZE - Integer.numberOfLeadingZeros(widest - 1)][size];
    left = new float[spare.length][];
    elementwise = new Elementwise(team);
  }

  private static int size(Tensor[] tensors) {
    int size = 0;
    for (Tensor tensor : tensors) {
      size = Math.addExact(size, tensor.size());
    }
    return size;
  }

  /**
   * Computes the gradients of the mean loss of a batch, of all processes. If that fails, the
   * buffers are as they were.
   *
   * @param order image numbers
   * @param from the position of the first one of the batch
   * @param images how many images it has
   * @param number how many batches there were before
   * @return the sum of the losses of its images
   */
  double gradients(Batches batches, Dataset data, int[] order, int from, int images, long number) {
    this.batches = batches;
    this.data = data;
    this.order = order;
    this.from = from;
    this.images = images;
    this.number = number;
    summed = 0;
    last = exchange.end() - 1;
    while (last > exchange.first() && tree.isEmpty(last, last + 1, images)) {
      last--;
    }
    keepBuffers();
    try {
      for (int i = 0; i < sums.length; i++) {
        Node node = nodes.get(i);
        if (!tree.isEmpty(node.first(), node.end(), images)) {
          losses[i] = sum(node.first(), node.end(), sums[i], 0);
        }
      }
      exchange.sum(images, sums, losses);
    } catch (Throwable e) {
      resetBuffers();
      throw e;
    } finally {
      this.data = null;
      this.order = null;
    }
    spread(sums[0]);
    return losses[0];
  }

  /**
   * Copies the last shard of a batch that has images and is computed here into the input of the
   * step.
   *
   * @return how many images it has; 0 if there is none
   */
  int copyLast(Batches batches, Dataset data, int[] order, int from, int images) {
    for (int shard = tree.shards() - 1; shard >= 0; shard--) {
      int at = tree.cut(shard, images);
      int count = tree.cut(shard + 1, images) - at;
      if (count > 0) {
        if (shard < exchange.first() || shard >= exchange.end()) {
          return 0; // another process looks at it: all must agree on whether a training diverges
        }
        batches.copy(data, order, from + at, count, step.input(), step.targets());
        return count;
      }
    }
    return 0;
  }

  /** Of shards that have images. */
  private double sum(int first, int end, float[] to, int depth) {
    this.depth = depth;
    if (end - first == 1) {
      return shard(first, to);
    }
    int middle = ShardTree.middle(first, end);
    if (tree.isEmpty(first, middle, images)) {
      return sum(middle, end, to, depth);
    }
    double loss = sum(first, middle, to, depth);
    if (!tree.isEmpty(middle, end, images)) {
      left[depth] = to;
      loss += sum(middle, end, spare[depth], depth + 1);
      if (summed < size) { // this was not the last shard, which adds up as it goes
        add(depth, 0, size);
      }
    }
    return loss;
  }

  private void add(int depth, int from, int end) {
    to = left[depth];
    other = spare[depth];
    offset = from;
    elementwise.run(end - from, add);
  }

  private void add(int from, int end) {
    float[] to = this.to;
    float[] other = this.other;
    for (int i = offset + from; i < offset + end; i++) {
      to[i] += other[i];
    }
  }

  /** One that has images. */
  private double shard(int shard, float[] to) {
    int at = tree.cut(shard, images);
    int count = tree.cut(shard + 1, images) - at;
    float share = (float) count / images;
    batches.copy(data, order, from + at, count, step.input(), step.targets());
    resetBuffers();
    step.zeroGradients();
    this.shard = shard;
    target = to;
    copied = 0;
    place = 0;
    Arrays.fill(isComplete, false);
    double loss = step.addGradients(count, number * tree.shards() + shard, share, onComplete);
    while (copied < gradients.length) {
      copy(gradients[copied++]);
    }
    int kept = 0;
    for (int b = 0; b < buffers.length; b++) {
      Tensor buffer = buffers[b];
      float factor = whole[b] ? (at == 0 ? 1 : 0) : share;
      for (int i = buffer.offset; i < buffer.offset + buffer.size(); i++) {
        to[place++] = factor * (buffer.data[i] - before[kept++]);
      }
    }
    sumUp();
    return loss;
  }

  private void complete(Parameter parameter) {
    Integer number = numbers.get(parameter);
    if (number == null) {
      return; // it is frozen
    }
    isComplete[number] = true;
    while (copied < gradients.length && isComplete[copied]) {
      copy(gradients[copied++]);
    }
    sumUp();
  }

  private void copy(Tensor gradient) {
    System.arraycopy(gradient.data, gradient.offset, target, place, gradient.size());
    place += gradient.size();
  }

  /** What the last shard has given so far completes the sums that it is a part of. */
  private void sumUp() {
    if (shard != last || place == summed) {
      return;
    }
    for (int d = depth - 1; d >= 0; d--) {
      add(d, summed, place);
    }
    summed = place;
    exchange.begin(images, sums, summed);
  }

  private void keepBuffers() {
    int kept = 0;
    for (Tensor buffer : buffers) {
      System.arraycopy(buffer.data, buffer.offset, before, kept, buffer.size());
      kept += buffer.size();
    }
  }

  private void resetBuffers() {
    int kept = 0;
    for (Tensor buffer : buffers) {
      System.arraycopy(before, kept, buffer.data, buffer.offset, buffer.size());
      kept += buffer.size();
    }
  }

  /** Hands the sums to the network. */
  private void spread(float[] sums) {
    int place = 0;
    for (Tensor gradient : gradients) {
      System.arraycopy(sums, place, gradient.data, gradient.offset, gradient.size());
      place += gradient.size();
    }
    int kept = 0;
    for (Tensor buffer : buffers) {
      for (int i = buffer.offset; i < buffer.offset + buffer.size(); i++) {
        buffer.data[i] = before[kept++] + sums[place++];
      }
    }
  }
}
