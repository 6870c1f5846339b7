// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.lanewise.layers.graph.Shape;
import java.nio.FloatBuffer;
import java.util.Map;

/** Runs models by ONNX Runtime. */
final class Runtime {
  private static final OrtEnvironment ENVIRONMENT =
      OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "test");

  private Runtime() {}

  /**
   * Runs a model that has been written for a network.
   *
   * @param images {@code [N, H, W, C]}
   * @param in the shape of an image
   * @param out the shape of an output
   * @return {@code [N, H, W, C]}
   */
  static float[] run(byte[] model, float[] images, Shape in, Shape out) {
    int batch = images.length / in.size();
    long[] dims =
        in.isFlat()
            ? new long[] {batch, in.channels()}
            : new long[] {batch, in.channels(), in.height(), in.width()};
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.BASIC_OPT);
      try (OrtSession session = ENVIRONMENT.createSession(model, options);
          OnnxTensor x =
              OnnxTensor.createTensor(
                  ENVIRONMENT, FloatBuffer.wrap(channelsFirst(images, in)), dims);
          OrtSession.Result result = session.run(Map.of("input", x))) {
        FloatBuffer buffer = ((OnnxTensor) result.get("output").orElseThrow()).getFloatBuffer();
        float[] y = new float[buffer.remaining()];
        buffer.get(y);
        return channelsLast(y, out);
      }
    } catch (OrtException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** {@code [N, H, W, C]} as {@code [N, C, H, W]}. */
  static float[] channelsFirst(float[] x, Shape s) {
    float[] to = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      to[place(i, s)] = x[i];
    }
    return to;
  }

  private static float[] channelsLast(float[] y, Shape s) {
    float[] to = new float[y.length];
    for (int i = 0; i < y.length; i++) {
      to[i] = y[place(i, s)];
    }
    return to;
  }

  /** Where an element is once channels come first. */
  private static int place(int i, Shape s) {
    int pixels = s.height() * s.width();
    int image = i / s.size();
    int pixel = i / s.channels() % pixels;
    return (image * s.channels() + i % s.channels()) * pixels + pixel;
  }
}
