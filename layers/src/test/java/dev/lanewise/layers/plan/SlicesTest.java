// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Tensors;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.graph.Trait;
import dev.lanewise.layers.graph.UnaryPass;
import dev.lanewise.layers.plan.Spy.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Which layers are divided by images, and where their activations lie: {@linkplain Spy layers that
 * compute nothing} look on. And that no result depends on it.
 */
final class SlicesTest {
  private static final int BATCH = 8;
  private static final int FEATURES = 8;
  private static final int THREADS = 2;
  private static final int FEW = 16 * 1024; // parameters
  private static final int MANY = 4 * 1024 * 1024; // floats of activations

  static Stream<Arguments> sections() {
    int enough = 2 * THREADS;
    return Stream.of(
        Arguments.of("images", false, 2, enough, 0, 8, true),
        Arguments.of("too few images", false, 2, enough - 1, 0, 8, false),
        Arguments.of("one layer", false, 1, enough, 0, 8, false),
        Arguments.of("few parameters", true, 2, enough, FEW, 8, true),
        Arguments.of("many parameters", true, 2, enough, FEW + 2, 8, false),
        Arguments.of("inference", false, 2, enough, FEW + 2, 8, true),
        Arguments.of("activations", true, 2, enough, FEW + 2, MANY / (2 * enough), true),
        Arguments.of("smaller ones", true, 2, enough, FEW + 2, MANY / (2 * enough) - 1, false));
  }

  /** Parameters and activations are those of all layers together. */
  @ParameterizedTest(name = "{0}, training: {1}")
  @MethodSource("sections")
  void layersAreDividedByImages(
      String what,
      boolean training,
      int count,
      int maxBatch,
      int parameters,
      int features,
      boolean divided) {
    List<Spy> spies = Spy.list(count, parameters / count, Trait.PER_IMAGE);
    try (WorkerTeam team = new WorkerTeam(THREADS)) {
      pass(spies, features, maxBatch, team, training);
    }
    assertEquals(divided, spies.getFirst().slices > 0, what);
  }

  /** [i]: whether layer i treats every image by itself, and whether it is divided. */
  @ParameterizedTest
  @CsvSource({"11011, 11011", "1101, 1100", "1011, 0011", "010, 000", "00, 00", "0111, 0111"})
  void neighboursAreDividedTogether(String perImage, String divided) {
    List<Spy> spies =
        perImage
            .chars()
            .mapToObj(c -> c == '1' ? new Spy(1, Trait.PER_IMAGE) : new Spy(1))
            .toList();
    pass(spies, FEATURES, BATCH, WorkerTeam.single(), true);
    StringBuilder slices = new StringBuilder();
    for (Spy spy : spies) {
      slices.append(spy.slices > 0 ? '1' : '0');
    }
    assertEquals(divided, slices.toString());
  }

  /** Nobody needs what is between the layers: the slices of a thread use the same memory. */
  @Test
  void anInferenceKeepsInputAndOutputAlone() {
    List<Spy> spies = Spy.list(3, 0, Trait.PER_IMAGE);
    Network.Pass pass = pass(spies, FEATURES, BATCH, WorkerTeam.single(), false);
    pass.forward(BATCH);
    assertEquals(slices(Place.of(pass.input())), spies.get(0).reads);
    assertEquals(1, Set.copyOf(spies.get(0).writes).size());
    assertEquals(spies.get(0).writes, spies.get(1).reads);
    assertEquals(1, Set.copyOf(spies.get(1).writes).size());
    assertEquals(spies.get(1).writes, spies.get(2).reads);
    assertEquals(slices(Place.of(pass.output())), spies.get(2).writes);
  }

  /** Backward needs every activation of the batch. */
  @Test
  void aTrainingKeepsEveryActivation() {
    List<Spy> spies = Spy.list(3, 1, Trait.PER_IMAGE, Trait.GRADIENTS_BY_SLICES);
    Network.Pass pass = pass(spies, FEATURES, BATCH, WorkerTeam.single(), true);
    pass.forward(BATCH);
    Place from = Place.of(pass.input());
    for (Spy spy : spies) {
      Place to = spy.writes.getFirst();
      assertEquals(slices(from), spy.reads);
      assertEquals(slices(to), spy.writes);
      assertNotEquals(from, to);
      from = to;
    }
    assertEquals(Place.of(pass.output()), from);
  }

  /** One thread and two need room for a slice each, more of them for the batch. */
  @ParameterizedTest
  @CsvSource({"1, 1, 1", "2, 1, 2", "3, 8, 8"})
  void gradientsBetweenLayersBelongToTheThread(int threads, int least, int most) {
    List<Spy> spies = Spy.list(3, 1, Trait.PER_IMAGE, Trait.GRADIENTS_BY_SLICES);
    for (Spy spy : trained(spies, threads).subList(1, 3)) {
      int places = spy.gradients.size();
      assertTrue(least <= places && places <= most, "gradients at " + places + " places");
    }
    assertEquals(Set.of(), spies.getFirst().gradients, "nobody wants that of the images");
  }

  /** Where no parameters need them afterwards, any number of threads keeps them to itself. */
  @Test
  void gradientsThatOnlySlicesReadNeedNoBatch() {
    List<Spy> spies = new ArrayList<>(Spy.list(1, 1, Trait.PER_IMAGE));
    spies.addAll(Spy.list(3, 0, Trait.PER_IMAGE));
    trained(spies, 3);
    assertEquals(8, spies.get(1).gradients.size(), "for the parameters of the first layer");
    for (Spy spy : spies.subList(2, 4)) {
      int places = spy.gradients.size();
      assertTrue(1 <= places && places <= 3, "gradients at " + places + " places");
    }
  }

  private static List<Spy> trained(List<Spy> spies, int threads) {
    try (WorkerTeam team = new WorkerTeam(threads)) {
      Network.Pass pass = pass(spies, FEATURES, BATCH, team, true);
      pass.forward(BATCH);
      pass.backward(BATCH);
    }
    return spies;
  }

  /** Their input is then where the output of the network is. */
  @Test
  void theLastLayersOfAnInferenceMayWorkInPlace() {
    List<Spy> spies = new ArrayList<>(Spy.list(1, 0, Trait.PER_IMAGE));
    spies.addAll(Spy.list(2, 0, Trait.PER_IMAGE, Trait.IN_PLACE));
    Network.Pass pass = pass(spies, FEATURES, BATCH, WorkerTeam.single(), false);
    pass.forward(BATCH);
    for (Spy spy : spies) {
      assertEquals(slices(Place.of(pass.output())), spy.writes);
    }
  }

  /** What slices can sum up themselves, what others do after them, and what has no parameters. */
  @Test
  void stepsOfASectionGoBackTogether() {
    Network network =
        new Network(
            Shape.flat(FEATURES),
            new Spy(1, Trait.PER_IMAGE, Trait.GRADIENTS_BY_SLICES),
            new Spy(1, Trait.PER_IMAGE),
            new Spy(0, Trait.PER_IMAGE),
            new Spy(1));
    assertEquals(
        List.of(
            "[forward 0: [input] -> 0, forward 1: [0] -> 1, forward 2: [1] -> 2]",
            "[forward 3: [2] -> 3]",
            "[backward 3: d3 -> [d2]]",
            "[backward data 2: d2 -> [d1], backward data 1: d1 -> [d0],"
                + " backward slice 0: d0 -> [null]]",
            "[backward parameters 1: d1 -> []]"),
        groups(network, 2));
    assertEquals(
        List.of(
            "[forward 0: [input] -> 0, forward 1: [0] -> 1, forward 2: [1] -> 2]",
            "[forward 3: [2] -> 3]",
            "[backward 3: d3 -> [d2]]",
            "[backward data 2: d2 -> [d1], backward data 1: d1 -> [d0]]",
            "[backward parameters 1: d1 -> []]",
            "[backward parameters 0: d0 -> []]"),
        groups(network, 3));
  }

  private static List<String> groups(Network network, int threads) {
    Plan plan = Slices.of(PlainPlan.of(network.graph(), Mode.TRAINING, BATCH, threads));
    return plan.groups().stream().map(group -> group.steps().toString()).toList();
  }

  /**
   * One thread and two sum up the gradients of half a batch each on their way back, three
   * afterwards. 24 images are cut into slices of three to six: the halves of 17 begin within one.
   */
  @ParameterizedTest
  @CsvSource({"1, 24", "1, 17", "1, 2", "1, 1", "1, 0", "2, 24", "2, 17", "2, 2", "2, 1", "2, 0"})
  void halvesOfABatchGiveTheBitsOfAll(int threads, int batch) {
    assertSameBits(
        3,
        threads,
        batch,
        List.of(
            new Conv2d(16, Window.same(3)), // a gradient for each image
            new Relu(),
            new Conv2d(16, Window.same(3)), // one for each half, by Winograd
            new Relu(),
            new Conv2d(8, Window.same(3)), // one for all: needs dy of all images
            new MaxPool2d(2),
            new Flatten(),
            new Dense(4)));
  }

  /**
   * Behind a layer that is not divided by images, a section may begin with one that works in place
   * elsewhere. 64 threads do not divide the images among themselves.
   */
  @ParameterizedTest
  @CsvSource({
    "RC, 1", "RC, 2", "RC, 3", "RPC, 1", "RPC, 2", "RPC, 3", "RRCR, 2", "FR, 2", "PRC, 2"
  })
  void sectionsMayBeginInPlace(String section, int threads) {
    List<Layer> layers = new ArrayList<>(List.of(new Conv2d(16, Window.same(3)), new Twice()));
    for (char c : section.toCharArray()) {
      layers.add(
          switch (c) {
            case 'R' -> new Relu();
            case 'C' -> new Conv2d(16, Window.same(3));
            case 'P' -> new MaxPool2d(2);
            default -> new Flatten();
          });
    }
    layers.add(new Twice());
    assertSameBits(64, threads, 17, layers);
  }

  /** Of outputs and gradients, with two numbers of threads. */
  private static void assertSameBits(int threads, int others, int batch, List<Layer> layers) {
    Network network = new Network(new Shape(9, 8, 1), layers);
    network.initialize(3);
    List<float[]> expected = results(network, threads, batch);
    List<float[]> actual = results(network, others, batch);
    for (int i = 0; i < expected.size(); i++) {
      Tensors.assertSameBits(expected.get(i), actual.get(i), "result " + i);
    }
  }

  /** Of a training and an inference: of 24 images, then of some, so that what is left shows. */
  private static List<float[]> results(Network network, int threads, int batch) {
    int maxBatch = 24;
    List<float[]> results = new ArrayList<>();
    try (WorkerTeam team = new WorkerTeam(threads)) {
      Network.Pass pass = network.trainingPass(maxBatch, team);
      Network.Pass inference = network.inferencePass(maxBatch, team);
      pass.zeroGrad();
      for (int images : new int[] {maxBatch, batch}) {
        int size = images * network.outputShape().size();
        Tensors.fill(pass.input(), new RandomStream(images));
        Tensors.fill(inference.input(), new RandomStream(images));
        results.add(Tensors.values(pass.forward(images), size));
        results.add(Tensors.values(inference.forward(images), size));
        Tensors.fill(pass.outputGradient(), new RandomStream(6));
        pass.backward(images);
      }
    }
    network.parameters().values().forEach(p -> results.add(Tensors.values(p.grad())));
    return results;
  }

  /** Where a slice begins in each of four, two images each. */
  private static List<Place> slices(Place first) {
    return IntStream.range(0, 4).mapToObj(i -> first.plus(i * 2 * FEATURES)).toList();
  }

  private static Network.Pass pass(
      List<Spy> spies, int features, int maxBatch, WorkerTeam team, boolean training) {
    Network network = new Network(Shape.flat(features), spies);
    return training ? network.trainingPass(maxBatch, team) : network.inferencePass(maxBatch, team);
  }

  /** {@code y = 2x}, of all images at once. */
  private static final class Twice implements Layer {
    @Override
    public Description description() {
      return Description.of("test.twice");
    }

    @Override
    public Shape outputShape(Shape... inputs) {
      return inputs[0];
    }

    @Override
    public Pass newPass(Site site) {
      int size = site.input().size();
      return new UnaryPass() {
        @Override
        public void forward(Context context, Tensor x, Tensor y) {
          twice(context.images() * size, x, y);
        }

        @Override
        public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
          twice(context.images() * size, dy, dx);
        }
      };
    }

    private static void twice(int n, Tensor x, Tensor y) {
      for (int i = 0; i < n; i++) {
        y.data[y.offset + i] = 2 * x.data[x.offset + i];
      }
    }
  }
}
