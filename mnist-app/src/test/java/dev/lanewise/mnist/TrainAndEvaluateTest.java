// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Preparation;
import dev.lanewise.layers.data.Views;
import dev.lanewise.layers.io.CheckpointFolder;
import dev.lanewise.layers.io.Safetensors;
import dev.lanewise.layers.train.Evaluation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainAndEvaluateTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path dataFolder;
  @TempDir Path folder;

  @BeforeAll
  static void writeData() throws IOException {
    TinyImages.write(dataFolder);
  }

  @Test
  void aLinePerEpochBetweenTheHeaderAndTheResult() {
    Run run = train("--epochs", 12, "--validation", 100, "--threads", 2);

    List<String> lines = run.out().lines().toList();
    assertEquals("data      " + dataFolder, lines.get(0));
    assertEquals(
        "          200 to train, 100 to validate, 60 to test; images of 12x12, 10 classes",
        lines.get(1));
    assertTrue(lines.get(2).matches("model     simple, [0-9,]+ parameters"), lines.get(2));
    assertEquals("training  12 epochs, batch size 10, learning rate 0.05, seed 1", lines.get(3));
    assertTrue(lines.get(4).matches("engine    .+, 2 threads"), lines.get(4));
    for (int epoch = 1; epoch <= 12; epoch++) {
      String line = lines.get(4 + epoch);
      assertTrue(
          line.matches(
              "epoch %2d/12  loss \\d+\\.\\d{4}  validation loss \\d+\\.\\d{4}, "
                  .formatted(epoch)
                  .concat("accuracy \\d+\\.\\d\\d %  [\\d,]+ images/s  \\d+\\.\\d s")),
          line);
    }
    assertTrue(
        lines.get(17).matches("test      accuracy \\d+\\.\\d\\d %, loss .+, after \\d+\\.\\d s"),
        lines.get(17));
    assertEquals(18, lines.size());
    assertEquals("", run.err());
  }

  @Test
  void oneEpochByOneThread() {
    String out = train("--epochs", 1, "--threads", 1).out();

    assertTrue(out.contains("\ntraining  1 epoch, batch size 10,"), out);
    assertTrue(out.contains(", 1 thread\n"), out);
  }

  @Test
  void whatWasSavedAndWhatIsNext() {
    Path file = folder.resolve("my weights");
    List<String> lines = train("--epochs", 1, "--save", file).out().lines().toList();

    assertEquals("saved     to " + file, lines.get(lines.size() - 3));
    String evaluate = "next      mnist-app evaluate --weights '" + file + "' --data " + dataFolder;
    assertEquals(evaluate, lines.get(lines.size() - 2));
    String predict = "          mnist-app predict --weights '" + file + "' digit.png";
    assertEquals(predict, lines.getLast());
  }

  /** Otherwise the evaluation would be of other images. */
  @Test
  void whatIsNextReadsTheImagesTheSameWay() {
    Object[] options = {
      "--epochs", 1, "--save", folder.resolve("w"), "--transpose", "--white", 200.5
    };
    List<String> lines = train(options).out().lines().toList();

    String evaluate = lines.get(lines.size() - 2);
    assertTrue(evaluate.endsWith(" --data " + dataFolder + " --white 200.5 --transpose"), evaluate);
  }

  @Test
  void aTrainingThatLearnsNothingIsWarnedOf() {
    Run run = train("--epochs", 8, "--lr", 50);

    assertEquals(
        List.of("warning: loss above that of guessing, 2.3026: try a lower --learning-rate"),
        run.errLines());
  }

  @ParameterizedTest
  @CsvSource({
    "--limit 1, 'no training images of 9 of 10 classes: 1, 2, 3, 4, 5, ...'",
    "--limit 1, '--batch-size 10 is more than the 1 training image: each step takes all of them'",
    "--batch-size 151, '--batch-size 151 is more than the 150 training images'",
    "--validation 9, 'no validation images of class 0; try --split stratified'",
  })
  void oddDivisionsAreTrainedAndWarnedOf(String options, String warning) {
    List<Object> args = new ArrayList<>(List.of("--epochs", 1));
    args.addAll(List.of(options.split(" ")));

    List<String> lines = train(args.toArray()).errLines();

    assertEquals(
        1, lines.stream().filter(l -> l.startsWith("warning: " + warning)).count(), lines + "");
    assertTrue(lines.stream().allMatch(line -> line.startsWith("warning: ")), lines.toString());
  }

  /** Sorted by class, as an archive with a folder for each class is read. */
  @Test
  void sortedImagesCanBeSplitByClass() throws IOException {
    Path sorted = TinyImages.write(folder.resolve("sorted"));
    sort(sorted, "train", TinyImages.TRAIN);
    Run last = Run.of("--data", sorted, "--epochs", 1, "--validation", 60);
    Run stratified =
        Run.of("--data", sorted, "--epochs", 10, "--validation", 60, "--split", "stratified");
    Run limited = Run.of("--data", sorted, "--epochs", 1, "--limit", 40, "--split=stratified");

    assertEquals(2, last.errLines().size(), last.err());
    assertTrue(last.err().contains("no training images of 2 of 10 classes: 8, 9"), last.err());
    assertEquals("", stratified.err());
    assertTrue(stratified.out().contains(" 240 to train, 60 to validate,"), stratified.out());
    assertTrue(stratified.out().matches("(?s).*test      accuracy (9\\d|100).*"), stratified.out());
    assertEquals("", limited.err());
    assertTrue(limited.out().contains(" 20 to train, 20 to validate,"), limited.out());
  }

  private static void sort(Path data, String part, int count) throws IOException {
    Path imageFile = data.resolve(part + "-images-idx3-ubyte");
    Path labelFile = data.resolve(part + "-labels-idx1-ubyte");
    byte[] images = Files.readAllBytes(imageFile);
    byte[] labels = Files.readAllBytes(labelFile);
    byte[] sortedImages = images.clone();
    byte[] sortedLabels = labels.clone();
    int size = TinyImages.SIDE * TinyImages.SIDE;
    int next = 0;
    for (int label = 0; label < TinyImages.CLASSES; label++) {
      for (int i = 0; i < count; i++) {
        if (labels[8 + i] == label) {
          System.arraycopy(images, 16 + i * size, sortedImages, 16 + next * size, size);
          sortedLabels[8 + next++] = (byte) label;
        }
      }
    }
    Files.write(imageFile, sortedImages);
    Files.write(labelFile, sortedLabels);
  }

  @Test
  void learns() throws IOException {
    JsonNode last = metrics("--epochs", 15, "--validation", 0).getLast();

    assertTrue(last.get("testAccuracy").asDouble() > 0.9, last.toString());
  }

  @Test
  void trainIsTheDefaultCommand() throws IOException {
    Path named = folder.resolve("named");
    Path unnamed = folder.resolve("unnamed");
    train("--epochs", 1, "--save", named);
    Run.of("--data", dataFolder, "--epochs", 1, "--save", unnamed);

    assertEquals(-1, Files.mismatch(named, unnamed));
  }

  @Test
  void metricsHaveTheDocumentedKeys() throws IOException {
    List<JsonNode> lines = metrics("--epochs", 2, "--validation", 50);

    assertEquals(3, lines.size());
    for (int i = 0; i < 2; i++) {
      assertEquals(
          List.of(
              "epoch",
              "trainLoss",
              "validationLoss",
              "validationAccuracy",
              "learningRate",
              "imagesPerSecond",
              "seconds"),
          keys(lines.get(i)));
      assertEquals(i + 1, lines.get(i).get("epoch").asInt());
      lines.get(i).forEach(value -> assertTrue(value.isNumber() && value.asDouble() >= 0));
    }
    assertEquals(List.of("testLoss", "testAccuracy", "totalSeconds"), keys(lines.get(2)));
    lines.get(2).forEach(value -> assertTrue(value.isNumber() && value.asDouble() >= 0));
    assertTrue(
        lines.get(2).get("totalSeconds").asDouble() > lines.get(0).get("seconds").asDouble());
  }

  @Test
  void withoutValidationItsFiguresAreNull() throws IOException {
    JsonNode epoch = metrics("--epochs", 1, "--validation", 0).getFirst();

    assertTrue(epoch.get("validationLoss").isNull());
    assertTrue(epoch.get("validationAccuracy").isNull());
    assertTrue(epoch.get("trainLoss").isNumber());
  }

  @Test
  void aTrainingThatDivergesEndsAtTheStepAndLeavesNoResults() throws IOException {
    Path outputs = Files.createDirectory(folder.resolve("outputs"));
    Run run =
        Run.of(
            "train",
            "--data",
            dataFolder,
            "--learning-rate",
            1e30,
            "--save",
            outputs.resolve("w"),
            "--metrics",
            outputs.resolve("m"));

    assertEquals(5, run.code(), run.err());
    assertEquals(1, run.errLines().size(), run.err());
    assertTrue(
        run.err().matches("mnist-app train: the loss is \\S+ at step \\d+ of epoch 1 .*\\R"),
        run.err());
    try (Stream<Path> files = Files.list(outputs)) {
      assertEquals(List.of(), files.toList());
    }
  }

  /** One step, which no further step and no validation follows. */
  @Test
  void aLastStepThatDivergesLeavesAGoodFileAsItIs() throws IOException {
    Path weights = folder.resolve("w");
    train("--epochs", 1, "--save", weights);
    byte[] good = Files.readAllBytes(weights);
    List<Object> args = new ArrayList<>(List.of("train", "--data", dataFolder, "--limit", 10));
    args.addAll(List.of("--validation", 0, "--epochs", 1, "--learning-rate", 1e30));
    args.addAll(List.of("--save", weights));

    Run run = Run.of(args.toArray());

    assertEquals(5, run.code(), run.err());
    assertEquals(1, run.errLines().size(), run.err());
    assertTrue(run.err().matches("mnist-app train: the loss .* diverged\\R"), run.err());
    assertFalse(run.out().contains("test "), run.out());
    assertArrayEquals(good, Files.readAllBytes(weights));
  }

  /** Of a training that has been done but for its test: nothing else looks at the weights. */
  @Test
  void aTestLossThatIsNotFiniteIsADivergence() throws IOException {
    Path checkpoints = folder.resolve("checkpoints");
    train("--epochs", 1, "--checkpoint", checkpoints);
    try (CheckpointFolder to = CheckpointFolder.open(checkpoints)) {
      Safetensors last = to.newest(warning -> {}).orElseThrow().content();
      last.tensors().values().forEach(tensor -> Arrays.fill(tensor.data, 3e38f));
      to.save(last);
    }
    Path weights = Files.writeString(folder.resolve("w"), "good");

    Run run = Run.of("train", "--resume", checkpoints, "--save", weights);

    assertEquals(5, run.code(), run.err());
    assertEquals(
        "mnist-app train: the test loss is NaN: the training has diverged; the checkpoints from"
            + " before it are in "
            + checkpoints,
        run.err().strip());
    assertEquals("good", Files.readString(weights));
  }

  @Test
  void evaluatingWeightsThatAreTooLargeIsBadData() throws IOException {
    Path weights = folder.resolve("w.safetensors");
    train("--epochs", 1, "--save", weights);
    Safetensors content = Safetensors.read(weights);
    content.tensors().values().forEach(tensor -> Arrays.fill(tensor.data, 3e38f));
    content.write(weights);

    for (String option : List.of("--json", "--threads=2")) {
      Run run = Run.of("evaluate", "--data", dataFolder, "--weights", weights, option);

      assertEquals(3, run.code(), run.err());
      assertEquals("", run.out());
      assertEquals(
          "mnist-app evaluate: %s: has weights so large that what comes out for 60 of 60 images is not finite"
              .formatted(weights),
          run.err().strip());
    }
  }

  @Test
  void metricsReplaceAnOlderFileAndLeaveNoOther() throws IOException {
    Path file = Files.writeString(folder.resolve("m"), "old");
    train("--epochs", 1, "--metrics", file);

    assertEquals(2, Files.readAllLines(file).size());
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'',                          150, 150",
    "'--limit 100',               50,  50",
    "'--limit 9999',              150, 150",
    "'--limit 100 --validation 1', 99,  1",
    "'--validation 0',            300, 0",
    "'--validation 299',          1,   299",
  })
  void limitAndValidation(String options, int training, int validation) {
    List<Object> args = new ArrayList<>(List.of("--epochs", 1));
    Stream.of(options.split(" ")).filter(s -> !s.isEmpty()).forEach(args::add);

    assertTrue(
        train(args.toArray())
            .out()
            .contains("\n          %d to train, %d to validate,".formatted(training, validation)));
  }

  @Test
  void theLastImagesAreHeldOut() throws IOException {
    Path limited = folder.resolve("limited");
    Path heldOut = folder.resolve("held out");
    train("--epochs", 1, "--save", limited, "--limit", 120, "--validation", 0);
    train("--epochs", 1, "--save", heldOut, "--limit", 170, "--validation", 50);

    assertEquals(-1, Files.mismatch(limited, heldOut));
  }

  @Test
  void theDefaultValidationIsTenThousandImagesOfMnist() {
    assertEquals(10_000, TrainCommand.defaultValidation(Recipe.ARTICLE_SIMPLE, 60_000));
    assertEquals(10_000, TrainCommand.defaultValidation(Recipe.ARTICLE_SIMPLE, 20_000));
    assertEquals(9_999, TrainCommand.defaultValidation(Recipe.ARTICLE_SIMPLE, 19_999));
    assertEquals(0, TrainCommand.defaultValidation(Recipe.ARTICLE_SIMPLE, 1));
    assertEquals(0, TrainCommand.defaultValidation(Recipe.FAST, 60_000));
    assertEquals(0, TrainCommand.defaultValidation(Recipe.BEST, 60_000));
    assertEquals(0, TrainCommand.defaultValidation(Recipe.CIFAR, 60_000));
  }

  @Test
  void aRecipeIsATrainingAsAWhole() throws IOException {
    Path weights = folder.resolve("w.safetensors");
    Path metrics = folder.resolve("m.jsonl");
    Run run = train("--recipe", "fast", "--save", weights, "--metrics", metrics);

    List<String> lines = run.out().lines().toList();
    assertEquals("", run.err());
    assertTrue(lines.get(1).contains("300 to train, 0 to validate"), lines.get(1));
    assertTrue(lines.get(2).startsWith("model     lenet_wide, "), lines.get(2));
    assertEquals("recipe    fast", lines.get(3));
    assertEquals("training  1 epoch, batch size 256, learning rate 0.01, seed 1", lines.get(4));
    JsonNode evaluated = evaluate(weights);
    assertEquals("lenet_wide", evaluated.get("model").asText());
    JsonNode trained = JSON.readTree(Files.readAllLines(metrics).getLast());
    assertEquals(trained.get("testLoss"), evaluated.get("loss"));
  }

  @Test
  void optionsBesideARecipeChangeIt() {
    String out =
        train(
                "--recipe",
                "FAST",
                "--epochs",
                2,
                "--batch-size",
                50,
                "--lr",
                0.005,
                "--validation",
                20,
                "--model",
                "simple")
            .out();
    assertTrue(out.contains("\nmodel     simple, "), out);
    assertTrue(out.contains(", 20 to validate"), out);
    assertTrue(
        out.contains("\ntraining  2 epochs, batch size 50, learning rate 0.005, seed 1\n"), out);
  }

  /** The file says how the network was tested: what its images become, and their views. */
  @ParameterizedTest
  @CsvSource({"best,false", "cifar,true"})
  void aRecipeOfWhitenedImages(String recipe, boolean mirrored) throws IOException {
    Path data = TinyCifar.write(folder.resolve("cifar"));
    Path weights = folder.resolve("w.safetensors");
    Path metrics = folder.resolve("m.jsonl");
    Run run =
        Run.of(
            "train",
            "--data",
            data,
            "--recipe",
            recipe,
            "--model",
            "airbench_half",
            "--epochs",
            3,
            "--batch-size",
            20,
            "--save",
            weights,
            "--metrics",
            metrics);

    assertEquals(0, run.code(), run.err());
    assertTrue(run.out().contains("\nrecipe    " + recipe + "\n"), run.out());
    Run evaluated = Run.of("evaluate", "--data", data, "--weights", weights, "--json");
    assertEquals(0, evaluated.code(), evaluated.err());
    JsonNode trained = JSON.readTree(Files.readAllLines(metrics).getLast());
    assertEquals(trained.get("testLoss"), JSON.readTree(evaluated.out()).get("loss"));
    Preparation preparation = Network.load(weights).preparation();
    assertEquals(new Views(mirrored, 1), preparation.views());
    assertEquals(3, preparation.normalize().mean().length);
    List<Double> losses = new ArrayList<>();
    for (String line : Files.readAllLines(metrics).subList(0, 3)) {
      losses.add(JSON.readTree(line).get("trainLoss").asDouble());
    }
    assertTrue(losses.getLast() < 0.8 * losses.getFirst(), losses.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"lenet5", "resnet20", "mobilenet_small", "conv 4 3 2, bn, relu, dropout, dense"})
  void anyNetworkCanBeTrainedAndEvaluated(String model) throws IOException {
    Path weights = folder.resolve("w.safetensors");
    JsonNode trained =
        metrics("--model", model, "--epochs", 1, "--limit", 60, "--save", weights).getLast();

    JsonNode evaluated = evaluate(weights);

    assertEquals(model, evaluated.get("model").asText());
    assertEquals(trained.get("testLoss"), evaluated.get("loss"));

    Path bare = folder.resolve("bare.safetensors"); // as PyTorch would write it
    new Safetensors(Safetensors.read(weights).tensors(), Map.of()).write(bare);
    Run run = Run.of("evaluate", "--weights", bare, "--data", dataFolder, "--model", model);
    assertTrue(run.out().contains("\nmodel     " + model + ", "), run.err());
    Run other = Run.of("evaluate", "--weights", bare, "--data", dataFolder, "--model", "resnet18");
    assertEquals(3, other.code());
    assertTrue(other.err().contains("are not of the network 'resnet18'"), other.err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          conv 4, relu      | makes [12, 12, 4] of an image, but there are 10 classes: end it with 'dense'
          conv 4, dense 9   | makes [1, 1, 9] of an image, but there are 10 classes: end it with 'dense'
          pool 5, conv 4 3 1 valid, dense | images of 12x12, 10 classes: 'conv 4 3 1 valid' at character 9:
          """)
  void aListOfLayersMustGoWithTheData(String layers, String message) {
    Run run = Run.of("train", "--data", dataFolder, "--model", layers);

    assertEquals(2, run.code(), run.err());
    assertEquals(1, run.errLines().size(), run.err());
    assertTrue(run.err().contains(message), run.err());
  }

  @Test
  void theNetworkOfWeightsMustBeKnown() {
    Run run = Run.of("evaluate", "--weights", "w", "--data", dataFolder, "--model", "resnet19");
    assertEquals(2, run.code());
    assertTrue(run.err().contains("--model must be one of simple, complex, "), run.err());
  }

  @ParameterizedTest
  @EnumSource(Model.class)
  void threadsDoNotChangeABit(Model model) throws IOException {
    Path one = folder.resolve("one");
    Path two = folder.resolve("two");
    train("--model", model, "--epochs", 2, "--batch-size", 7, "--threads", 1, "--save", one);
    train("--model", model, "--epochs", 2, "--batch-size", 7, "--threads", 2, "--save", two);

    assertEquals(-1, Files.mismatch(one, two));
  }

  @Test
  void noMoreThreadsComputeThanThereAreProcessors() {
    int processors = Runtime.getRuntime().availableProcessors();
    Run run = train("--epochs", 1, "--threads", processors + 62);

    assertEquals(0, run.code(), run.err());
    assertEquals(
        "--threads %d: only %d computed with, one per processor"
            .formatted(processors + 62, processors),
        run.err().strip());
    assertTrue(run.out().contains(", " + processors + " threads"), run.out());
  }

  @Test
  void theSeedChangesTheWeights() throws IOException {
    Path one = folder.resolve("one");
    Path two = folder.resolve("two");
    train("--epochs", 1, "--seed", 1, "--save", one);
    train("--epochs", 1, "--seed", 2, "--save", two);

    assertNotEquals(-1, Files.mismatch(one, two));
  }

  @ParameterizedTest
  @EnumSource(Model.class)
  void evaluateGivesTheFiguresOfTheFinalTest(Model model) throws IOException {
    Path weights = folder.resolve("w.safetensors");
    JsonNode trained = metrics("--model", model, "--epochs", 2, "--save", weights).getLast();

    JsonNode evaluated = evaluate(weights);

    assertEquals(model.toString(), evaluated.get("model").asText());
    assertEquals(trained.get("testAccuracy"), evaluated.get("accuracy"));
    assertEquals(trained.get("testLoss"), evaluated.get("loss"));

    Path bare = folder.resolve("bare.safetensors"); // as PyTorch would write it
    new Safetensors(Safetensors.read(weights).tensors(), Map.of()).write(bare);
    assertEquals(evaluated, evaluate(bare));
  }

  @Test
  void evaluatePrintsOneJsonObject() throws IOException {
    Path weights = folder.resolve("w.safetensors");
    train("--epochs", 1, "--save", weights);

    JsonNode json = evaluate(weights);

    assertEquals(
        List.of("model", "images", "accuracy", "loss", "classes", "confusion"), keys(json));
    assertEquals(TinyImages.TEST, json.get("images").asInt());
    assertEquals(TinyImages.CLASSES, json.get("classes").size());
    int correct = 0;
    for (int c = 0; c < TinyImages.CLASSES; c++) {
      JsonNode figures = json.get("classes").get(c);
      assertEquals(List.of("class", "precision", "recall", "images"), keys(figures));
      JsonNode row = json.get("confusion").get(c);
      int images = 0;
      for (JsonNode cell : row) {
        images += cell.asInt();
      }
      assertEquals(images, figures.get("images").asInt());
      assertEquals(row.get(c).asInt() / (double) images, figures.get("recall").asDouble());
      correct += row.get(c).asInt();
    }
    assertEquals(correct / (double) TinyImages.TEST, json.get("accuracy").asDouble());
  }

  @Test
  void evaluatePrintsTheSameForPeople() throws IOException {
    Path weights = folder.resolve("w.safetensors");
    train("--epochs", 1, "--save", weights);

    Run run = Run.of("evaluate", "--data", dataFolder, "--weights", weights);

    assertEquals(0, run.code(), run.err());
    JsonNode json = evaluate(weights);
    String accuracy = "%.2f %%".formatted(100 * json.get("accuracy").asDouble());
    assertTrue(run.out().contains("\ntest      accuracy " + accuracy + ", loss "), run.out());
    List<String> lines = run.out().lines().toList();
    int matrix = lines.indexOf("confusion matrix (row: label, column: prediction)");
    int classes = lines.indexOf("class  precision    recall   images");
    for (int c = 0; c < TinyImages.CLASSES; c++) {
      List<String> row = List.of(lines.get(matrix + 2 + c).strip().split(" +"));
      List<String> expected = new ArrayList<>(List.of(Integer.toString(c)));
      json.get("confusion").get(c).forEach(cell -> expected.add(cell.asText()));
      assertEquals(expected, row);
      assertTrue(lines.get(classes + 1 + c).strip().startsWith(c + " "), lines.toString());
    }
  }

  @Test
  void theConfusionOfTenClassesFits60Columns() {
    long[][] confusion = new long[10][10];
    Arrays.stream(confusion).forEach(row -> Arrays.fill(row, 9999));

    String text = Reports.text(new Evaluation(1, confusion), List.of());

    assertTrue(text.lines().allMatch(line -> line.length() <= 60), text);
    assertTrue(text.contains("\n    9 9999 9999 "), text);
  }

  @Test
  void weightsFitAnyWriterOfTheSameTensors() throws IOException {
    Path weights = folder.resolve("w.safetensors");
    train("--model", "complex", "--epochs", 1, "--save", weights);

    Safetensors file = Safetensors.read(weights);

    assertEquals("complex", file.metadata().get("lanewise.model"));
    assertArrayEquals(new int[] {32, 1, 3, 3}, file.tensors().get("0.weight").dims());
    assertArrayEquals(new int[] {128, 64 * 3 * 3}, file.tensors().get("11.weight").dims());
    assertFalse(file.tensors().containsKey("1.weight"));
  }

  private static Run train(Object... options) {
    List<Object> args = new ArrayList<>(List.of("train", "--data", dataFolder));
    args.addAll(List.of(options));
    Run run = Run.of(args.toArray());
    assertEquals(0, run.code(), run.err());
    return run;
  }

  private List<JsonNode> metrics(Object... options) throws IOException {
    Path file = folder.resolve("metrics");
    List<Object> args = new ArrayList<>(List.of(options));
    args.addAll(List.of("--metrics", file));
    train(args.toArray());
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  private static JsonNode evaluate(Path weights) throws IOException {
    Run run = Run.of("evaluate", "--data", dataFolder, "--weights", weights, "--json");
    assertEquals(0, run.code(), run.err());
    assertEquals(1, run.out().lines().count());
    return JSON.readTree(run.out());
  }

  private static List<String> keys(JsonNode node) {
    List<String> keys = new ArrayList<>();
    node.fieldNames().forEachRemaining(keys::add);
    return keys;
  }
}
