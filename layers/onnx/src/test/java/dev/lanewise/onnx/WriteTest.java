// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Add;
import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.BatchNorm2d;
import dev.lanewise.layers.ChannelPad;
import dev.lanewise.layers.ChannelShuffle;
import dev.lanewise.layers.Concatenate;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.GroupNorm;
import dev.lanewise.layers.HardSigmoid;
import dev.lanewise.layers.LayerNorm;
import dev.lanewise.layers.Multiply;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.PRelu;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Sequential;
import dev.lanewise.layers.Softmax;
import dev.lanewise.layers.StochasticDepth;
import dev.lanewise.layers.cases.LayerCase;
import dev.lanewise.layers.cases.LayerCases;
import dev.lanewise.layers.cases.Oracle;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.GraphBuilder;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.StoredTensor;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.models.Models;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is written computes the same: in ONNX Runtime, and read again. */
final class WriteTest {
  /** Of the largest output, as for the import. */
  private static final double CLOSE = 1e-4;

  private static final int BATCH = 2;

  private static final String KEPT = System.getProperty("lanewise.written"); // a folder
  private static int kept;

  /** A layer whose inputs are parts of one vector. */
  private record Apart(Layer layer, Shape... inputs) implements Block {
    @Override
    public Node connect(GraphBuilder graph, Node... x) {
      Node[] parts = new Node[inputs.length];
      int first = 0;
      for (int i = 0; i < parts.length; i++) {
        int[] table = IntStream.range(first, first + inputs[i].size()).toArray();
        parts[i] = graph.add("part" + i, new Take(inputs[i], new int[][] {table}, 0), x);
        first += table.length;
      }
      return graph.add("layer", layer, parts);
    }
  }

  private static Network network(Layer layer, Shape... inputs) {
    if (inputs.length == 1) {
      return new Network(inputs[0], layer);
    }
    int total = Arrays.stream(inputs).mapToInt(Shape::size).sum();
    return new Network(Shape.flat(total), new Apart(layer, inputs));
  }

  /** Values for all tensors, those that stand for variances among them. */
  private static void fill(Network network) {
    network.state().values().forEach(stored -> add(stored, 0.25f));
  }

  /** As before a training, but for what would all be 0 or 1. */
  private static void initialize(Network network) {
    network.initialize(1);
    network.state().values().stream()
        .filter(stored -> stored.value().dims().length == 1)
        .forEach(stored -> add(stored, 0));
  }

  private static void add(StoredTensor stored, float least) {
    Random random = new Random(1);
    Tensor tensor = stored.value();
    for (int i = 0; i < tensor.size() && !stored.whole(); i++) {
      tensor.data[tensor.offset + i] += least + random.nextFloat();
    }
  }

  static float[] images(Network network) {
    Random random = new Random(2);
    float[] images = new float[BATCH * network.inputShape().size()];
    for (int i = 0; i < images.length; i++) {
      images[i] = (float) random.nextGaussian();
    }
    return images;
  }

  static float[] run(Network network, float[] images) {
    int batch = images.length / network.inputShape().size();
    Network.Pass pass = network.inferencePass(batch, WorkerTeam.single());
    System.arraycopy(images, 0, pass.input().data, pass.input().offset, images.length);
    Tensor y = pass.forward(batch);
    return Arrays.copyOfRange(y.data, y.offset, y.offset + batch * network.outputShape().size());
  }

  static String difference(float[] expected, float[] y) {
    if (y.length != expected.length) {
      return y.length + " values, expected " + expected.length;
    }
    double largest = 0;
    double off = 0;
    for (int i = 0; i < y.length; i++) {
      if (Float.compare(y[i], expected[i]) != 0) {
        largest = Math.max(largest, Math.abs(expected[i]));
        off = Math.max(off, Math.abs((double) y[i] - expected[i]));
        off = y[i] != y[i] || expected[i] != expected[i] ? Double.POSITIVE_INFINITY : off;
      }
    }
    return off <= CLOSE * Math.max(largest, 1e-3) ? null : "is off by " + off + " of " + largest;
  }

  /** Keeps what {@code src/test/python/check_written.py} looks at, if somebody wants to run it. */
  private static void keep(Network network, float[] images, float[] expected) throws IOException {
    if (KEPT != null) {
      for (int opset : new int[] {ModelWriter.OLDEST, 22, ModelWriter.NEWEST}) {
        Path file = Path.of(KEPT, kept++ + ".onnx");
        Onnx.write(network, file, opset);
        write(file, ".in", Runtime.channelsFirst(images, network.inputShape()));
        write(file, ".out", Runtime.channelsFirst(expected, network.outputShape()));
      }
    }
  }

  private static void write(Path file, String ending, float... values) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * values.length).order(LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    Files.write(Path.of(file + ending), bytes.array());
  }

  /** What is wrong with a network that is written; {@code null} if nothing is. */
  static String fault(Network network, float[] images, int opset) {
    try {
      float[] expected = run(network, images);
      byte[] model = ModelWriter.model(network, opset).toByteArray();
      keep(network, images, expected);
      String fault =
          difference(
              expected, Runtime.run(model, images, network.inputShape(), network.outputShape()));
      if (fault != null) {
        return "in ONNX Runtime, " + fault;
      }
      Network again = OnnxModel.of(Path.of("written"), model).network();
      if (!again.inputShape().equals(network.inputShape())
          || !again.outputShape().equals(network.outputShape())) {
        return "read again, " + again.inputShape() + " to " + again.outputShape();
      }
      fault = difference(expected, run(again, images));
      return fault == null ? null : "read again, " + fault;
    } catch (IOException | RuntimeException e) {
      return e.toString();
    }
  }

  private static Map<String, Network> layers() {
    Map<String, Network> networks = new TreeMap<>();
    for (LayerCase each : LayerCases.ALL) {
      List<Oracle> oracles = new ArrayList<>(each.oracles());
      oracles.addAll(each.slowOracles());
      for (Oracle oracle : oracles) {
        networks.put(oracle.toString(), network(oracle.layer(), oracle.inputs()));
      }
      for (LayerCase.Said said : each.said()) {
        networks.put(said.toString(), network(said.layer(), said.inputs()));
      }
    }
    return networks;
  }

  private static String faults(Map<String, Network> networks, int opset) {
    List<String> faults = new ArrayList<>();
    networks.forEach(
        (name, network) -> {
          String fault = fault(network, images(network), opset);
          if (fault != null) {
            faults.add(name + ": " + fault);
          }
        });
    return String.join("\n", faults);
  }

  private static void check(Map<String, Network> networks, int opset) {
    networks.values().forEach(WriteTest::fill);
    assertEquals("", faults(networks, opset));
  }

  @Test
  void everyLayer() {
    Map<String, Network> layers = layers();
    assertTrue(layers.size() > 250, "only " + layers.size());
    check(layers, 17);
  }

  @Test
  void everyLayerByNewerOperators() {
    check(layers(), 22);
  }

  /** Whatever order a flattened map is in, weights and sums follow. */
  @Test
  void flattenedMaps() {
    Shape in = Shape.of(4, 5, 3);
    Conv2d conv = new Conv2d(4, Window.valid(3));
    Block whole = new Sequential(new Flatten(), new BatchNorm2d(), new PRelu().perChannel());
    Map<String, Network> networks = new TreeMap<>();
    networks.put("dense", new Network(in, conv, whole, new Dense(5), new Softmax()));
    networks.put("at the end", new Network(in, conv, whole));
    networks.put("normalised", new Network(in, conv, new Flatten(), new LayerNorm(), new Dense(2)));
    networks.put(
        "padded", new Network(in, conv, new Flatten(), new ChannelPad(1, 2), new Dense(3)));
    networks.put("grouped", new Network(in, conv, new Flatten(), new GroupNorm(1), new Dense(3)));
    networks.put("twice", new Network(in, new Flatten(), new Flatten(), new Dense(3)));
    networks.put("as pixels", new Network(in, new Flatten(), new Conv2d(3, Window.same(1))));
    networks.put("shuffled", new Network(in, new Flatten(), new ChannelShuffle(4), new Dense(3)));
    Block sum =
        (graph, x) -> {
          Node flat = graph.add("flat", new Flatten(), x);
          Node dense = graph.add("dense", new Dense(60), flat);
          Node both = graph.add("both", new Add(), flat, dense);
          Node joined = graph.add("joined", new Concatenate(), both, flat, dense);
          Node scaled = graph.add("scaled", new Multiply(), joined, joined);
          return graph.add("end", new Dense(4), scaled);
        };
    networks.put("sum", new Network(in, sum));
    networks.put("flat", new Network(Shape.flat(7), new Dense(6), new Relu(), new Dense(2)));
    networks.put("nothing", new Network(in, new StochasticDepth(0.5)));
    Block unequal =
        (graph, x) -> {
          Node pixel = graph.add("pixel", AvgPool2d.global(), x);
          Node squeezed = graph.add("squeezed", new Dense(3), pixel);
          Node gate = graph.add("gate", new HardSigmoid(), squeezed);
          Node gated = graph.add("gated", new Multiply(), x[0], gate);
          Node two = graph.add("two", new Concatenate(), pixel, gate);
          return graph.add("wide", new Multiply(), graph.add("one", new Dense(1), two), gated);
        };
    networks.put("gated", new Network(in, unequal));
    check(networks, 17);
    check(networks, 22);
  }

  @Test
  void namedNetworks() {
    Map<String, Network> networks = new TreeMap<>();
    for (String name : List.of("complex", "resnet20", "mobilenet_small", "airbench_half")) {
      networks.put(name, Models.named(name, Shape.of(32, 32, 3), 10));
    }
    networks.putAll(LayerCases.networks(Shape.of(11, 9, 1)));
    networks.values().forEach(WriteTest::initialize);
    assertEquals("", faults(networks, 17));
  }

  /** What another framework's model became is written, too. */
  @Test
  void importedNetworks() throws IOException {
    List<String> faults = new ArrayList<>();
    RecordedCasesTest.Look look =
        (name, network, images) -> {
          String fault = fault(network, images, 17);
          if (fault != null) {
            faults.add(name + ": " + fault);
          }
        };
    RecordedCasesTest.networks(look);
    RecordedCasesTest.operators(look);
    assertEquals("", String.join("\n", faults));
  }
}
