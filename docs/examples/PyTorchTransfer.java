import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Framing;
import dev.lanewise.layers.data.Normalize;
import dev.lanewise.layers.data.PictureDataset;
import dev.lanewise.layers.data.Preparation;
import dev.lanewise.layers.data.Split;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.io.Loaded;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.models.Models;
import dev.lanewise.layers.optim.Adam;
import dev.lanewise.layers.train.Evaluation;
import dev.lanewise.layers.train.Trainer;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Takes a ResNet-20 that PyTorch has trained on CIFAR-10 and teaches it classes of one's own.
 *
 * <p>In Python: {@code safetensors.torch.save_file(net.state_dict(), "resnet20.safetensors")}. The
 * pictures lie in a folder for each class.
 */
public class PyTorchTransfer {
  private static final Shape IMAGE = Shape.of(32, 32, 3);

  public static void main(String[] args) throws IOException {
    Path weights = Path.of(args[0]);
    Path pictures = Path.of(args[1]);
    Path result = Path.of(args[2]);

    Network trained = Models.named("resnet20", IMAGE, 10);
    Loaded loaded = ModelFile.load(trained.graph(), weights);
    System.out.println(loaded.asIs() ? "weights as they are" : loaded.toString());

    WorkerTeam team = WorkerTeam.shared();
    PictureDataset all = PictureDataset.ofFolder(pictures, IMAGE, Framing.CROP);
    Split split = Split.stratified(all.load(team), all.size() / 4, 1);

    // All but the last layer, a new one after it, and images as PyTorch was given them.
    Network network =
        trained
            .upTo("avgpool")
            .then("linear", new Dense(all.classes()))
            .with(
                Preparation.NONE
                    .framing(Framing.CROP)
                    .normalize(
                        new Normalize(
                            new float[] {0.485f, 0.456f, 0.406f},
                            new float[] {0.229f, 0.224f, 0.225f}))
                    .classNames(all.classNames()));
    network.initialize(1, "linear");

    Trainer.of(network)
        .freeze(name -> !name.startsWith("linear."))
        .optimizer(new Adam())
        .learningRate(0.01f)
        .batchSize(8)
        .team(team)
        .build()
        .fit(10, split.train());
    System.out.println("accuracy " + Evaluation.of(network, split.heldOut(), team).accuracy());
    network.save(result);
  }
}
