import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Framing;
import dev.lanewise.layers.data.Normalize;
import dev.lanewise.layers.data.PictureDataset;
import dev.lanewise.layers.data.Preparation;
import dev.lanewise.layers.data.Split;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.optim.Sgd;
import dev.lanewise.layers.train.Evaluation;
import dev.lanewise.layers.train.Trainer;
import dev.lanewise.onnx.Onnx;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Predicate;

/**
 * Teaches an ONNX model that another framework has written classes of one's own, and writes it as
 * an ONNX model again.
 *
 * <p>The pictures lie in a folder for each class. The artifact is {@code
 * dev.lanewise:lanewise-onnx}.
 */
public class FineTuneOnnx {
  public static void main(String[] args) throws IOException {
    Path model = Path.of(args[0]);
    Path pictures = Path.of(args[1]);
    Path result = Path.of(args[2]);

    Network trained = Onnx.read(model);
    WorkerTeam team = WorkerTeam.shared();
    PictureDataset all = PictureDataset.ofFolder(pictures, trained.inputShape(), Framing.CROP);
    Split split = Split.stratified(all.load(team), all.size() / 4, 1);

    // All in front of the last layer with weights, and a new one after it. An ONNX model does not
    // say how its images are prepared: this is what torchvision's networks are trained with.
    Node last =
        trained.nodes().stream().filter(node -> !node.parameters().isEmpty()).toList().getLast();
    Network network =
        trained
            .upTo(last.inputs().getFirst().name())
            .then("classes", new Dense(all.classes()))
            .with(
                Preparation.NONE
                    .framing(Framing.CROP)
                    .normalize(
                        new Normalize(
                            new float[] {0.485f, 0.456f, 0.406f},
                            new float[] {0.229f, 0.224f, 0.225f}))
                    .classNames(all.classNames()));
    network.initialize(1, "classes");

    // The new layer first, then all of them, in small steps.
    train(network, split, 0.05f, name -> !name.startsWith("classes."));
    train(network, split, 0.001f, name -> false);
    System.out.println("accuracy " + Evaluation.of(network, split.heldOut(), team).accuracy());
    Onnx.write(network, result);
  }

  private static void train(
      Network network, Split split, float rate, Predicate<String> frozen) {
    Trainer.of(network)
        .freeze(frozen)
        .optimizer(new Sgd().momentum(0.9f))
        .learningRate(rate)
        .batchSize(8)
        .team(WorkerTeam.shared())
        .build()
        .fit(3, split.train());
  }
}
