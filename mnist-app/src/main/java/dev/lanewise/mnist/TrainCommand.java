// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.Split;
import dev.lanewise.layers.io.CheckpointFolder;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.train.Evaluation;
import dev.lanewise.layers.train.Trainer;
import dev.lanewise.layers.train.TrainerBuilder;
import dev.lanewise.layers.train.TrainingListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a network and tests it. */
@Command(
    name = "train",
    description = {
      "Trains a network, by stochastic gradient descent unless the recipe has another way, and tests"
          + " it at the end.",
      "The same options give the same weights, to the last bit, on every machine."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mnist-app train --model complex --epochs 3 --save weights.safetensors",
      "  mnist-app train --data procedural --limit 6000 --metrics run.jsonl",
      "  mnist-app train --recipe fast --save weights.safetensors",
      "  mnist-app train --data flowers --image-shape 64x64x3 --save flowers.safetensors",
      "  mnist-app train --epochs 10 --report report.html",
      "  mnist-app train --checkpoint folder --save weights.safetensors",
      "  mnist-app train --resume folder"
    })
final class TrainCommand implements Callable<Integer> {
  private static final int DEFAULT_VALIDATION = 10_000;

  @Option(
      names = "--recipe",
      paramLabel = "<name>",
      description = {
        "A network and how it is trained, as a whole; other options change parts of it.",
        "article-simple, article-complex: the published settings of these networks.",
        "fast: 98.9 %% of MNIST after one epoch, by Adam and a learning rate that rises and falls.",
        "best: 99.7 %% of MNIST in twelve and a half minutes on two cores.",
        "resnet20: the published training of this network, for coloured images of 32x32.",
        "cifar: 94 %% of CIFAR-10 in twenty minutes on two cores; other coloured images of 32x32.",
        "Default: none"
      })
  private Recipe recipe;

  @Option(
      names = "--model",
      paramLabel = "<name|layers>",
      completionCandidates = ModelNames.class,
      description = {
        "simple: Conv 8, MaxPool, Dense.",
        "complex: 2 x Conv 32, MaxPool, 2 x Conv 64, MaxPool, Dense 128, Dense.",
        "Or one of these, in which PyTorch's weights of the same definition fit: lenet5, lenet_wide, vgg11_bn, vgg13_bn, vgg16_bn,"
            + " vgg19_bn, vgg_small, resnet20, resnet32, resnet56, mobilenet_v1, mobilenet_small,"
            + " mobilenet_v2, airbench94, airbench_half, squeezenet1_0, squeezenet1_1, resnet18, resnet34, resnet50.",
        "Or a list of layers, such as \"conv 32, relu, pool 2, dense 10\": docs/commands.md has all of"
            + " them. A dense without a number has an output for each class.",
        "Default: that of the recipe, else simple"
      })
  private String model;

  @Mixin private DataOptions source;

  @Mixin private CommonOptions common;

  @Option(
      names = "--epochs",
      paramLabel = "<count>",
      description = "Passes over the training images. Default: those of the recipe, else 30")
  private Integer epochs;

  @Option(
      names = "--batch-size",
      paramLabel = "<images>",
      description = "Images per step. Default: those of the recipe, else 10")
  private Integer batchSize;

  @Option(
      names = {"--learning-rate", "--lr"},
      paramLabel = "<rate>",
      description = {
        "Length of a step along the gradient; where the recipe lets it rise and fall, the longest.",
        "Default: that of the recipe, else 0.05"
      })
  private Float learningRate;

  @Option(
      names = "--validation",
      paramLabel = "<images>",
      description = {
        "How many images to hold out of the training set for validation after each epoch; 0:"
            + " none.",
        "Default: "
            + DEFAULT_VALIDATION
            + ", but at most half of the training set, of pictures a sixth; for the recipes fast, best, resnet20 and cifar none"
      })
  private Integer validation;

  @Option(
      names = "--limit",
      paramLabel = "<images>",
      description =
          "Use only some images of the training set, at most this many (validation images are"
              + " taken from these). Default: all")
  private Integer limit;

  @Option(
      names = "--split",
      paramLabel = "last|stratified",
      description = {
        "Which images are held out, or left out by --limit.",
        "last: the last ones.",
        "stratified: the same share of every class, drawn by --seed; for files that are sorted.",
        "Default: last, for folders of pictures stratified"
      })
  private Holdout holdout;

  @Option(
      names = "--save",
      paramLabel = "<file>",
      description =
          "Write the trained weights as safetensors, with names and layouts of the same"
              + " nn.Sequential in PyTorch. If the training is stopped by Ctrl-C or SIGTERM and"
              + " there are no checkpoints, the weights so far go beside it: w-stopped.safetensors"
              + " for w.safetensors, or with a number if there is one.")
  private Path save;

  @Option(
      names = "--metrics",
      paramLabel = "<file>",
      description = {
        "Write the figures as JSON Lines. One line per epoch: epoch, trainLoss, validationLoss,"
            + " validationAccuracy (null without validation), learningRate (of the last step),"
            + " imagesPerSecond (of training"
            + " alone), seconds (with validation); then one line: testLoss, testAccuracy,"
            + " totalSeconds (training, validation and test). A figure that is not finite is"
            + " null.",
        "Grows as <file>.part and is renamed at the end."
      })
  private Path metrics;

  @Option(
      names = "--report",
      paramLabel = "<file>",
      description = {
        "Write a page about the training, as one HTML file that needs no network: learning curves,"
            + " learning rate, speed, updates, confusion matrix, figures of each class, the worst"
            + " mistakes, filters and feature maps, the network with shapes, parameters and share"
            + " of time, and what repeats the training, with the hash of its weights.",
        "It changes no bit of the weights. If the training is stopped by Ctrl-C or SIGTERM and"
            + " there are no checkpoints, a page about what there was goes beside it:"
            + " report-stopped.html for report.html."
      })
  private Path report;

  @Option(
      names = "--tensorboard",
      paramLabel = "<folder>",
      description = {
        "Write event files for TensorBoard into a folder of this training alone: loss, accuracy,"
            + " learning rate and speed, histograms of weights and gradients after each epoch,"
            + " some of the images, and the network as a graph. tensorboard --logdir with the"
            + " folder above it compares trainings, also while they run.",
        "A step is an image trained on, counted over all epochs. It changes no bit of the weights."
      })
  private Path tensorboard;

  @Mixin private CheckpointOptions checkpointing;

  private Recipe plan; // the recipe, or what stands for it

  @Override
  public Integer call() throws IOException {
    model = model == null ? null : common.requireModel(model);
    if (!checkpointing.resumes()) {
      validate();
    }
    try (Checkpoints checkpoints = checkpointing.open(common::warn)) {
      if (checkpoints.from() != null) {
        StoredOptions.restore(common.command, checkpoints.from());
      }
      if (checkpointing.resumes()) {
        validate();
      }
      try (Metrics log = new Metrics(metrics, checkpoints.metrics())) {
        new WarmUp(model).begin();
        MnistSource.Data data = source.load(common::tell);
        if (holdout == null) {
          holdout = data.isOfPictures() ? Holdout.STRATIFIED : Holdout.LAST;
        }
        Dataset images =
            limit == null ? data.train() : holdout.limit(data.train(), limit, source.seed);
        int held = validation == null ? defaultValidation(data, images.size()) : validation;
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

  /** Of pictures fewer: people have hundreds of them, not thousands. */
  private int defaultValidation(MnistSource.Data data, int images) {
    int validation = defaultValidation(plan, images);
    return data.isOfPictures() ? Math.min(validation, images / PictureSource.PARTS) : validation;
  }

  static int defaultValidation(Recipe recipe, int images) {
    return Math.min(recipe.validation, images / 2);
  }

  /** Rejects wrong options before anything is read, and long before the end. */
  private void validate() throws IOException {
    common.validate();
    source.validate(common);
    plan = recipe == null ? Recipe.ARTICLE_SIMPLE : recipe;
    // Values that were left to the recipe are kept in checkpoints like any other.
    model = model == null ? plan.model : model;
    common.require(
        plan.takes(model), "--recipe " + plan + " does not train --model " + model + ": omit it");
    epochs = epochs == null ? plan.epochs : epochs;
    batchSize = batchSize == null ? plan.batchSize : batchSize;
    learningRate = learningRate == null ? plan.learningRate : learningRate;
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
    requireOutputs();
  }

  /** Files that can be written, and folders, each in a place of its own. */
  private void requireOutputs() throws IOException {
    Map<String, Path> outputs = new LinkedHashMap<>();
    for (String name : List.of("--save", "--metrics", "--report")) {
      Path file = common.command.findOption(name).getValue();
      if (file == null) {
        continue;
      }
      for (Map.Entry<String, Path> other : outputs.entrySet()) {
        common.require(
            !OutputFile.same(other.getValue(), file),
            other.getKey() + " and " + name + " are the same file: " + other.getValue());
      }
      OutputFile.requireWritable(file);
      outputs.put(name, file);
    }
    for (Map.Entry<String, Path> output : outputs.entrySet()) {
      common.require(
          tensorboard == null || !OutputFile.same(output.getValue(), tensorboard),
          output.getKey() + " and --tensorboard are in the same place: " + output.getValue());
    }
    EventFiles.validate(tensorboard, checkpointing, common);
  }

  private void train(
      MnistSource.Data data, Dataset images, int held, Metrics log, Checkpoints checkpoints)
      throws IOException {
    Split split = holdout.split(images, held, source.seed);
    Dataset train = split.train();
    int batch = Math.min(batchSize, train.size());
    long steps = Math.ceilDiv(train.size(), batch); // of an epoch
    Screen screen = Screen.of(common);
    Pace pace = new Pace(line -> screen.aside(() -> common.tell(line)));
    try (WorkerTeam team = new WorkerTeam(common.threads);
        EventFiles events = new EventFiles(tensorboard)) {
      Network network = common.build(model, train);
      network.initialize(source.seed);
      network = data.tell(plan.prepare(network, train, team));
      TrainerBuilder builder =
          plan.train(network, learningRate, new Recipe.Length(epochs, steps))
              .batchSize(batch)
              .seed(source.seed)
              .team(team)
              .validation(new Watched(split.heldOut(), pace));
      Trainer trainer = common.fit("--batch-size " + batchSize, train, builder::build);
      TrainingReport page =
          new TrainingReport(report, network, trainer, train, batchSize, epochs, team);
      screen.print("data      %s", data.description());
      screen.print(
          "          %d to train, %d to validate, %d to test; %s",
          train.size(), held, data.test().size(), CommonOptions.describe(train));
      screen.print("model     %s, %s", model, Reports.parameters(network));
      if (recipe != null) {
        screen.print("recipe    %s", recipe);
      }
      screen.print(
          "training  %s, batch size %d, learning rate %s, seed %d",
          Messages.count(epochs, "epoch"), batchSize, learningRate, source.seed);
      screen.print("engine    %s", Reports.engine(common.threads));

      Map<String, String> metadata = SavedNetwork.metadata(model, train.shape());
      try (Progress progress =
          new Progress(screen, epochs, train.size(), batchSize, log)
              .rate(trainer::learningRate)
              .pace(new Pace(common::tell, Progress.PACE))) {
        TrainingListener watched =
            progress.then(
                new LearningWarning(
                    network.outputShape().size(),
                    Math.ceilDiv(train.size(), batchSize),
                    line -> screen.aside(() -> common.warn(line))));
        TrainingListener listener =
            checkpoints.begin(
                trainer, notes(metadata), images, log, events.after(page.after(watched)));
        int left = resume(trainer, train.size(), screen, progress, checkpoints.from());
        events.begin(network, trainer, train, StoredOptions.commandLine(common.command, data));
        page.resume(checkpoints.metrics());
        screen.aside(
            () -> DataWarnings.of(data.train(), split, batchSize, holdout).forEach(common::warn));
        Rescue rescue = save == null ? Rescue.nothing() : Rescue.beside(save, network, metadata);
        checkpoints.protect(
            trainer,
            () -> fit(trainer, left, train, listener),
            progress,
            common,
            page.after(rescue, model, data, checkpoints::seconds, common));
      }
      Evaluation test = Evaluation.of(network, new Watched(data.test(), pace), team);
      if (test.count() > 0 && !Double.isFinite(test.loss())) {
        throw checkpoints.diverged(
            "the test loss is %s: the training has diverged".formatted(test.loss()));
      }
      double seconds = checkpoints.seconds();
      // All figures are written, then the weights, then the figures get their name: whichever
      // fails, no file looks like the result of a training that has no result.
      log.test(test, seconds);
      if (save != null) {
        ModelFile.save(network.graph(), network.preparation(), metadata, save);
      }
      log.publish();
      events.test(test);
      common.print(
          "test      accuracy %.2f %%, loss %.4f, after %.1f s",
          100 * test.accuracy(), test.loss(), seconds);
      page.write(model, data, test, seconds, common);
      if (report != null) {
        screen.print("report    in %s", report);
      }
      if (tensorboard != null) {
        screen.print("events    in %s", tensorboard);
      }
      if (save != null) {
        tellWhatIsNext(screen);
      }
    }
  }

  /** A network may refuse a batch, such as a last one of a single image. */
  private void fit(Trainer trainer, int left, Dataset train, TrainingListener listener) {
    common.fit(
        "--batch-size " + batchSize,
        train,
        () -> {
          trainer.fit(left, train, listener);
          return null;
        });
  }

  /** Says where the weights are and what can be done with them. */
  private void tellWhatIsNext(Screen screen) {
    String weights = " --weights " + Messages.quoted(save.toString());
    String program = Messages.program(System.getProperty("java.class.path"));
    screen.print("saved     to %s", save);
    screen.command("next      " + program + " evaluate" + weights + source.again());
    screen.command("          " + program + " predict" + weights + " digit.png");
  }

  /** What a checkpoint keeps of the command. */
  private Map<String, String> notes(Map<String, String> metadata) {
    Map<String, String> notes = new LinkedHashMap<>(StoredOptions.of(common.command));
    notes.putAll(metadata);
    return notes;
  }

  /** Prints where a resumed training goes on; returns how many epochs are left. */
  private int resume(
      Trainer trainer, int images, Screen screen, Progress progress, CheckpointFolder.Entry from)
      throws DataException {
    if (trainer.images() > images) {
      throw new DataException(
          from.file(),
          "is within an epoch, after %s, but there %s %d to train on"
              .formatted(
                  Messages.count(trainer.images(), "image"), images == 1 ? "is" : "are", images));
    }
    int begun = trainer.epochs() + (trainer.images() > 0 ? 1 : 0);
    common.require(
        epochs >= begun, "--epochs must be at least the " + begun + " begun, but is " + epochs);
    if (from != null) {
      screen.print("resumed   from %s, %s", from.file(), Reports.after(trainer));
      progress.resume(trainer.epochs(), trainer.images());
    }
    return epochs - trainer.epochs();
  }
}
