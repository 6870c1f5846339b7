package dev.lanewise.mnist;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.io.CheckpointFolder;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.optim.Sgd;
import dev.lanewise.layers.train.Evaluation;
import dev.lanewise.layers.train.Trainer;
import dev.lanewise.layers.train.TrainerBuilder;
import dev.lanewise.layers.train.TrainingListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a network and tests it. */
@Command(
    name = "train",
    description = {
      "Trains a network by stochastic gradient descent, and tests it at the end.",
      "The same options give the same weights, to the last bit, on every machine."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mnist-app train --model complex --epochs 3 --save weights.safetensors",
      "  mnist-app train --data procedural --limit 6000 --metrics run.jsonl",
      "  mnist-app train --checkpoint folder --save weights.safetensors",
      "  mnist-app train --resume folder"
    })
final class TrainCommand implements Callable<Integer> {
  private static final int DEFAULT_VALIDATION = 10_000;

  @Option(
      names = "--model",
      paramLabel = "simple|complex",
      description = {
        "simple: Conv 8, MaxPool, Dense.",
        "complex: 2 x Conv 32, MaxPool, 2 x Conv 64, MaxPool, Dense 128, Dense.",
        "Default: ${DEFAULT-VALUE}"
      })
  private Model model = Model.SIMPLE;

  @Mixin private DataOptions source;

  @Mixin private CommonOptions common;

  @Option(
      names = "--epochs",
      paramLabel = "<count>",
      description = "Passes over the training images. Default: ${DEFAULT-VALUE}")
  private int epochs = 30;

  @Option(
      names = "--batch-size",
      paramLabel = "<images>",
      description = "Images per step. Default: ${DEFAULT-VALUE}")
  private int batchSize = 10;

  @Option(
      names = {"--learning-rate", "--lr"},
      paramLabel = "<rate>",
      description = "Length of a step along the gradient. Default: ${DEFAULT-VALUE}")
  private float learningRate = 0.05f;

  @Option(
      names = "--validation",
      paramLabel = "<images>",
      description = {
        "How many images to hold out of the training set, the last ones, for validation after"
            + " each epoch; 0: none.",
        "Default: " + DEFAULT_VALIDATION + ", but at most half of the training set"
      })
  private Integer validation;

  @Option(
      names = "--limit",
      paramLabel = "<images>",
      description =
          "Use only the first images of the training set, at most this many (validation images are"
              + " taken from these). Default: all")
  private Integer limit;

  @Option(
      names = "--save",
      paramLabel = "<file>",
      description =
          "Write the trained weights as safetensors, with names and layouts of the same"
              + " nn.Sequential in PyTorch.")
  private Path save;

  @Option(
      names = "--metrics",
      paramLabel = "<file>",
      description = {
        "Write the figures as JSON Lines. One line per epoch: epoch, trainLoss, validationLoss,"
            + " validationAccuracy (null without validation), imagesPerSecond (of training"
            + " alone), seconds (with validation); then one line: testLoss, testAccuracy,"
            + " totalSeconds (training, validation and test). A figure that is not finite is"
            + " null.",
        "Grows as <file>.part and is renamed at the end."
      })
  private Path metrics;

  @Mixin private CheckpointOptions checkpointing;

  @Override
  public Integer call() throws IOException {
    if (!checkpointing.resumes()) {
      validate();
    }
    try (Checkpoints checkpoints = checkpointing.open(w -> common.tell("warning: " + w))) {
      if (checkpoints.from() != null) {
        StoredOptions.restore(common.command, checkpoints.from());
      }
      if (checkpointing.resumes()) {
        validate();
      }
      try (Metrics log = new Metrics(metrics, checkpoints.metrics())) {
        new WarmUp(model).begin();
        MnistSource.Data data = source.load(common::tell);
        Dataset images = data.train();
        if (limit != null && limit < images.size()) {
          images = images.slice(0, limit);
        }
        int held = validation == null ? defaultValidation(images.size()) : validation;
        common.require(
            held < images.size(),
            "--validation must be less than the "
                + images.size()
                + " images of the training set, but is "
                + held);
        train(data, images, held, log, checkpoints);
      }
    }
    return Main.OK;
  }

  static int defaultValidation(int images) {
    return Math.min(DEFAULT_VALIDATION, images / 2);
  }

  /** Rejects wrong options before anything is read, and long before the end. */
  private void validate() throws IOException {
    common.validate();
    source.validate(common);
    common.require(epochs >= 1, "--epochs must be at least 1, but is " + epochs);
    common.require(batchSize >= 1, "--batch-size must be at least 1, but is " + batchSize);
    common.require(
        learningRate > 0 && learningRate < Float.POSITIVE_INFINITY,
        "--learning-rate must be a finite number above 0, but is " + learningRate);
    common.require(
        validation == null || validation >= 0,
        "--validation must be at least 0, but is " + validation);
    common.require(limit == null || limit >= 1, "--limit must be at least 1, but is " + limit);
    checkpointing.validate(epochs);
    common.require(
        save == null || metrics == null || !OutputFile.same(save, metrics),
        "--save and --metrics are the same file: " + save);
    if (save != null) {
      OutputFile.requireWritable(save);
    }
    if (metrics != null) {
      OutputFile.requireWritable(metrics);
    }
  }

  private void train(
      MnistSource.Data data, Dataset images, int held, Metrics log, Checkpoints checkpoints)
      throws IOException {
    Dataset train = images.slice(0, images.size() - held);
    Dataset validate = images.slice(train.size(), images.size());
    try (WorkerTeam team = new WorkerTeam(common.threads)) {
      Network network = common.build(model, train);
      network.initialize(source.seed);
      TrainerBuilder builder =
          Trainer.of(network)
              .optimizer(new Sgd())
              .learningRate(learningRate)
              .batchSize(Math.min(batchSize, train.size()))
              .seed(source.seed)
              .team(team)
              .validation(validate);
      Trainer trainer = common.fit("--batch-size " + batchSize, train, builder::build);
      common.print("data      %s", data.description());
      common.print(
          "          %d to train, %d to validate, %d to test; %s",
          train.size(), held, data.test().size(), CommonOptions.describe(train));
      common.print("model     %s, %s", model, Reports.parameters(network));
      common.print(
          "training  %d epochs, batch size %d, learning rate %s, seed %d",
          epochs, batchSize, learningRate, source.seed);
      common.print("engine    %s, %d threads", Reports.backEnd(), common.threads);

      try (Progress progress =
          new Progress(
              line -> common.print("%s", line), Progress.terminal(), epochs, train.size(), log)) {
        TrainingListener listener =
            checkpoints.begin(trainer, notes(train.shape()), images, log, progress);
        int left = resume(trainer, train.size(), progress, checkpoints.from());
        checkpoints.protect(trainer, () -> trainer.fit(left, train, listener), progress, common);
      }
      Evaluation test = Evaluation.of(network, data.test(), team);
      double seconds = checkpoints.seconds();
      // All figures are written, then the weights, then the figures get their name: whichever
      // fails, no file looks like the result of a training that has no result.
      log.test(test, seconds);
      if (save != null) {
        ModelFile.save(network.graph(), SavedNetwork.metadata(model, train.shape()), save);
      }
      log.publish();
      common.print(
          "test      accuracy %.2f %%, loss %.4f, after %.1f s",
          100 * test.accuracy(), test.loss(), seconds);
    }
  }

  /** What a checkpoint keeps of the command. */
  private Map<String, String> notes(Shape input) {
    Map<String, String> notes = new LinkedHashMap<>(StoredOptions.of(common.command));
    notes.putAll(SavedNetwork.metadata(model, input));
    return notes;
  }

  /** Prints where a resumed training goes on; returns how many epochs are left. */
  private int resume(Trainer trainer, int images, Progress progress, CheckpointFolder.Entry from)
      throws DataException {
    if (trainer.images() > images) {
      throw new DataException(
          from.file(),
          "is within an epoch, after %d images, but there are %d to train on"
              .formatted(trainer.images(), images));
    }
    int begun = trainer.epochs() + (trainer.images() > 0 ? 1 : 0);
    common.require(
        epochs >= begun, "--epochs must be at least the " + begun + " begun, but is " + epochs);
    if (from != null) {
      common.print(
          "resumed   from %s, after %d epochs and %d images",
          from.file(), trainer.epochs(), trainer.images());
      progress.resume(trainer.epochs(), trainer.images());
    }
    return epochs - trainer.epochs();
  }
}
