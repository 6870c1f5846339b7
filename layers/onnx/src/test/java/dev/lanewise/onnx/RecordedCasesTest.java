// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Tensor;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Models with an input and what they make of it: ONNX's own tests of its operators, with the
 * results and tolerances it states, and small networks that PyTorch has exported, with the results
 * of ONNX Runtime. The scripts in {@code src/test/python} record both.
 *
 * <p>A case is a model, its input and its output as floats in the order of ONNX, and a text: the
 * dimensions of both and the tolerance, relative and absolute; or, for networks, how much the
 * largest output may be off, relative to it.
 */
final class RecordedCasesTest {
  @TempDir static Path folder;

  private record Case(byte[] model, float[] in, float[] out, List<String> text) {
    int[] dims(int line) {
      String dims = text.get(line).strip();
      return dims.isEmpty()
          ? new int[0]
          : Arrays.stream(dims.split(" ")).mapToInt(Integer::parseInt).toArray();
    }

    double number(int line) {
      return Double.parseDouble(text.get(line));
    }
  }

  private static Map<String, Case> cases(String resource) throws IOException {
    Map<String, Case> cases = new TreeMap<>();
    try (InputStream in = RecordedCasesTest.class.getResourceAsStream(resource);
        DataInputStream data = new DataInputStream(new GZIPInputStream(in))) {
      for (int more = data.read(); more >= 0; more = data.read()) {
        String name = new String(data.readNBytes(more << 8 | data.read()), UTF_8);
        byte[] model = part(data);
        float[] x = floats(part(data));
        float[] y = floats(part(data));
        cases.put(name, new Case(model, x, y, new String(part(data), UTF_8).lines().toList()));
      }
    }
    return cases;
  }

  private static byte[] part(DataInputStream data) throws IOException {
    return data.readNBytes(data.readInt());
  }

  private static float[] floats(byte[] bytes) {
    FloatBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    float[] floats = new float[buffer.remaining()];
    buffer.get(floats);
    return floats;
  }

  /** {@code [N, C, H, W]} to {@code [N, H, W, C]}, where images of the network are images. */
  private static float[] channelsLast(float[] x, int[] dims, int images) {
    if (dims.length != 4 || images != dims[0]) {
      return x;
    }
    float[] to = new float[x.length];
    int c = dims[1];
    int pixels = dims[2] * dims[3];
    for (int i = 0; i < x.length; i++) {
      int image = i / (c * pixels);
      int channel = i / pixels % c;
      to[(image * pixels + i % pixels) * c + channel] = x[i];
    }
    return to;
  }

  private static float[] run(Network network, int images, float[] x) {
    Network.Pass pass = network.inferencePass(images, WorkerTeam.shared());
    System.arraycopy(x, 0, pass.input().data, pass.input().offset, x.length);
    Tensor y = pass.forward(images);
    int from = y.offset;
    return Arrays.copyOfRange(y.data, from, from + images * network.outputShape().size());
  }

  private static String fault(String name, Case each) throws IOException {
    Path file = Files.write(folder.resolve("case.onnx"), each.model);
    Network network = Onnx.read(file);
    int images = each.in.length / network.inputShape().size();
    float[] x = channelsLast(each.in, each.dims(0), images);
    float[] y = run(network, images, x);
    float[] expected = channelsLast(each.out, each.dims(1), images);
    if (y.length != expected.length) {
      return name + ": " + y.length + " values, expected " + expected.length;
    }
    double largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    boolean network4 = each.text.size() == 3;
    double relative = network4 ? 0 : each.number(2);
    double absolute = network4 ? each.number(2) * largest : each.number(3);
    for (int i = 0; i < y.length; i++) {
      double bound = absolute + relative * Math.abs(expected[i]);
      boolean same = Float.compare(y[i], expected[i]) == 0 || y[i] == expected[i];
      if (!same && !(Math.abs((double) y[i] - expected[i]) <= bound)) {
        return name + ": value " + i + " is " + y[i] + ", expected " + expected[i];
      }
    }
    if (!Float.isFinite((float) largest)) {
      return null; // of constants that are not finite, which a model file does not take
    }
    Path saved = folder.resolve("case.safetensors");
    network.save(saved);
    float[] again = run(Network.load(saved, Onnx.KINDS), images, x);
    return Arrays.equals(y, again) ? null : name + ": not the same after it was saved";
  }

  private static void check(String resource, int count) throws IOException {
    Map<String, Case> cases = cases(resource);
    List<String> faults = new ArrayList<>();
    for (Map.Entry<String, Case> each : cases.entrySet()) {
      String fault;
      try {
        fault = fault(each.getKey(), each.getValue());
      } catch (IOException | RuntimeException e) {
        fault = each.getKey() + ": " + e;
      }
      if (fault != null) {
        faults.add(fault);
      }
    }
    assertEquals(List.of(), faults);
    assertEquals(count, cases.size());
  }

  /** Looks at a case once more. */
  @FunctionalInterface
  interface Look {
    /**
     * Looks at it.
     *
     * @param images {@code [N, H, W, C]}
     */
    void at(String name, Network network, float[] images);
  }

  /** Reads the recorded networks for another test. */
  static void networks(Look look) throws IOException {
    look("/onnx/networks.gz", look);
  }

  /** Reads the recorded operators for another test. */
  static void operators(Look look) throws IOException {
    look("/onnx/operators.gz", look);
  }

  private static void look(String resource, Look look) throws IOException {
    for (Map.Entry<String, Case> each : cases(resource).entrySet()) {
      Case recorded = each.getValue();
      Network network = OnnxModel.of(Path.of("recorded"), recorded.model).network();
      int images = recorded.in.length / network.inputShape().size();
      look.at(each.getKey(), network, channelsLast(recorded.in, recorded.dims(0), images));
    }
  }

  @Test
  void operators() throws IOException {
    check("/onnx/operators.gz", 657);
  }

  @Test
  void networks() throws IOException {
    check("/onnx/networks.gz", 15);
  }
}
