package dev.lanewise.mnist;

import dev.lanewise.engine.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.io.CheckpointFolder;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.optim.Sgd;
import dev.lanewise.layers.train.Checkpointer;
import dev.lanewise.layers.train.DivergedException;
import dev.lanewise.layers.train.Evaluation;
import dev.lanewise.layers.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.IntUnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

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

  /** In the metadata of checkpoints. */
  private static final String METRICS_KEY = "metrics";

  private static final String IMAGES_KEY = "images";

  @Option(
      names = "--model",
      paramLabel = "simple|complex",
      description = {
        "simple: Conv 8, MaxPool, Dense.",
        "complex: 2 x Conv 32, MaxPool, 2 x Conv 64, MaxPool, Dense 128, Dense.",
        "Default: ${DEFAULT-VALUE}"
      })
  private Model model = Model.SIMPLE;

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
      names = "--learning-rate",
      paramLabel = "<rate>",
      description = "Length of a step along the gradient. Default: ${DEFAULT-VALUE}")
  private float learningRate = 0.05f;

  @Option(
      names = "--validation",
      paramLabel = "<images>",
      description = {
        "How many images, the last ones, to hold out of the training set and to validate with"
            + " after each epoch; 0: none.",
        "Default: " + DEFAULT_VALIDATION + ", but at most half of the training set"
      })
  private Integer validation;

  @Option(
      names = "--limit",
      paramLabel = "<images>",
      description =
          "Use the first images of the training set only, at most so many; those to validate with"
              + " are held out of them. Default: all")
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

  @Option(
      names = "--checkpoint",
      paramLabel = "<folder>",
      description = {
        "Save checkpoints in a folder of their own, from which --resume goes on: at the start,"
            + " after each epoch, and when stopped by Ctrl-C or SIGTERM. Kept are the two newest,"
            + " and best.safetensors, the best by validation; all are weight files too.",
        "Together with --resume of the same folder: go on if there is a checkpoint, else begin."
      })
  private Path checkpoint;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "<steps>",
      description = "Save a checkpoint after every so many steps too. Default: only after epochs")
  private Integer checkpointEvery;

  @Option(
      names = "--resume",
      paramLabel = "<folder>",
      description = {
        "Go on from the newest checkpoint in a folder and save further ones there. The weights will"
            + " be the same, to the last bit, as if the training had never been interrupted.",
        "All options are as before, unless given again: --data, --epochs, --checkpoint-every,"
            + " --save, --metrics and --threads may be others."
      })
  private Path resume;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    common.require(
        checkpoint == null || resume == null || same(checkpoint, resume),
        "--checkpoint and --resume are different folders");
    if (resume == null) {
      validate();
    }
    try (CheckpointFolder folder = openFolder()) {
      CheckpointFolder.Entry from = resume == null ? null : newest(folder);
      if (from != null) {
        StoredOptions.restore(spec, from);
      }
      if (resume != null) {
        validate();
      }
      String earlier = from == null ? "" : from.content().metadata().getOrDefault(METRICS_KEY, "");
      try (Metrics log = new Metrics(metrics, earlier)) {
        MnistSource.Data data = common.load();
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
        train(data, images, held, log, folder, from);
      }
    }
    return Main.OK;
  }

  /** The folder for checkpoints; {@code null} if there are to be none. */
  private CheckpointFolder openFolder() throws IOException {
    if (checkpoint == null && resume == null) {
      return null;
    }
    if (checkpoint == null && !Files.isDirectory(resume)) {
      throw new NoSuchFileException(resume.toString(), null, "no such folder to resume from");
    }
    CheckpointFolder folder = CheckpointFolder.open(checkpoint == null ? resume : checkpoint);
    if (resume == null && !folder.isEmpty()) {
      folder.close();
      common.require(
          false,
          "--checkpoint "
              + checkpoint
              + " has checkpoints of a training: --resume goes on with it, a new one needs an empty"
              + " folder");
    }
    return folder;
  }

  private CheckpointFolder.Entry newest(CheckpointFolder folder) throws IOException {
    Optional<CheckpointFolder.Entry> newest =
        folder.newest(warning -> common.tell("warning: " + warning));
    if (newest.isEmpty() && checkpoint == null) {
      throw new NoSuchFileException(resume.toString(), null, "has no checkpoint to resume from");
    }
    return newest.orElse(null);
  }

  static int defaultValidation(int images) {
    return Math.min(DEFAULT_VALIDATION, images / 2);
  }

  /** Whatever can be told to be wrong, before anything is read and long before the end. */
  private void validate() throws IOException {
    common.validate();
    common.require(epochs >= 1, "--epochs must be at least 1, but is " + epochs);
    common.require(batchSize >= 1, "--batch-size must be at least 1, but is " + batchSize);
    common.require(
        learningRate > 0 && learningRate < Float.POSITIVE_INFINITY,
        "--learning-rate must be a finite number above 0, but is " + learningRate);
    common.require(
        validation == null || validation >= 0,
        "--validation must be at least 0, but is " + validation);
    common.require(limit == null || limit >= 1, "--limit must be at least 1, but is " + limit);
    common.require(
        checkpointEvery == null || checkpointEvery >= 1,
        "--checkpoint-every must be at least 1, but is " + checkpointEvery);
    common.require(
        checkpointEvery == null || checkpoint != null || resume != null,
        "--checkpoint-every needs --checkpoint or --resume");
    common.require(
        save == null || metrics == null || !same(save, metrics),
        "--save and --metrics are the same file: " + save);
    if (save != null) {
      OutputFile.requireWritable(save);
    }
    if (metrics != null) {
      OutputFile.requireWritable(metrics);
    }
  }

  private static boolean same(Path a, Path b) {
    return a.toAbsolutePath().normalize().equals(b.toAbsolutePath().normalize());
  }

  private void train(
      MnistSource.Data data,
      Dataset images,
      int held,
      Metrics log,
      CheckpointFolder folder,
      CheckpointFolder.Entry from)
      throws IOException {
    Dataset train = images.slice(0, images.size() - held);
    Dataset validate = images.slice(train.size(), images.size());
    try (WorkerTeam team = new WorkerTeam(common.threads)) {
      Network network = common.build(model, train);
      network.initialize(common.seed);
      Sgd optimizer = new Sgd(network.parameters().values(), learningRate, team);
      int batch = Math.min(batchSize, train.size());
      Trainer trainer =
          common.fit(
              "--batch-size " + batchSize,
              train,
              () -> new Trainer(network, optimizer, team, batch, common.seed));
      common.print("data      %s", data.description());
      common.print(
          "          %d to train, %d to validate, %d to test; %s",
          train.size(), held, data.test().size(), CommonOptions.describe(train));
      common.print("model     %s, %s", model, Reports.parameters(network));
      common.print(
          "training  %d epochs, batch size %d, learning rate %s, seed %d",
          epochs, batchSize, learningRate, common.seed);
      common.print("engine    %s, %d threads", Reports.backEnd(), common.threads);

      RunTime time = new RunTime(from);
      try (Progress progress =
          new Progress(
              line -> common.print("%s", line), Progress.terminal(), epochs, train.size(), log)) {
        if (folder == null) {
          trainer.fit(epochs, train, validate, progress);
        } else {
          Map<String, String> notes = notes(images);
          Checkpointer checkpointer =
              new Checkpointer(
                  trainer,
                  folder,
                  checkpointEvery == null ? 0 : checkpointEvery,
                  () -> {
                    notes.put(METRICS_KEY, log.lines());
                    notes.put(RunTime.KEY, time.text());
                    return notes;
                  },
                  progress);
          begin(trainer, checkpointer, notes, from);
          progress.resume(trainer.epochs(), trainer.images());
          fit(trainer, train, validate, checkpointer, progress);
        }
      }
      Evaluation test = Evaluation.of(network, data.test(), team);
      double seconds = time.seconds();
      // The figures are all written, then the weights, then the figures get their name: whichever
      // fails, no file is there that looks like the result of a training that has none.
      log.test(test, seconds);
      if (save != null) {
        ModelFile.save(network, Map.of(Model.METADATA_KEY, model.toString()), save);
      }
      log.publish();
      common.print(
          "test      accuracy %.2f %%, loss %.4f, after %.1f s",
          100 * test.accuracy(), test.loss(), seconds);
    }
  }

  /** What a checkpoint keeps besides the state of the training. */
  private Map<String, String> notes(Dataset images) {
    Map<String, String> notes = new LinkedHashMap<>(StoredOptions.of(spec));
    notes.put(Model.METADATA_KEY, model.toString());
    notes.put(IMAGES_KEY, Fingerprint.of(images));
    return notes;
  }

  private void begin(
      Trainer trainer,
      Checkpointer checkpointer,
      Map<String, String> notes,
      CheckpointFolder.Entry from)
      throws IOException {
    if (from == null) {
      checkpointer.save(); // finds out at once whether that works
      return;
    }
    String then = from.content().metadata().get(IMAGES_KEY);
    if (!notes.get(IMAGES_KEY).equals(then)) {
      throw new DataException(
          from.file(),
          "is of a training on other images: on " + then + ", not " + notes.get(IMAGES_KEY));
    }
    checkpointer.restore(from);
    common.require(
        epochs >= trainer.epochs(),
        "--epochs must be at least the " + trainer.epochs() + " that are done, but is " + epochs);
    common.print(
        "resumed   from %s, %d epochs and %d images done",
        from.file(), trainer.epochs(), trainer.images());
  }

  /** Trains until the end, or until the user stops it: then with one more checkpoint. */
  private void fit(
      Trainer trainer,
      Dataset train,
      Dataset validate,
      Checkpointer checkpointer,
      Progress progress) {
    IntUnaryOperator stop =
        code -> {
          synchronized (trainer) { // never left: the training ends here
            progress.close();
            int result = save(checkpointer, code);
            if (result == code) {
              common.tell(
                  "stopped after %d epochs and %d images; to go on: train --resume %s"
                      .formatted(trainer.epochs(), trainer.images(), folder()));
            }
            Runtime.getRuntime().exit(result);
            return result;
          }
        };
    StopSignals signals = new StopSignals(stop);
    try {
      trainer.fit(epochs - trainer.epochs(), train, validate, checkpointer);
    } catch (DivergedException e) {
      throw new DivergedException(e.getMessage() + "; checkpoints from before are in " + folder());
    } finally {
      signals.close();
    }
  }

  private int save(Checkpointer checkpointer, int code) {
    try {
      checkpointer.save();
      return code;
    } catch (IOException | DivergedException e) {
      return Main.failed(e, spec.commandLine(), spec.commandLine().getErr());
    }
  }

  private Path folder() {
    return checkpoint == null ? resume : checkpoint;
  }
}
