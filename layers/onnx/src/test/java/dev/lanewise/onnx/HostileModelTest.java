// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import static dev.lanewise.onnx.ModelBuilder.attribute;
import static dev.lanewise.onnx.ModelBuilder.number;
import static dev.lanewise.onnx.ModelBuilder.tensor;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.onnx.schema.OnnxProto.ModelProto;
import dev.lanewise.onnx.schema.OnnxProto.StringStringEntryProto;
import dev.lanewise.onnx.schema.OnnxProto.TensorProto;
import dev.lanewise.onnx.schema.OnnxProto.TensorProto.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bad files end in one exception with one line, soon, and without much memory. */
final class HostileModelTest {
  @TempDir Path folder;

  private void refuses(String expected, ModelBuilder model) throws IOException {
    refuses(expected, model.write(folder));
  }

  private static void refuses(String expected, Path file) {
    DataException e =
        assertTimeoutPreemptively(
            Duration.ofSeconds(20), () -> assertThrows(DataException.class, () -> Onnx.read(file)));
    assertTrue(e.getMessage().contains(expected), e.getMessage());
    assertFalse(e.getMessage().contains("\n"), e.getMessage());
  }

  private static ModelBuilder model() {
    return new ModelBuilder().input("x", 0, 2, 4, 4).output("y");
  }

  @Test
  void noModel() throws IOException {
    refuses("is not an ONNX model", Files.writeString(folder.resolve("a"), "not a model"));
    refuses("no graph with an output", Files.write(folder.resolve("b"), new byte[0]));
    byte[] good = model().node("y = Relu(x)").build().toByteArray();
    for (int length = 0; length < good.length; length++) {
      Path cut = Files.write(folder.resolve("c"), Arrays.copyOf(good, length));
      refuses("", cut);
    }
  }

  /** Whatever bytes change, nothing but this exception comes out. */
  @Test
  void changedBytes() throws IOException {
    byte[] good =
        model()
            .floats("w", new int[] {3, 2, 1, 1}, 1, 2, 3, 4, 5, 6)
            .ints("shape", 0, -1)
            .node("c = Conv(x, w)", attribute("strides", 2, 2))
            .node("f = Reshape(c, shape)")
            .node("y = Softmax(f)")
            .build()
            .toByteArray();
    Random random = new Random(1);
    Path file = folder.resolve("changed.onnx");
    for (int i = 0; i < 400; i++) {
      byte[] bad = good.clone();
      for (int change = 0; change < 1 + i % 3; change++) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      }
      Files.write(file, bad);
      try {
        Onnx.read(file);
      } catch (DataException e) {
        assertFalse(e.getMessage().contains("\n"));
      }
    }
  }

  @Test
  void names() throws IOException {
    refuses("uses 'z', which no node before it makes", model().node("y = Relu(z)"));
    refuses(
        "uses 'b', which no node before it makes", // a cycle
        model().node("a = Add(x, b)").node("b = Relu(a)").node("y = Relu(b)"));
    refuses("makes 'x', which is there already", model().node("x = Relu(x)").node("y = Relu(x)"));
    refuses(
        "two initializers are called 'w'", model().ints("w", 1).ints("w", 2).node("y = Relu(x)"));
    refuses("there is no output 'y'", model().node("z = Relu(x)"));
    refuses(
        "does not depend on an input", model().ints("w", 1).node("y = Cast(w)", number("to", 1)));
    refuses(
        "made of 2 inputs, expected one: [x, b]",
        model().input("b", 0, 2, 4, 4).node("y = Add(x, b)"));
  }

  @Test
  void operatorsAreNamedAtOnce() throws IOException {
    refuses(
        "operators that are not supported: Gru2 (n1); NonMaxSuppression (n0, n2)",
        model()
            .node("a = NonMaxSuppression(x)")
            .node("b = Gru2(a)")
            .node("y = NonMaxSuppression(b)")
            .node("unused = Loop(x)"));
  }

  @Test
  void tensors() throws IOException {
    refuses(
        "tensor 'w': it has 4 bytes, expected 8 for FLOAT [2]",
        model()
            .tensor(tensor("w", DataType.FLOAT, 2).setRawData(ByteString.copyFrom(new byte[4])))
            .node("y = Add(x, w)"));
    refuses(
        "tensor 'w': it has 0 numbers, expected 2000000000",
        model().tensor(tensor("w", DataType.FLOAT, 2_000_000_000)).node("y = Add(x, w)"));
    refuses(
        "are too large",
        model()
            .tensor(tensor("w", DataType.FLOAT, 2_000_000_000, 2_000_000_000))
            .node("y = Add(x, w)"));
    refuses(
        "a dimension is -1", model().tensor(tensor("w", DataType.FLOAT, -1)).node("y = Add(x, w)"));
    refuses(
        "its elements are of type STRING",
        model().tensor(tensor("w", DataType.STRING, 0)).node("y = Add(x, w)"));
  }

  @Test
  void externalDataStaysInTheFolder() throws IOException {
    Path inside = Files.createDirectory(folder.resolve("models"));
    Path secret = Files.write(folder.resolve("secret"), new byte[8]);
    Files.createSymbolicLink(inside.resolve("link"), secret);
    Files.createSymbolicLink(inside.resolve("folder"), folder);
    Files.write(inside.resolve("data"), new byte[8]);
    String outside = "outside of the model's folder";
    refusesData(outside, inside, "../secret", null);
    refusesData(outside, inside, secret.toString(), null);
    refusesData(outside, inside, "link", null);
    refusesData(outside, inside, "folder/secret", null);
    refusesData(outside, inside, "", null);
    refusesData("which is not beside the model", inside, "missing", null);
    refusesData("expected 8, and the file has 8", inside, "data", "4");
    refusesData("expected 8, and the file has 8", inside, "data", "-1");
    refusesData("is no number", inside, "data", "many");
    Onnx.read(external(inside, "data", "0"));
  }

  private void refusesData(String expected, Path inside, String location, String offset)
      throws IOException {
    refuses(expected, external(inside, location, offset));
  }

  private static Path external(Path inside, String location, String offset) throws IOException {
    TensorProto.Builder w =
        tensor("w", DataType.FLOAT, 2, 1, 1)
            .setDataLocation(TensorProto.DataLocation.EXTERNAL)
            .addExternalData(entry("location", location));
    if (offset != null) {
      w.addExternalData(entry("offset", offset));
    }
    return model().tensor(w).node("y = Add(x, w)").write(inside);
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  /** Small files that ask for a lot of memory. */
  @Test
  void bombs() throws IOException {
    String much = "out of proportion to the file";
    refuses(
        much,
        model()
            .ints("s", 1, 1, 30_000, 30_000)
            .node("c = ConstantOfShape(s)")
            .node("y = Add(x, c)"));
    refuses(
        "are too large",
        model()
            .ints("s", 1, 1, 3_000_000_000L, 30_000)
            .node("c = ConstantOfShape(s)")
            .node("y = Add(x, c)"));
    refuses(
        much,
        model()
            .floats("w", new int[] {1, 1, 1, 1}, 1)
            .ints("s", 1, 1, 40_000, 40_000)
            .node("c = Expand(w, s)")
            .node("y = Add(x, c)"));
    refuses("a product below 2^31", model().ints("r", 1, 1, 10_000, 10_000).node("y = Tile(x, r)"));
    refuses("more than 2^28 values", model().ints("r", 1, 1, 5000, 5000).node("y = Tile(x, r)"));
    refuses(much, model().ints("r", 1, 1, 1, 500_000_000).node("y = Tile(x, r)"));
    refuses(
        "more than 2^28 values",
        model()
            .floats("s", new int[] {4}, 1, 1, 5000, 5000)
            .node("y = Resize(x, , s)", ModelBuilder.text("mode", "nearest")));
    refuses(
        "more than 2^28 values",
        model()
            .floats("s", new int[] {4}, 1, 1, 5000, 5000)
            .node("y = Resize(x, , s)", ModelBuilder.text("mode", "linear")));
    refuses(
        much,
        model()
            .ints("a", 0)
            .ints("b", 4_000_000_000L)
            .ints("c", 1)
            .node("r = Range(a, b, c)")
            .node("f = Cast(r)", number("to", 1))
            .node("y = Add(x, f)"));
  }

  /** Constants that double their size with each node. */
  @Test
  void doubling() throws IOException {
    ModelBuilder model = model().floats("c0", new int[] {1, 1, 1, 1}, 1);
    for (int i = 0; i < 60; i++) {
      model.node("c%d = Concat(c%d, c%d)".formatted(i + 1, i, i), number("axis", 3));
    }
    refuses("out of proportion to the file", model.node("y = Add(x, c60)"));
    ModelBuilder activations = model().node("c0 = Relu(x)");
    for (int i = 0; i < 60; i++) {
      activations.node("c%d = Concat(c%d, c%d)".formatted(i + 1, i, i), number("axis", 3));
    }
    refuses("more than 2^28 values", activations.node("y = Relu(c60)"));
  }

  /** As deep as the limit of nodes allows, with no recursion anywhere. */
  @Test
  void depth() throws IOException {
    ModelBuilder deep = model().node("v0 = Relu(x)");
    for (int i = 0; i < 20_000; i++) {
      deep.node("v%d = Relu(v%d)".formatted(i + 1, i));
    }
    Onnx.read(deep.node("y = Relu(v20000)").write(folder));
    ModelBuilder many = model();
    for (int i = 0; i < 100_000; i++) {
      many.node("v%d = Relu(x)".formatted(i));
    }
    refuses("there are 100001 nodes, more than 100000", many.node("y = Relu(x)"));
  }

  /** Messages within messages. */
  @Test
  void nesting() throws IOException {
    ByteString nested = ByteString.EMPTY;
    for (int i = 0; i < 500; i++) { // an attribute with a graph with a node with an attribute ...
      nested = field(6, field(1, field(5, nested)));
    }
    ByteString graph =
        model()
            .node("y = Relu(x)")
            .build()
            .getGraph()
            .toByteString()
            .concat(field(1, field(5, nested)));
    byte[] bytes =
        ModelProto.newBuilder()
            .setIrVersion(8)
            .build()
            .toByteString()
            .concat(field(7, graph))
            .toByteArray();
    refuses("is not an ONNX model", Files.write(folder.resolve("nested"), bytes));
  }

  /** A field of a message that holds bytes. */
  private static ByteString field(int number, ByteString content) {
    ByteString.Output out = ByteString.newOutput();
    out.write(number << 3 | 2);
    int length = content.size();
    while (length > 127) {
      out.write(length & 127 | 128);
      length >>>= 7;
    }
    out.write(length);
    return out.toByteString().concat(content);
  }

  @Test
  void nodes() throws IOException {
    ModelBuilder conv = model().floats("w", new int[] {3, 5, 1, 1}, new float[15]);
    refuses("weights for 5 channels, but its input has 2", conv.node("y = Conv(x, w)"));
    refuses(
        "node n0 (Conv): input 1 is computed by the model, expected a constant",
        model().node("y = Conv(x, x)"));
    refuses(
        "its padding is negative",
        model()
            .node(
                "y = MaxPool(x)", attribute("kernel_shape", 2, 2), attribute("pads", -1, 0, 0, 0)));
    refuses("there is no axis 4 among 4", model().node("y = Softmax(x)", number("axis", 4)));
    refuses(
        "it has the attribute 'axis' twice",
        model().node("y = Softmax(x)", number("axis", 1), number("axis", 1)));
    refuses("input 1 is missing", model().node("y = Add(x, )"));
    refuses(
        "node n0 (Transpose): it computes across the images of a batch",
        model().node("y = Transpose(x)", attribute("perm", 1, 0, 2, 3)));
    refuses("it cannot make [1, 5]", model().ints("s", 0, 5).node("y = Reshape(x, s)"));
    refuses(
        "has dimensions [?, 2, ?, 4], of which not all are known",
        new ModelBuilder().input("x", 0, 2, 0, 4).output("y").node("y = Relu(x)"));
    refuses("operators of version 5, expected 6 or newer", model().opset(5).node("y = Relu(x)"));
  }
}
