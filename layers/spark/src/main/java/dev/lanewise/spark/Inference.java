// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.Predictor;
import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import java.util.WeakHashMap;
import org.apache.spark.broadcast.Broadcast;

/**
 * A network that Spark has sent to its executors, each of which has it once.
 *
 * @param model its bytes
 * @param layer the last layer, by name; empty for that of the network
 * @param batch how many images go through the network at a time
 */
record Inference(Broadcast<byte[]> model, String layer, int batch) implements Serializable {
  /** The networks of this executor, by the bytes that Spark keeps of their models. */
  private static final Map<byte[], Loaded> NETWORKS = new WeakHashMap<>();

  /** What there is a predictor for. */
  private record Use(String layer, int batch) {}

  /** A network, and its predictors. While it is read, its tasks wait, those of others do not. */
  private static final class Loaded {
    private final Map<Use, Predictor> predictors = new HashMap<>();
    private Network network; // null: not read yet

    synchronized Predictor predictor(byte[] bytes, Use use) {
      if (network == null) {
        network = ModelBytes.network(bytes);
      }
      return predictors.computeIfAbsent(use, key -> newPredictor(key.layer, key.batch));
    }

    private Predictor newPredictor(String layer, int batch) {
      return new Predictor(layer.isEmpty() ? network : network.upTo(layer), batch);
    }
  }

  Predictor predictor() {
    byte[] bytes = model.value();
    Loaded loaded;
    synchronized (NETWORKS) {
      loaded = NETWORKS.computeIfAbsent(bytes, key -> new Loaded());
    }
    return loaded.predictor(bytes, new Use(layer, batch));
  }

  /** The answer for one image; {@code null} for none. */
  Object of(ImageColumn images, Object image, Answer answer) {
    if (image == null) {
      return null;
    }
    float[] x = new float[images.shape().size()];
    images.read(image, null, x, 0);
    float[] y = predictor().outputs(x);
    double[] z = new double[y.length];
    for (int i = 0; i < z.length; i++) {
      z[i] = y[i];
    }
    return answer.of(z);
  }
}
