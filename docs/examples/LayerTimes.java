import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Predictor;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.models.Models;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/** Where the time of a prediction goes, as Java's Flight Recorder sees it. */
public class LayerTimes {
  private static final int PREDICTIONS = 200;

  private static final class Layer {
    long nanos;
    long operations;
  }

  public static void main(String[] args) throws IOException {
    Network network = Models.named(args[0], Shape.of(32, 32, 3), 10);
    network.initialize(1);
    Predictor predictor = new Predictor(network, 1, WorkerTeam.single());
    float[] image = new float[network.inputShape().size()];
    for (int i = 0; i < PREDICTIONS; i++) { // so that the JVM has compiled what is measured
      predictor.outputs(image);
    }

    Path file = Files.createTempFile("layers", ".jfr");
    try (Recording recording = new Recording()) {
      recording.enable("dev.lanewise.Step");
      recording.start();
      for (int i = 0; i < PREDICTIONS; i++) {
        predictor.outputs(image);
      }
      recording.stop();
      recording.dump(file);
    }

    Map<String, Layer> layers = new LinkedHashMap<>();
    for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
      if (event.getEventType().getName().equals("dev.lanewise.Step")) {
        String name = event.getString("layer") + " " + event.getString("kind");
        Layer layer = layers.computeIfAbsent(name, n -> new Layer());
        layer.nanos += event.getDuration().toNanos();
        layer.operations += event.getLong("operations");
      }
    }
    Files.delete(file);
    System.out.printf("%-36s %10s %8s%n", "layer", "us", "GFLOP/s");
    layers.forEach(
        (name, layer) ->
            System.out.printf(
                "%-36s %10.1f %8.1f%n",
                name,
                layer.nanos / 1e3 / PREDICTIONS,
                (double) layer.operations / Math.max(1, layer.nanos)));
  }
}
