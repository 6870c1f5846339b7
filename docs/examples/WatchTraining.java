import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.IdxFolder;
import dev.lanewise.layers.data.Split;
import dev.lanewise.layers.models.Models;
import dev.lanewise.layers.optim.Sgd;
import dev.lanewise.layers.train.Evaluation;
import dev.lanewise.layers.train.Trainer;
import dev.lanewise.tensorboard.TrainingBoard;
import java.nio.file.Path;

/**
 * Trains twice, with two learning rates, and writes both for {@code tensorboard --logdir RUNS}:
 * the arguments are a folder with the four files of MNIST, RUNS, and how many epochs. Needs {@code
 * dev.lanewise:lanewise-tensorboard}.
 */
public class WatchTraining {
  public static void main(String[] args) throws Exception {
    IdxFolder digits = IdxFolder.read(Path.of(args[0]));
    Split split = Split.stratified(digits.train(), digits.train().size() / 6, 1);
    try (WorkerTeam team = WorkerTeam.shared()) {
      for (float rate : new float[] {0.01f, 0.05f}) {
        Network network = Models.named("lenet5", digits.train().shape(), 10);
        network.initialize(1);
        Trainer trainer =
            Trainer.of(network)
                .optimizer(new Sgd().momentum(0.9f))
                .learningRate(rate)
                .batchSize(32)
                .validation(split.heldOut())
                .team(team)
                .build();
        Path run = Path.of(args[1], "rate-" + rate);
        try (TrainingBoard board = new TrainingBoard(run, network, trainer, split.train())) {
          trainer.fit(Integer.parseInt(args[2]), split.train(), board);
          board.evaluation("test", Evaluation.of(network, digits.test(), team));
          board.writer().text("notes", 0, "The learning rate is **" + rate + "**.");
        }
      }
    }
  }
}
