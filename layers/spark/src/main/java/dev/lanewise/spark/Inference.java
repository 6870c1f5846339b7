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
  /** The predictors of this executor, by the bytes that Spark keeps of their models. */
  private static final Map<byte[], Map<Use, Predictor>> PREDICTORS = new WeakHashMap<>();

  /** What there is a predictor for. */
  private record Use(String layer, int batch) {}

  Predictor predictor() {
    byte[] bytes = model.value();
    synchronized (PREDICTORS) {
      return PREDICTORS
          .computeIfAbsent(bytes, key -> new HashMap<>())
          .computeIfAbsent(new Use(layer, batch), key -> newPredictor(bytes));
    }
  }

  private Predictor newPredictor(byte[] bytes) {
    Network network = ModelBytes.network(bytes);
    return new Predictor(layer.isEmpty() ? network : network.upTo(layer), batch);
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
