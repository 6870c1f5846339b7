// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import static dev.lanewise.onnx.ModelBuilder.attribute;
import static dev.lanewise.onnx.ModelBuilder.number;
import static dev.lanewise.onnx.ModelBuilder.tensor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Predictor;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.onnx.schema.OnnxProto.TensorProto;
import dev.lanewise.onnx.schema.OnnxProto.TensorProto.DataType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a model. */
final class ImportTest {
  @TempDir Path folder;

  private static ModelBuilder model() {
    return new ModelBuilder().input("x", 0, 2, 2, 2).output("y");
  }

  private Network network(ModelBuilder model) throws IOException {
    return Onnx.read(model.write(folder));
  }

  private static List<String> kinds(Network network) {
    return network.nodes().stream().map(node -> node.layer().description().kind()).toList();
  }

  private static float[] outputs(Network network, float... image) {
    return new Predictor(network).outputs(image);
  }

  /** Images, weights and names. */
  @Test
  void convolution() throws IOException {
    Network network =
        network(
            model()
                .floats("block.0.weight", new int[] {3, 2, 1, 1}, 1, 2, 3, 4, 5, 6)
                .floats("b", new int[] {3}, 10, 20, 30)
                .node("y = Conv(x, block.0.weight, b)"));
    assertEquals(Shape.of(2, 2, 2), network.inputShape());
    assertEquals(Shape.of(2, 2, 3), network.outputShape());
    assertEquals(Set.of("block.0.weight", "block.0.bias"), network.parameters().keySet());
    float[] y = outputs(network, 1, 0, 0, 1, 1, 1, 0, 0);
    assertArrayEquals(new float[] {11, 23, 35, 12, 24, 36, 13, 27, 41, 10, 20, 30}, y);
  }

  /** A flattened map goes into a dense layer, whose weights are put in order; nothing is moved. */
  @Test
  void flatten() throws IOException {
    Network network =
        network(
            model()
                .floats("w", new int[] {1, 8}, 1, 2, 3, 4, 50, 60, 70, 80)
                .node("f = Flatten(x)")
                .node("y = Gemm(f, w)", number("transB", 1)));
    assertEquals(List.of("flatten", "dense"), kinds(network));
    assertArrayEquals(new float[] {1}, outputs(network, 1, 0, 0, 0, 0, 0, 0, 0));
    assertArrayEquals(new float[] {50}, outputs(network, 0, 1, 0, 0, 0, 0, 0, 0));
    assertArrayEquals(new float[] {2}, outputs(network, 0, 0, 1, 0, 0, 0, 0, 0));
  }

  /** The types of weights: each holds 1, -2 and 3, or as near as it can. */
  @Test
  void types() throws IOException {
    float[] exact = {1, -2, 3};
    for (DataType type :
        new DataType[] {
          DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16, DataType.BFLOAT16, DataType.INT8
        }) {
      ByteBuffer raw = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
      TensorProto.Builder typed = tensor("w", type, 1, 3);
      for (float value : exact) {
        switch (type) {
          case FLOAT -> {
            raw.putFloat(value);
            typed.addFloatData(value);
          }
          case DOUBLE -> {
            raw.putDouble(value);
            typed.addDoubleData(value);
          }
          case FLOAT16 -> {
            raw.putShort(Float.floatToFloat16(value));
            typed.addInt32Data(Float.floatToFloat16(value) & 0xffff);
          }
          case BFLOAT16 -> {
            raw.putShort((short) (Float.floatToIntBits(value) >> 16));
            typed.addInt32Data(Float.floatToIntBits(value) >>> 16);
          }
          default -> {
            raw.put((byte) value);
            typed.addInt32Data((int) value);
          }
        }
      }
      byte[] bytes = new byte[raw.position()];
      raw.flip().get(bytes);
      Path data = Files.write(folder.resolve("data"), new byte[5]);
      Files.write(data, bytes, StandardOpenOption.APPEND);
      TensorProto.Builder external =
          tensor("w", type, 1, 3).setDataLocation(TensorProto.DataLocation.EXTERNAL);
      external.addExternalDataBuilder().setKey("location").setValue("data");
      external.addExternalDataBuilder().setKey("offset").setValue("5");
      external.addExternalDataBuilder().setKey("length").setValue("" + bytes.length);
      TensorProto.Builder inRaw = tensor("w", type, 1, 3).setRawData(ByteString.copyFrom(bytes));
      for (TensorProto.Builder w : List.of(typed, inRaw, external)) {
        ModelBuilder model = new ModelBuilder().input("x", 0, 1).output("y").tensor(w);
        model.floats("s", new int[0], 1).node("d = DequantizeLinear(w, s)");
        Network network =
            network(model.node("y = MatMul(x, " + (type == DataType.INT8 ? "d" : "w") + ")"));
        assertArrayEquals(exact, outputs(network, 1), type.toString());
      }
    }
  }

  /** Shapes that are computed from the input's, as exporters write them; any batch. */
  @Test
  void computedShapes() throws IOException {
    Network network =
        network(
            model()
                .ints("zero", 0)
                .ints("rest", -1)
                .node("s = Shape(x)")
                .node("n = Gather(s, zero)", number("axis", 0))
                .node("t = Concat(n, rest)", number("axis", 0))
                .node("f = Reshape(x, t)")
                .node("y = Relu(f)"));
    Network.Pass pass = network.inferencePass(3, WorkerTeam.single());
    for (int i = 0; i < 24; i++) {
      pass.input().data[pass.input().offset + i] = i;
    }
    Tensor y = pass.forward(3);
    assertEquals(Shape.flat(8), network.outputShape());
    assertEquals(16, y.data[y.offset + 16]);
    assertEquals(18, y.data[y.offset + 17]); // the next column of the same channel
  }

  /** As TensorFlow's models are written: channels last at both ends, first within. */
  @Test
  void channelsLast() throws IOException {
    Network network =
        network(
            new ModelBuilder()
                .input("x", 0, 4, 5, 3)
                .output("y")
                .floats("w", new int[] {2, 3, 1, 1}, new float[6])
                .node("t = Transpose(x)", attribute("perm", 0, 3, 1, 2))
                .node("c = Conv(t, w)")
                .node("y = Transpose(c)", attribute("perm", 0, 2, 3, 1)));
    assertEquals(Shape.of(4, 5, 3), network.inputShape());
    assertEquals(Shape.of(4, 5, 2), network.outputShape());
    assertEquals(List.of("conv2d"), kinds(network));
  }

  /** Layer normalisation as it was written before it was an operator, of a flat value. */
  @Test
  void layerNormTakenApart() throws IOException {
    Network network =
        network(
            new ModelBuilder()
                .opset(13)
                .input("x", 0, 4)
                .output("y")
                .floats("two", new int[0], 2)
                .floats("eps", new int[0], 1e-6f)
                .floats("w", new int[] {4}, 1, 2, 3, 4)
                .floats("b", new int[] {4}, 0, 0, 0, 1)
                .node("m = ReduceMean(x)", attribute("axes", -1))
                .node("d = Sub(x, m)")
                .node("s = Pow(d, two)")
                .node("v = ReduceMean(s)", attribute("axes", -1))
                .node("e = Add(v, eps)")
                .node("r = Sqrt(e)")
                .node("n = Div(d, r)")
                .node("a = Mul(n, w)")
                .node("y = Add(a, b)"));
    assertEquals(List.of("layer_norm"), kinds(network));
    assertArrayEquals(new float[] {-1, 2, -3, 5}, outputs(network, 1, 3, 1, 3), 1e-5f);
  }

  /** Before version 7, a second operand said at which axis it begins. */
  @Test
  void oldBroadcasting() throws IOException {
    Network network =
        network(
            model()
                .opset(6)
                .floats("c", new int[] {2}, 10, 20)
                .floats("slope", new int[] {2}, 2, 3)
                .node("a = Add(x, c)", number("axis", 1), number("broadcast", 1))
                .node("n = Neg(a)")
                .node("y = PRelu(n, slope)"));
    assertArrayEquals(
        new float[] {-22, -60, -20, -63, -20, -60, -20, -60},
        outputs(network, 1, 0, 0, 1, 0, 0, 0, 0));
  }

  /** An operator across the batch makes the whole input one image. */
  @Test
  void acrossTheBatch() throws IOException {
    Network network =
        network(
            new ModelBuilder()
                .input("x", 2, 3)
                .output("y")
                .node("y = Transpose(x)", attribute("perm", 1, 0)));
    assertEquals(6, network.inputShape().size());
    assertArrayEquals(new float[] {1, 4, 2, 5, 3, 6}, outputs(network, 1, 2, 3, 4, 5, 6));
  }

  @Test
  void openSizesAndOtherOutputs() throws IOException {
    ModelBuilder builder = new ModelBuilder().input("x", 0, 2, 0, 0).output("y").output("z");
    Path file = builder.node("y = Relu(x)").node("z = GlobalAveragePool(y)").write(folder);
    OnnxModel model = OnnxModel.load(file);
    assertEquals(List.of("x"), model.inputs());
    assertEquals(List.of("y", "z"), model.outputs());
    assertEquals(18, model.opset());
    assertEquals("test", model.producer());
    assertThrows(DataException.class, model::network);
    assertEquals(Shape.of(5, 6, 2), model.input(1, 2, 5, 6).network().outputShape());
    assertEquals(Shape.flat(2), model.input(1, 2, 5, 6).network("z").outputShape());
    assertThrows(DataException.class, () -> model.input(1, 3, 5, 6).network());
    assertThrows(DataException.class, () -> model.input(2, 5, 6).network());
    assertThrows(DataException.class, () -> model.input(1, 2, 5, 6).network("w"));
    assertThrows(IllegalArgumentException.class, () -> model.input(1, 2, 0, 6));
    assertThrows(IllegalArgumentException.class, model::input);
  }

  /** Gradients reach every parameter, through layers of both modules. */
  @Test
  void training() throws IOException {
    Network network =
        network(
            model()
                .floats("w", new int[] {4, 2, 1, 1}, 1, -2, 3, 4, -1, 2, 1, 1)
                .floats("scale", new int[] {1, 4, 2, 1}, 1, 2, 3, 4, 5, 6, 7, 8)
                .floats("fc", new int[] {4, 3}, new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3})
                .ints("axes", 2, 3)
                .node("c = Conv(x, w)")
                .node("m = Mul(c, scale)")
                .node("e = Exp(m)")
                .node("r = ReduceMean(e, axes)", number("keepdims", 0))
                .node("y = MatMul(r, fc)"));
    assertEquals(3, network.parameters().size());
    Network.Pass pass = network.trainingPass(1, WorkerTeam.single());
    for (int i = 0; i < 8; i++) {
      pass.input().data[pass.input().offset + i] = i % 3 * 0.1f;
    }
    Tensor y = pass.forward(1);
    Tensor dy = pass.outputGradient();
    Arrays.fill(dy.data, dy.offset, dy.offset + 3, 1);
    pass.zeroGrad();
    pass.backward(1);
    assertTrue(Float.isFinite(y.data[y.offset]));
    network
        .parameters()
        .forEach(
            (name, p) -> {
              double sum = 0;
              for (int i = 0; i < p.grad().size(); i++) {
                sum += Math.abs(p.grad().data[p.grad().offset + i]);
              }
              assertTrue(sum > 0, name);
            });
  }

  /** What exporters take apart is put together, and no transpose is left in the middle. */
  @Test
  void recordedNetworksHaveLayersOfTheirOwn() throws IOException {
    RecordedCasesTest.networks(
        (name, network, images) -> {
          Set<String> own = new TreeSet<>(kinds(network));
          own.removeIf(kind -> !kind.startsWith("onnx."));
          Set<String> expected =
              switch (name) {
                case "shuffle", "shuffle-9" -> Set.of("onnx.take"); // halves of the channels
                case "inception", "inception-10" -> Set.of("onnx.take", "onnx.pointwise");
                case "decoder", "decoder-11" -> // a GroupNorm taken apart among them
                    Set.of("onnx.take", "onnx.reshape", "onnx.pointwise");
                case "dense" -> Set.of("onnx.pointwise", "onnx.reduce"); // LogSoftmax
                case "sequence" -> Set.of("onnx.pointwise", "onnx.matmul", "onnx.take");
                default -> Set.of();
              };
          Set<String> unexpected = new TreeSet<>(own);
          unexpected.removeAll(expected);
          assertEquals(Set.of(), unexpected, name + ": " + kinds(network));
        });
  }
}
