package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Which layers {@link Network.Pass} divides by images, and where their activations lie: layers that
 * compute nothing look on. And that no result depends on it.
 */
final class SectionsTest {
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
    List<Spy> spies = spies(count, parameters / count);
    try (WorkerTeam team = new WorkerTeam(THREADS)) {
      pass(spies, features, maxBatch, team, training);
    }
    assertEquals(divided, spies.getFirst().lanes > 0, what);
  }

  /** [i]: whether layer i treats every image by itself, and whether it is divided. */
  @ParameterizedTest
  @CsvSource({"11011, 11011", "1101, 1100", "1011, 0011", "010, 000", "00, 00", "0111, 0111"})
  void neighboursAreDividedTogether(String perImage, String divided) {
    List<Spy> spies = perImage.chars().mapToObj(c -> new Spy(c == '1', false, 0)).toList();
    pass(spies, FEATURES, BATCH, WorkerTeam.single(), true);
    String lanes = "";
    for (Spy spy : spies) {
      lanes += spy.lanes > 0 ? '1' : '0';
    }
    assertEquals(divided, lanes);
  }

  /** Nobody needs what is between the layers: the slices of a thread use the same memory. */
  @Test
  void anInferenceKeepsInputAndOutputAlone() {
    List<Spy> spies = spies(3, 0);
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
    List<Spy> spies = spies(3, 0);
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
    List<Spy> spies = spies(3, 0);
    try (WorkerTeam team = new WorkerTeam(threads)) {
      Network.Pass pass = pass(spies, FEATURES, BATCH, team, true);
      pass.forward(BATCH);
      pass.backward(BATCH);
    }
    for (Spy spy : spies.subList(1, 3)) { // nobody wants that of the input
      int rooms = spy.gradients.size();
      assertTrue(least <= rooms && rooms <= most, "gradients at " + rooms + " places");
    }
  }

  /** Their input is then where the output of the network is. */
  @Test
  void theLastLayersOfAnInferenceMayWorkInPlace() {
    List<Spy> spies =
        List.of(new Spy(true, false, 0), new Spy(true, true, 0), new Spy(true, true, 0));
    Network.Pass pass = pass(spies, FEATURES, BATCH, WorkerTeam.single(), false);
    pass.forward(BATCH);
    for (Spy spy : spies) {
      assertEquals(slices(Place.of(pass.output())), spy.writes);
    }
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
            new Conv2d(1, 16, Window.same(3)), // a gradient for each image
            new Relu(),
            new Conv2d(16, 16, Window.same(3)), // one for each half, by Winograd
            new Relu(),
            new Conv2d(16, 8, Window.same(3)), // one for all: needs dy of all images
            new MaxPool2d(2),
            new Flatten(),
            new Dense(4 * 4 * 8, 4)));
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
    List<Layer> layers = new ArrayList<>(List.of(new Conv2d(1, 16, Window.same(3)), new Twice()));
    for (char c : section.toCharArray()) {
      layers.add(
          switch (c) {
            case 'R' -> new Relu();
            case 'C' -> new Conv2d(16, 16, Window.same(3));
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
    return IntStream.range(0, 4)
        .mapToObj(i -> new Place(first.data, first.offset + i * 2 * FEATURES))
        .toList();
  }

  private static List<Spy> spies(int count, int parameters) {
    return IntStream.range(0, count).mapToObj(i -> new Spy(true, false, parameters)).toList();
  }

  private static Network.Pass pass(
      List<Spy> spies, int features, int maxBatch, WorkerTeam team, boolean training) {
    Network network = new Network(Shape.flat(features), List.copyOf(spies));
    return training ? network.trainingPass(maxBatch, team) : network.inferencePass(maxBatch, team);
  }

  /** The beginning of a tensor in memory. */
  private record Place(float[] data, int offset) {
    static Place of(Tensor tensor) {
      return new Place(tensor.data, tensor.offset);
    }
  }

  /** Sees where it reads and writes, and how often it is divided. */
  private static final class Spy implements Layer {
    private final boolean perImage;
    private final boolean inPlace;
    private final List<Parameter> parameters;
    private final List<Place> reads = new ArrayList<>();
    private final List<Place> writes = new ArrayList<>();
    private final Set<Place> gradients = ConcurrentHashMap.newKeySet(); // dx
    private int lanes;

    Spy(boolean perImage, boolean inPlace, int parameters) {
      this.perImage = perImage;
      this.inPlace = inPlace;
      this.parameters = parameters > 0 ? List.of(Parameter.zeros("weight", parameters)) : List.of();
    }

    @Override
    public Shape outputShape(Shape input) {
      return input;
    }

    @Override
    public List<Parameter> parameters() {
      return parameters;
    }

    @Override
    public boolean inPlace() {
      return inPlace;
    }

    @Override
    public boolean backwardReadsOutput() {
      return false;
    }

    @Override
    public Layer.Pass newPass(Shape input, int maxBatch, Workspace workspace) {
      return perImage ? new Lane() : new Whole();
    }

    private class Whole implements Layer.Pass {
      @Override
      public void forward(int batch, Tensor x, Tensor y) {
        reads.add(Place.of(x));
        writes.add(Place.of(y));
      }

      @Override
      public void backward(int batch, Tensor x, Tensor y, Tensor dy, Tensor dx) {}
    }

    private final class Lane extends Whole implements PerImage {
      @Override
      public PerImage lane(int images, Workspace workspace) {
        lanes++;
        return new Lane();
      }

      @Override
      public void backwardData(int batch, Tensor x, Tensor y, Tensor dy, Tensor dx) {
        gradients.add(Place.of(dx));
      }

      @Override
      public void backward(int batch, Tensor x, Tensor y, Tensor dy, Tensor dx) {}
    }
  }

  /** {@code y = 2x}, of all images at once. */
  private static final class Twice implements Layer {
    @Override
    public Shape outputShape(Shape input) {
      return input;
    }

    @Override
    public boolean backwardReadsOutput() {
      return false;
    }

    @Override
    public Layer.Pass newPass(Shape input, int maxBatch, Workspace workspace) {
      return new Layer.Pass() {
        @Override
        public void forward(int batch, Tensor x, Tensor y) {
          twice(batch * input.size(), x, y);
        }

        @Override
        public void backward(int batch, Tensor x, Tensor y, Tensor dy, Tensor dx) {
          twice(batch * input.size(), dy, dx);
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
