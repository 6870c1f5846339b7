// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.BatchNorm2d;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Dropout;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Tensors;
import dev.lanewise.layers.augment.RandomFlip;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.CheckpointFolder;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.io.Safetensors;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import dev.lanewise.layers.loss.WeightPenalty;
import dev.lanewise.layers.optim.Optimizer;
import dev.lanewise.layers.optim.Sgd;
import dev.lanewise.layers.train.ShardTree.Node;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches that are cut into shards, in one process and in several. */
final class ShardsTest {
  private static final int BATCH = 10;
  private static final Stripes TRAIN = new Stripes(83, 8, 4); // its last batch has 3 images

  @TempDir Path temp;

  /** With everything that depends on how a batch is cut. */
  private static Network network() {
    Network network =
        new Network(
            Shape.of(8, 8, 1),
            new Conv2d(5, Window.same(3)),
            new BatchNorm2d(),
            new Relu(),
            new Flatten(),
            new Dropout(0.25),
            new Dense(4));
    network.initialize(1);
    return network;
  }

  private static TrainerBuilder builder(Network network, WorkerTeam team, int shards) {
    return TrainerTest.builder(network, team, BATCH, 0.1f)
        .optimizer(new Sgd().momentum(0.9))
        .penalty(new WeightPenalty().l2(1e-4))
        .transform(RandomFlip.horizontal())
        .sampling(Sampling.byShards(shards, BATCH))
        .shards(shards);
  }

  private static int bits(Network network) {
    Map<String, Integer> hashes = new HashMap<>();
    ModelFile.tensors(network.graph())
        .forEach((name, tensor) -> hashes.put(name, Arrays.hashCode(Tensors.values(tensor))));
    return hashes.hashCode();
  }

  private static int trained(int threads, int shards) {
    Network network = network();
    try (WorkerTeam team = new WorkerTeam(threads)) {
      builder(network, team, shards).build().fit(2, TRAIN);
    }
    return bits(network);
  }

  /** An exchange of a process that computes some shards. */
  private abstract static class SomeShards implements ShardExchange {
    private final int shards;
    private final int first;
    private final int end;

    SomeShards(int shards, int first, int end) {
      this.shards = shards;
      this.first = first;
      this.end = end;
    }

    @Override
    public final int shards() {
      return shards;
    }

    @Override
    public final int first() {
      return first;
    }

    @Override
    public final int end() {
      return end;
    }
  }

  /** Processes that meet in memory. */
  private static final class Meeting {
    final ShardTree tree;
    final CyclicBarrier barrier;
    final List<List<Node>> nodes = new ArrayList<>();
    final List<Node> all = new ArrayList<>();
    final float[][][] sums;
    final double[][] losses;

    Meeting(int shards, int processes) {
      tree = new ShardTree(shards);
      barrier = new CyclicBarrier(processes);
      sums = new float[processes][][];
      losses = new double[processes][];
      for (int p = 0; p < processes; p++) {
        nodes.add(tree.nodes(p * shards / processes, (p + 1) * shards / processes));
        all.addAll(nodes.get(p));
      }
    }

    ShardExchange process(int p) {
      int first = nodes.get(p).getFirst().first();
      int end = nodes.get(p).getLast().end();
      ShardSum sum = new ShardSum(tree, all);
      return new SomeShards(tree.shards(), first, end) {
        @Override
        public void sum(int images, float[][] mine, double[] loss) {
          sums[p] = mine;
          losses[p] = loss;
          await();
          float[][] values =
              Arrays.stream(sums)
                  .flatMap(Arrays::stream)
                  .map(float[]::clone)
                  .toArray(float[][]::new);
          double[] each = Arrays.stream(losses).flatMapToDouble(Arrays::stream).toArray();
          await();
          int place = sum.add(images, values, mine[0].length, each);
          System.arraycopy(values[place], 0, mine[0], 0, mine[0].length);
          loss[0] = each[place];
        }
      };
    }

    private void await() {
      try {
        barrier.await();
      } catch (InterruptedException | BrokenBarrierException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Hands out only the images of some shards. */
  private record Part(Dataset whole, int from, int to) implements Dataset {
    @Override
    public int size() {
      return whole.size();
    }

    @Override
    public Shape shape() {
      return whole.shape();
    }

    @Override
    public int classes() {
      return whole.classes();
    }

    @Override
    public void copy(int[] indices, int first, int count, float[] x, int at, int[] labels, int to) {
      for (int i = first; i < first + count; i++) {
        assertTrue(indices[i] >= from && indices[i] < this.to, "image " + indices[i]);
      }
      whole.copy(indices, first, count, x, at, labels, to);
    }

    @Override
    public Dataset slice(int from, int to) {
      throw new UnsupportedOperationException();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 10})
  void theBitsDependOnTheNumberOfShardsAlone(int shards) {
    int one = trained(1, shards);
    assertEquals(one, trained(2, shards), "2 threads");
    assertEquals(one, trained(3, shards), "3 threads");
    assertNotEquals(one, trained(1, 1), "without shards");
  }

  /** The last batch leaves some processes without images. */
  @ParameterizedTest
  @CsvSource({"4,2", "4,3", "5,2", "8,3", "10,4", "3,3"})
  void severalProcessesComeToTheSameBits(int shards, int processes) throws Exception {
    Meeting meeting = new Meeting(shards, processes);
    try (ExecutorService threads = Executors.newFixedThreadPool(processes)) {
      List<Future<Integer>> results = new ArrayList<>();
      for (int p = 0; p < processes; p++) {
        ShardExchange exchange = meeting.process(p);
        Part part =
            new Part(
                TRAIN,
                meeting.tree.share(exchange.first(), TRAIN.size(), BATCH),
                meeting.tree.share(exchange.end(), TRAIN.size(), BATCH));
        results.add(
            threads.submit(
                () -> {
                  Network network = network();
                  builder(network, WorkerTeam.single(), shards)
                      .shards(exchange)
                      .build()
                      .fit(2, part);
                  return bits(network);
                }));
      }
      int single = trained(1, shards);
      for (Future<Integer> result : results) {
        assertEquals(single, result.get());
      }
    }
  }

  @Test
  void sumsAreOfAllShards() {
    ShardTree tree = new ShardTree(4);
    for (List<Node> wrong :
        List.of(
            List.of(new Node(0, 2)), // not all
            List.of(new Node(0, 3), new Node(3, 4)), // the first is none of the tree
            List.of(new Node(2, 4), new Node(0, 2)))) {
      assertThrows(IllegalArgumentException.class, () -> new ShardSum(tree, wrong));
    }
  }

  @Test
  void oneShardIsABatchThatIsNotCut() {
    Network plain = network();
    Network one = network();
    TrainerTest.trainer(plain, WorkerTeam.single(), BATCH, 0.1f).fit(1, TRAIN);
    TrainerTest.builder(one, WorkerTeam.single(), BATCH, 0.1f).shards(1).build().fit(1, TRAIN);
    assertEquals(bits(plain), bits(one));
  }

  /** Without layers that look at a batch the gradient is that of the whole, but for rounding. */
  @Test
  void theGradientIsThatOfTheMeanLossOfTheBatch() {
    float[] whole = gradient(1);
    float[] cut = gradient(3);
    float largest = 0;
    for (float each : whole) {
      largest = Math.max(largest, Math.abs(each));
    }
    assertTrue(largest > 0);
    assertArrayEquals(whole, cut, 32 * 0x1p-24f * largest);
  }

  private static float[] gradient(int shards) {
    Network network = TrainerTest.simple(8);
    Map<String, float[]> found = new HashMap<>();
    Optimizer recorder =
        (parameters, team) ->
            rate -> found.put("4", Tensors.values(parameters.get("4.weight").grad()));
    TrainerTest.builder(network, WorkerTeam.single(), 83, 0.1f)
        .optimizer(recorder)
        .shards(shards)
        .build()
        .fit(1, TRAIN);
    return found.get("4");
  }

  /** A shard without images has no part in the sum. */
  @ParameterizedTest
  @CsvSource({"2,30", "3,30", "5,30", "8,30", "8,3", "5,1"})
  void gradientsAreAddedAlongTheTree(int shards, int images) {
    Dataset data = TRAIN.slice(0, images);
    Network cut = TrainerTest.complex(8);
    inOrder(cut).shards(shards).build().fit(1, data);
    Network single = TrainerTest.complex(8);
    TrainingStep step =
        new TrainingStep(
            single, new Sgd(), new SoftmaxCrossEntropy(), images, 7, WorkerTeam.single());
    int[] order = new int[images];
    Arrays.setAll(order, i -> i);
    List<Map<String, float[]>> each = new ArrayList<>();
    for (int shard = 0; shard < shards; shard++) {
      int from = shard * images / shards;
      int count = (shard + 1) * images / shards - from;
      Tensor x = step.input();
      data.copy(order, from, count, x.data, x.offset, step.targets().useLabels(), 0);
      step.zeroGradients();
      if (count > 0) {
        step.addGradients(count, shard, (float) count / images);
      }
      each.add(count > 0 ? gradients(single) : null);
    }

    gradients(cut)
        .forEach((name, grad) -> assertArrayEquals(sum(each, 0, shards).get(name), grad, name));
  }

  /** Batches of 30, in the order of the data. */
  private static TrainerBuilder inOrder(Network network) {
    return TrainerTest.builder(network, WorkerTeam.single(), 30, 0.1f)
        .sampling(train -> (random, order) -> Arrays.setAll(order, i -> i));
  }

  private static Map<String, float[]> gradients(Network network) {
    Map<String, float[]> gradients = new HashMap<>();
    network
        .parameters()
        .forEach((name, parameter) -> gradients.put(name, Tensors.values(parameter.grad())));
    return gradients;
  }

  private static Map<String, float[]> sum(List<Map<String, float[]>> each, int first, int end) {
    if (end - first == 1) {
      return each.get(first);
    }
    int middle = (first + end) / 2;
    Map<String, float[]> left = sum(each, first, middle);
    Map<String, float[]> right = sum(each, middle, end);
    if (left == null || right == null) {
      return left == null ? right : left;
    }
    Map<String, float[]> sum = new HashMap<>();
    left.forEach(
        (name, values) -> {
          float[] both = values.clone();
          for (int i = 0; i < both.length; i++) {
            both[i] += right.get(name)[i];
          }
          sum.put(name, both);
        });
    return sum;
  }

  /** An exchange may begin with it, and write the sums of all processes in its place. */
  @ParameterizedTest
  @CsvSource({"4,0,4,30", "4,1,4,30", "5,2,5,30", "8,0,3,30", "3,2,3,30", "8,0,8,3", "8,1,5,3"})
  void whatIsCompleteStaysAsItIs(int shards, int first, int end, int images) {
    Network network = TrainerTest.complex(8);
    Tensor firstLayer = network.parameters().get("0.weight").grad();
    int[] begun = {0, 0}; // how often, and with how many
    List<float[]> seen = new ArrayList<>();
    ShardExchange exchange =
        new SomeShards(shards, first, end) {
          @Override
          public void begin(int all, float[][] sums, int count) {
            assertEquals(images, all);
            if (begun[0] == 0) {
              for (float value : Tensors.values(firstLayer)) {
                assertEquals(0, value, "has been computed already");
              }
            }
            assertTrue(count > begun[1], begun[1] + " before " + count);
            begun[0]++;
            for (int node = 0; node < sums.length; node++) {
              if (seen.size() == node) {
                seen.add(new float[sums[node].length]);
              }
              System.arraycopy(sums[node], begun[1], seen.get(node), begun[1], count - begun[1]);
            }
            Arrays.fill(sums[0], begun[1], count, Float.NaN);
            begun[1] = count;
          }

          @Override
          public void sum(int all, float[][] sums, double[] losses) {
            assertEquals(sums[0].length, begun[1]);
            for (int i = 0; i < begun[1]; i++) {
              assertTrue(Float.isNaN(sums[0][i]), "written anew: " + i);
            }
            for (int node = 1; node < sums.length; node++) {
              assertArrayEquals(seen.get(node), sums[node]);
            }
            System.arraycopy(seen.get(0), 0, sums[0], 0, sums[0].length);
          }
        };
    inOrder(network).shards(exchange).build().fit(1, TRAIN.slice(0, images));

    assertTrue(begun[0] >= 3, "begun " + begun[0] + " times");
    for (Parameter parameter : network.parameters().values()) {
      for (float value : parameter.grad().data) {
        assertTrue(Float.isFinite(value));
      }
    }
  }

  @Test
  void runningStatisticsAreTheMeanOverTheShards() {
    Network network =
        new Network(Shape.of(8, 8, 1), new BatchNorm2d(), new Flatten(), new Dense(4));
    network.initialize(1);
    TrainerTest.builder(network, WorkerTeam.single(), BATCH, 0.1f)
        .sampling(train -> (random, order) -> Arrays.setAll(order, i -> i))
        .shards(3)
        .build()
        .fit(1, TRAIN.slice(0, BATCH));
    float[] x = new float[BATCH * 64];
    int[] indices = new int[BATCH];
    Arrays.setAll(indices, i -> i);
    TRAIN.copy(indices, 0, BATCH, x, 0, new int[BATCH], 0);
    double mean = 0; // weighed by images: that of the batch
    for (float value : x) {
      mean += value / x.length;
    }
    double var = 0; // shards of 3, 3 and 4 images, each around its own mean
    for (int[] shard : new int[][] {{0, 3}, {3, 6}, {6, 10}}) {
      float[] part = Arrays.copyOfRange(x, shard[0] * 64, shard[1] * 64);
      double own = 0;
      for (float value : part) {
        own += value / part.length;
      }
      double squares = 0;
      for (float value : part) {
        squares += (value - own) * (value - own);
      }
      var += squares / (part.length - 1) * part.length / x.length;
    }
    assertEquals(0.1 * mean, network.buffers().get("0.running_mean").data[0], 1e-6);
    assertEquals(0.9 + 0.1 * var, network.buffers().get("0.running_var").data[0], 1e-6);
    assertEquals(1, network.buffers().get("0.num_batches_tracked").data[0]);
  }

  @Test
  void eachShardHasAShareOfTheImages() {
    for (int size : new int[] {1, 7, 29, 30, 83}) {
      Stripes data = new Stripes(size, 4, 1);
      ShardTree tree = new ShardTree(4);
      int[] order = new int[size];
      Sampling.byShards(4, BATCH).newSampler(data).draw(new RandomStream(5), order);
      Set<Integer> seen = new HashSet<>();
      for (int from = 0; from < size; from += BATCH) {
        int images = Math.min(BATCH, size - from);
        for (int shard = 0; shard < 4; shard++) {
          for (int i = tree.cut(shard, images); i < tree.cut(shard + 1, images); i++) {
            int image = order[from + i];
            assertTrue(seen.add(image));
            assertTrue(image >= tree.share(shard, size, BATCH));
            assertTrue(image < tree.share(shard + 1, size, BATCH));
          }
        }
      }
      assertEquals(size, seen.size());
      assertEquals(size, tree.share(4, size, BATCH));
    }
  }

  @Test
  void theNodesOfNeighbouringShards() {
    ShardTree tree = new ShardTree(8);
    assertEquals(List.of(new Node(0, 8)), tree.nodes(0, 8));
    assertEquals(List.of(new Node(0, 2), new Node(2, 3)), tree.nodes(0, 3));
    assertEquals(List.of(new Node(3, 4), new Node(4, 6)), tree.nodes(3, 6));
    assertEquals(List.of(new Node(6, 8)), tree.nodes(6, 8));
    assertThrows(IllegalArgumentException.class, () -> tree.nodes(3, 9));
    assertThrows(IllegalArgumentException.class, () -> tree.nodes(3, 3));
    assertThrows(IllegalArgumentException.class, () -> new ShardTree(0));
  }

  @Test
  void aTrainingInShardsResumesFromACheckpoint() throws IOException {
    Network stopped = network();
    Trainer trainer = builder(stopped, WorkerTeam.single(), 4).build();
    List<Safetensors> saved = new ArrayList<>();
    trainer.fit(
        1,
        TRAIN,
        new TrainingListener() {
          @Override
          public void onStep(int images, double meanLoss) {
            if (images == 50) {
              saved.add(trainer.checkpoint(Map.of()));
            }
          }
        });
    CheckpointFolder.Entry entry = new CheckpointFolder.Entry(temp, saved.getFirst());
    Network resumed = network();
    Trainer again = builder(resumed, WorkerTeam.single(), 4).build();
    again.restore(entry);
    again.fit(2, TRAIN);
    assertEquals(trained(1, 4), bits(resumed));
    Trainer other = builder(network(), WorkerTeam.single(), 5).build();
    String message = assertThrows(DataException.class, () -> other.restore(entry)).getMessage();
    assertTrue(message.contains("batches have 4 shards, expected 5"), message);
  }

  /** Between the last step and the end of the epoch. */
  @Test
  void theLastShardIsLookedAtAgainAfterACheckpoint() throws IOException {
    Trainer trainer = builder(network(), WorkerTeam.single(), 4).build();
    List<Safetensors> saved = new ArrayList<>();
    trainer.fit(
        1,
        TRAIN,
        new TrainingListener() {
          @Override
          public void onStep(int images, double meanLoss) {
            if (images == TRAIN.size()) {
              saved.add(trainer.checkpoint(Map.of()));
            }
          }
        });
    Network resumed = network();
    Trainer again = builder(resumed, WorkerTeam.single(), 4).build();
    again.restore(new CheckpointFolder.Entry(temp, saved.getFirst()));
    again.fit(2, TRAIN);
    assertEquals(2, again.epochs());
    assertEquals(trained(1, 4), bits(resumed));
  }

  @Test
  void aStepThatIsNotMadeLeavesTheBuffersAsTheyWere() {
    Network network = network();
    int before = bits(network);
    ShardExchange broken =
        new ShardExchange() {
          @Override
          public int shards() {
            return 2;
          }

          @Override
          public int first() {
            return 0;
          }

          @Override
          public int end() {
            return 2;
          }

          @Override
          public void sum(int images, float[][] sums, double[] losses) {
            throw new IllegalStateException("gone");
          }
        };
    Trainer trainer = builder(network, WorkerTeam.single(), 2).shards(broken).build();
    assertThrows(IllegalStateException.class, () -> trainer.fit(1, TRAIN));
    assertEquals(before, bits(network));
  }

  /** Frozen ones are neither added up nor sent. */
  @Test
  void onlyWhatIsTrainedIsAddedUp() {
    List<Integer> sizes = new ArrayList<>();
    Meeting meeting = new Meeting(2, 1);
    ShardExchange inner = meeting.process(0);
    ShardExchange measuring =
        new ShardExchange() {
          @Override
          public int shards() {
            return 2;
          }

          @Override
          public int first() {
            return 0;
          }

          @Override
          public int end() {
            return 2;
          }

          @Override
          public void sum(int images, float[][] sums, double[] losses) {
            sizes.add(sums[0].length);
            inner.sum(images, sums, losses);
          }
        };
    Network network = network();
    builder(network, WorkerTeam.single(), 2)
        .freeze(name -> !name.startsWith("5."))
        .shards(measuring)
        .build()
        .fit(1, TRAIN);
    Parameter weight = network.parameters().get("5.weight");
    assertEquals(weight.value().size() + 4 + 2 * 5 + 1, sizes.getFirst());
  }

  @Test
  void impossibleShardsAreRefused() {
    assertRefused("shards must be from 1 to the batch size of 10, but is 11", 11, 1);
    assertRefused("but is 0", 0, 1);
    assertRefused("cannot be cut into shards", 2, 2);
    assertThrows(IllegalArgumentException.class, () -> Sampling.byShards(11, 10));
  }

  private static void assertRefused(String part, int shards, int accumulate) {
    TrainerBuilder builder =
        TrainerTest.builder(network(), WorkerTeam.single(), BATCH, 0.1f)
            .shards(shards)
            .accumulate(accumulate);
    String message = assertThrows(IllegalArgumentException.class, builder::build).getMessage();
    assertTrue(message.contains(part), message);
  }
}
