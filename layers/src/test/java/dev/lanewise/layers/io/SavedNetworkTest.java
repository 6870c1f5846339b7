// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.sun.management.ThreadMXBean;
import dev.lanewise.engine.Convolution.Algorithm;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.Concat;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Kinds;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Residual;
import dev.lanewise.layers.Sequential;
import dev.lanewise.layers.Shared;
import dev.lanewise.layers.Tensors;
import dev.lanewise.layers.cases.LayerCase.Said;
import dev.lanewise.layers.cases.LayerCases;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.GraphBuilder;
import dev.lanewise.layers.graph.Initializer;
import dev.lanewise.layers.graph.Inputs;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.graph.TensorSpec;
import dev.lanewise.layers.graph.UnaryPass;
import dev.lanewise.layers.models.Models;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole networks as files: their layers and their tensors. */
final class SavedNetworkTest {
  private static final Pattern SPACE = Pattern.compile(" ");

  @TempDir Path folder;

  private Path file() {
    return folder.resolve("m.safetensors");
  }

  /** With parameters none of which is zero. */
  private static Network random(Network network) {
    RandomStream random = new RandomStream(5);
    network.parameters().values().forEach(p -> Tensors.fill(p.value(), random));
    return network;
  }

  private static float[] outputs(Network network) {
    Network.Pass pass = network.inferencePass(3, WorkerTeam.single());
    Tensors.fill(pass.input(), new RandomStream(6));
    return Tensors.values(pass.forward(3));
  }

  private static void assertSame(Network expected, Network actual) {
    assertEquals(expected.toString(), actual.toString(), "layers and names");
    assertEquals(expected.inputShape(), actual.inputShape());
    assertEquals(expected.outputShape(), actual.outputShape());
    assertEquals(List.copyOf(expected.state().keySet()), List.copyOf(actual.state().keySet()));
    for (int i = 0; i < expected.nodes().size(); i++) {
      Node e = expected.nodes().get(i);
      Node a = actual.nodes().get(i);
      assertEquals(e.owner().name(), a.owner().name());
      assertEquals(
          e.inputs().stream().map(Node::name).toList(),
          a.inputs().stream().map(Node::name).toList());
    }
    Tensors.assertSameBits(outputs(expected), outputs(actual), "outputs");
  }

  private void assertLoadsWhatItSaved(Network network) throws IOException {
    network.save(file());
    Network loaded = Network.load(file());
    assertSame(network, loaded);
    Path again = folder.resolve("again");
    loaded.save(again);
    assertArrayEquals(Files.readAllBytes(file()), Files.readAllBytes(again));
  }

  static Stream<Said> layers() {
    return LayerCases.ALL.stream().flatMap(each -> each.said().stream());
  }

  /**
   * Every input of the layer comes from a convolution of its own; one of a single pixel, pooled.
   */
  @ParameterizedTest
  @MethodSource("layers")
  void everyLayer(Said said) throws IOException {
    Shape map =
        Arrays.stream(said.inputs())
            .max(Comparator.comparingInt(shape -> shape.height() * shape.width()))
            .orElseThrow();
    Shape input = Shape.of(map.height(), map.width(), 2);
    GraphBuilder builder = new GraphBuilder(input);
    Node[] inputs = new Node[said.inputs().length];
    for (int i = 0; i < inputs.length; i++) {
      Shape shape = said.inputs()[i];
      inputs[i] =
          builder.add("in" + i, new Conv2d(shape.channels(), Window.same(1)), builder.input());
      if (shape.isFlat() && !map.isFlat()) {
        inputs[i] = builder.add("pool" + i, AvgPool2d.global(), inputs[i]);
      }
      assertEquals(shape, inputs[i].shape());
    }
    Network network = new Network(builder.build(builder.add("layer", said.layer(), inputs)));
    assertLoadsWhatItSaved(random(network));
  }

  static Stream<Arguments> networks() {
    Window same = Window.same(3);
    Block tower = new Shared(new Sequential(new Conv2d(2, same), new Relu()));
    Shape input = Shape.of(9, 9, 1);
    Map<String, Network> networks = new LinkedHashMap<>(LayerCases.networks(input));
    networks.put("simple", Models.simple(input, 4));
    networks.put("complex", Models.complex(input, 4));
    networks.put("one layer", new Network(input, new Relu()));
    networks.put(
        "nested",
        new Network(
            input,
            new Sequential(new Conv2d(2, same), new Sequential(tower, new Sequential())),
            new Residual(new Concat(tower, tower), new Concat(new Conv2d(4, same).bias(false))),
            new Concat(new Residual(tower2(tower)), new Sequential()),
            new Flatten(),
            new Dense(3)));
    networks.put(
        "attributes",
        new Network(
            input,
            new Conv2d(3, Window.valid(3, 2).stride(2, 1).dilation(1, 2).padding(0, 1, 2, 3))
                .algorithm(Algorithm.DIRECT)
                .initializer(Initializer.GLOROT_NORMAL),
            new MaxPool2d(Window.same(3).stride(2, 3)),
            new Flatten(),
            new Dense(3).bias(false).initializer(Initializer.ONES)));
    return networks.entrySet().stream().map(e -> arguments(e.getKey(), e.getValue()));
  }

  /** Its input has other channels than that of the tower, which comes second. */
  private static Block tower2(Block tower) {
    return new Sequential(new Conv2d(2, Window.same(1)), tower, new Conv2d(4, Window.same(1)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("networks")
  void everyNetwork(String name, Network network) throws IOException {
    assertLoadsWhatItSaved(random(network));
  }

  /** PyTorch's state_dict of the same module has these names. */
  @Test
  void sharedTensorsAreSavedOnce() throws IOException {
    Block tower = new Shared(new Dense(4));
    Network network =
        new Network(Shape.flat(4), tower, new Residual(new Sequential(new Relu(), tower)), tower);
    random(network).save(file());
    assertEquals(
        List.of("0.weight", "0.bias"), List.copyOf(Safetensors.read(file()).tensors().keySet()));
    Network loaded = Network.load(file());
    assertEquals("0", loaded.graph().node("1.branch.1").owner().name());
    loaded.parameters().get("0.bias").value().data[0] = 9;
    assertEquals(9f, loaded.graph().node("2").parameters().get(1).value().data[0]);
  }

  /** {@code y = x + n}, where n counts something. */
  private record Counter(String unit) implements Layer {
    static Counter of(Description description) {
      return new Counter(description.text("unit", "none"));
    }

    @Override
    public Description description() {
      return Description.of("test.counter").with("unit", unit);
    }

    @Override
    public Shape outputShape(Shape... inputs) {
      return inputs[0];
    }

    @Override
    public List<TensorSpec> buffers(Inputs in) {
      return List.of(
          TensorSpec.of("count").wholeNumbers(),
          TensorSpec.of("mean", in.shape().channels()).ones());
    }

    @Override
    public Pass newPass(Site site) {
      int size = site.input().size();
      return new UnaryPass() {
        @Override
        public void forward(Context context, Tensor x, Tensor y) {
          for (int i = 0; i < context.images() * size; i++) {
            y.data[y.offset + i] = x.data[x.offset + i] + site.buffer("count").data[0];
          }
        }

        @Override
        public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
          throw new UnsupportedOperationException();
        }
      };
    }
  }

  /** Buffers are kept, too; those that PyTorch counts in are whole numbers in the file. */
  @Test
  void layersOfOnesOwnAndTheirBuffers() throws IOException {
    Network network = new Network(Shape.flat(3), new Dense(2), new Counter("step"));
    random(network);
    network.buffers().get("1.count").data[0] = 12345;
    network.buffers().get("1.mean").data[1] = 0.25f;
    network.save(file());
    Safetensors content = Safetensors.read(file());
    assertEquals(
        List.of("0.weight", "0.bias", "1.count", "1.mean"),
        List.copyOf(content.tensors().keySet()));
    assertEquals(Set.of("1.count"), content.whole());
    assertArrayEquals(new int[0], content.tensors().get("1.count").dims());
    Network loaded = Network.load(file(), Kinds.STANDARD.with("test.counter", Counter::of));
    assertSame(network, loaded);
    assertEquals(12345f, loaded.buffers().get("1.count").data[0]);
    assertArrayEquals(new float[] {1, 0.25f}, Tensors.values(loaded.buffers().get("1.mean")));
    network.initialize(1);
    assertEquals(0f, network.buffers().get("1.count").data[0], "reset");
    assertFault(
        "layer 1: unknown kind of layer 'test.counter', expected one of add, ",
        () -> Network.load(file()));
  }

  /**
   * A file without layers, as Lanewise wrote them before its model files held any, and as PyTorch
   * does. It was written by the commit ee57abf, {@code new Network(new Shape(4, 6, 2), new
   * Conv2d(2, 3, Window.same(3)), new Relu(), new MaxPool2d(2), new Flatten(), new Dense(18, 4),
   * new Relu(), new Dense(4, 3))}, initialized by seed 5, its biases drawn from {@code new
   * RandomStream(6)}; the metadata has what it made of the image below.
   */
  @Test
  void filesWithoutLayersAreLoadedIntoANetwork() throws IOException {
    Path file = Path.of("src", "test", "resources", "models", "without-layers.safetensors");
    Network network =
        new Network(
            Shape.of(4, 6, 2),
            new Conv2d(3, Window.same(3)),
            new Relu(),
            new MaxPool2d(2),
            new Flatten(),
            new Dense(4),
            new Relu(),
            new Dense(3));
    ModelFile.load(network.graph(), file);
    Network.Pass pass = network.inferencePass(1, WorkerTeam.single());
    for (int i = 0; i < pass.input().size(); i++) {
      pass.input().data[pass.input().offset + i] = (i * 7 % 16 - 8) / 8f;
    }
    String[] logits = SPACE.split(ModelFile.readMetadata(file).get("logits"));
    float[] expected = new float[logits.length];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = Float.parseFloat(logits[i]);
    }
    Tensors.assertSameBits(expected, Tensors.values(pass.forward(1)), "logits");
    assertFault(
        "has weights, but does not say of which network: expected 'lanewise.network'",
        () -> Network.load(file));
    // The same network draws the same first weights as that version did.
    float[] weight = Tensors.values(network.parameters().get("4.weight").value());
    network.initialize(5);
    Tensors.assertSameBits(
        weight, Tensors.values(network.parameters().get("4.weight").value()), "4.weight");
  }

  private static final String LAYER =
      "{\"name\":\"0\",\"kind\":\"dense\",\"inputs\":[\"input\"],\"attributes\":{\"features\":2}}";

  private static String json(String layers) {
    return "{\"version\":1,\"input\":[1,1,3],\"output\":\"0\",\"layers\":[" + layers + "]}";
  }

  private static String layer(String kind, String attributes) {
    return "{\"name\":\"0\",\"kind\":\"%s\",\"inputs\":[\"input\"],\"attributes\":{%s}}"
        .formatted(kind, attributes);
  }

  private static Arguments conv(String fault, String attributes) {
    return arguments(fault, json(layer("conv2d", attributes)));
  }

  static Stream<Arguments> hostile() {
    String big = "2147483647";
    return Stream.of(
        arguments("not the JSON expected", "{"),
        arguments("not the JSON expected", "{\"version\":1,\"layers\":[{"),
        arguments("the network is START_ARRAY, expected START_OBJECT", "[]"),
        arguments("the network is null, expected START_OBJECT", ""),
        arguments("not the JSON expected: Unexpected close marker", json(LAYER) + "}"),
        arguments("something is behind the end", json(LAYER) + " {}"),
        arguments("Duplicate field 'version'", "{\"version\":1,\"version\":1}"),
        conv("nesting depth", "\"channels\":2,\"kernel\":" + "[".repeat(1000)),
        arguments("unknown field 'extra'", "{\"extra\":1}"),
        arguments("version 2 of the format, expected 1", json(LAYER).replace(":1,", ":2,")),
        arguments("version 0 of the format", "{}"),
        arguments("input and output are missing", "{\"version\":1}"),
        arguments("input and output are missing", json(LAYER).replace("[1,1,3]", "[1,3]")),
        arguments("positive dimensions", json(LAYER).replace("[1,1,3]", "[1,0,3]")),
        arguments("product below 2^31", json(LAYER).replace("[1,1,3]", "[65536,65536,1]")),
        arguments("input is VALUE_NUMBER_FLOAT", json(LAYER).replace("[1,1,3]", "[1,1,3.5]")),
        arguments("out of range of int", json(LAYER).replace("[1,1,3]", "[1,1,2147483648]")),
        arguments("there is no layer '0', the output", json("")),
        arguments(
            "there is no layer '7', the output",
            json(LAYER).replace("\"output\":\"0\"", "\"output\":\"7\"")),
        arguments(
            "output is VALUE_NULL", json(LAYER).replace("\"output\":\"0\"", "\"output\":null")),
        arguments("layer 0: another layer has this name", json(LAYER + "," + LAYER)),
        arguments("layer 0: there is no layer '1'", json(LAYER.replace("\"input\"]", "\"1\"]"))),
        arguments("layer 0: there is no layer '0'", json(LAYER.replace("\"input\"]", "\"0\"]"))),
        arguments(
            "does not take 2 inputs", json(LAYER.replace("\"input\"]", "\"input\",\"input\"]"))),
        arguments(
            "lacks its name, its kind or its inputs", json(LAYER.replace("[\"input\"]", "[]"))),
        arguments("lacks its name, its kind or its inputs", json("{}")),
        arguments("a layer is VALUE_NUMBER_INT", json("1")),
        arguments("unknown field", json(LAYER.replace("\"kind\"", "\"sort\""))),
        arguments(
            "there is no layer '9'", json(LAYER.replace("\"kind\"", "\"tensors\":\"9\",\"kind\""))),
        arguments(
            "cannot share the tensors of layer input",
            json(LAYER.replace("\"kind\"", "\"tensors\":\"input\",\"kind\""))),
        arguments("layer 0: unknown kind of layer 'gru', expected one of", json(layer("gru", ""))),
        arguments(
            "layer 0: dense: attribute features is null, expected a whole",
            json(layer("dense", ""))),
        arguments(
            "features is 2, expected a whole number", json(layer("dense", "\"features\":\"2\""))),
        arguments(
            "features is 2.0, expected a whole number", json(layer("dense", "\"features\":2.0"))),
        arguments(
            "features is 4294967296, expected a whole",
            json(layer("dense", "\"features\":4294967296"))),
        arguments("features is VALUE_NULL", json(layer("dense", "\"features\":null"))),
        arguments("features is START_OBJECT", json(layer("dense", "\"features\":{}"))),
        arguments("positive number of features, not 0", json(layer("dense", "\"features\":0"))),
        arguments(
            "bias is 1, expected true or false", json(layer("dense", "\"features\":2,\"bias\":1"))),
        arguments(
            "no initializer called 'big'",
            json(layer("dense", "\"features\":2,\"initializer\":\"big\""))),
        conv("channels is null", ""),
        conv("kernelH must be positive", "\"channels\":2"),
        conv("kernel has 1 numbers, expected 2", "\"channels\":2,\"kernel\":[3]"),
        conv("kernel is 3, expected a list", "\"channels\":2,\"kernel\":3"),
        conv("kernel is VALUE_STRING", "\"channels\":2,\"kernel\":[\"3\",3]"),
        conv(
            "attribute algorithm is FASTER",
            "\"channels\":2,\"kernel\":[1,1],\"algorithm\":\"FASTER\""),
        conv("stride", "\"channels\":2,\"kernel\":[1,1],\"stride\":[0,1]"),
        // No memory is taken for what the file does not have.
        arguments(
            "has shape [2, 3], expected [600000000, 3]",
            json(layer("dense", "\"features\":600000000"))),
        arguments(
            "product below 2^31: [2147483647, 3]", json(layer("dense", "\"features\":" + big))),
        conv(
            "weight is too large: [1, 1, 3, 2147483647]",
            "\"channels\":" + big + ",\"kernel\":[1,1]"),
        conv(
            "padded image is too large",
            "\"channels\":" + big + ",\"kernel\":[46340,46340],\"same\":true"),
        conv(
            "window is too large",
            "\"channels\":2,\"kernel\":[" + big + "," + big + "],\"same\":true"),
        conv(
            "padded input is too large",
            "\"channels\":2,\"kernel\":[1,1],\"padding\":["
                + String.join(",", big, big, big, big)
                + "]"),
        conv(
            "padded input is too large",
            "\"channels\":2,\"kernel\":[3,3],\"same\":true,\"dilation\":[" + big + "," + big + "]"),
        arguments(
            "padded input is too large",
            json(
                layer(
                    "max_pool2d",
                    "\"kernel\":[" + big + ",1],\"same\":true,\"dilation\":[" + big + ",1]"))),
        arguments(
            "fewer than 2^31 channels",
            json(LAYER)
                .replace("[1,1,3]", "[1,1,2147483647]")
                .replace("\"dense\"", "\"concatenate\"")
                .replace("[\"input\"]", "[\"input\",\"input\"]")
                .replace("\"features\":2", "")),
        arguments(
            "it has no tensor '1.weight' [4, 2]",
            json(LAYER
                    + ","
                    + LAYER
                        .replace("\"0\"", "\"1\"")
                        .replace("\"input\"]", "\"0\"]")
                        .replace(":2}", ":4}"))
                .replace("\"output\":\"0\"", "\"output\":\"1\"")),
        arguments(
            "it has a tensor '0.bias' [2], expected only 0.weight",
            json(layer("dense", "\"features\":2,\"bias\":false"))),
        arguments(
            "it has no tensor '??.weight' [2, 3]", json(LAYER.replace("\"0\"", "\"\\n\\u2028\""))));
  }

  /** In one line, and with hardly any memory. */
  @ParameterizedTest
  @MethodSource("hostile")
  void hostileLayersAreRefused(String fault, String json) throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("0.weight", Tensor.zeros(2, 3));
    tensors.put("0.bias", Tensor.zeros(2));
    new Safetensors(tensors, Map.of(ModelFile.NETWORK, json)).write(file());
    ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = bean.getCurrentThreadAllocatedBytes();
    assertFault(fault, () -> Network.load(file()));
    long allocated = bean.getCurrentThreadAllocatedBytes() - before;
    assertTrue(allocated < 20_000_000, allocated + " bytes");
  }

  /** Far more layers than anybody has, as many as there may be: still no quadratic time. */
  @Test
  void asManyLayersAsAllowed() throws IOException {
    StringBuilder layers = new StringBuilder();
    for (int i = 0; i <= 100_000; i++) {
      layers.append(i == 0 ? "" : ",");
      layers.append(
          "{\"name\":\"%d\",\"kind\":\"relu\",\"inputs\":[\"%s\"]}"
              .formatted(i, i == 0 ? "input" : "" + (i - 1)));
    }
    String json = "{\"version\":1,\"input\":[1,1,3],\"output\":\"%s\",\"layers\":[%s]}";
    write(json.formatted("100000", layers));
    assertFault("more than 100000 layers", () -> Network.load(file()));
    write(json.formatted("99999", layers.substring(0, layers.lastIndexOf(",{"))));
    assertEquals(100_000, Network.load(file()).nodes().size());
  }

  private void write(String json) throws IOException {
    new Safetensors(Map.of(), Map.of(ModelFile.NETWORK, json)).write(file());
  }

  @Test
  void theJsonIsAsItIsDocumented() throws IOException {
    Network network = new Network(Shape.of(28, 28, 1), new Conv2d(8, Window.same(3)), new Relu());
    network.save(file());
    assertEquals(
        "{\"version\":1,\"input\":[28,28,1],\"output\":\"1\",\"layers\":["
            + "{\"name\":\"0\",\"kind\":\"conv2d\",\"inputs\":[\"input\"],"
            + "\"attributes\":{\"channels\":8,\"kernel\":[3,3],\"same\":true}},"
            + "{\"name\":\"1\",\"kind\":\"relu\",\"inputs\":[\"0\"]}]}",
        ModelFile.readMetadata(file()).get(ModelFile.NETWORK));
  }

  /** Whatever type an attribute has: it comes back as it was. */
  @Test
  void attributesKeepTheirTypes() throws IOException {
    Description all =
        Description.of("test.all")
            .with("whole", -7)
            .with("long", 1L << 40)
            .with("real", 1e-300)
            .with("flag", true)
            .with("text", "\u00e9\"\\\n")
            .with("list", List.of(1, -2))
            .with("none", List.of());
    record Any(Description description) implements Layer {
      @Override
      public Shape outputShape(Shape... inputs) {
        return inputs[0];
      }

      @Override
      public Pass newPass(Site site) {
        throw new UnsupportedOperationException();
      }
    }
    new Network(Shape.flat(2), new Any(all)).save(file());
    Network loaded = Network.load(file(), Kinds.STANDARD.with("test.all", Any::new));
    assertEquals(all, loaded.nodes().getFirst().layer().description());
    assertEquals(
        List.copyOf(all.attributes().keySet()),
        List.copyOf(loaded.nodes().getFirst().layer().description().attributes().keySet()));
  }

  private interface Loading {
    void run() throws IOException;
  }

  private static void assertFault(String part, Loading loading) {
    String message = assertThrows(DataException.class, loading::run).getMessage();
    assertTrue(message.contains(part), "'" + message + "' does not contain '" + part + "'");
    assertEquals(1, message.lines().count(), message);
  }
}
