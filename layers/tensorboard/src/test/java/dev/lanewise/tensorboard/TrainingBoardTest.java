// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.tensorboard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.FloatDataset;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.io.CheckpointFolder;
import dev.lanewise.layers.io.WeightsHash;
import dev.lanewise.layers.loss.MeanSquaredError;
import dev.lanewise.layers.metric.RootMeanSquaredError;
import dev.lanewise.layers.metric.TopKAccuracy;
import dev.lanewise.layers.optim.Sgd;
import dev.lanewise.layers.train.EpochReport;
import dev.lanewise.layers.train.Evaluation;
import dev.lanewise.layers.train.Trainer;
import dev.lanewise.layers.train.TrainerBuilder;
import dev.lanewise.layers.train.TrainingListener;
import dev.lanewise.tensorboard.schema.EventProto.Event;
import dev.lanewise.tensorboard.schema.EventProto.GraphDef;
import dev.lanewise.tensorboard.schema.EventProto.Histogram;
import dev.lanewise.tensorboard.schema.EventProto.Summary;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TrainingBoardTest {
  private static final Shape IMAGE = Shape.of(5, 4, 3);
  private static final int IMAGES = 230;
  private static final int BATCH = 10;

  @TempDir Path folder;

  private static FloatDataset images(int count) {
    Random random = new Random(1);
    float[] pixels = new float[count * IMAGE.size()];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      labels[i] = i % 3;
      for (int j = 0; j < IMAGE.size(); j++) {
        pixels[i * IMAGE.size() + j] = j % 3 == labels[i] ? random.nextFloat() : 0;
      }
    }
    return new FloatDataset(IMAGE, 3, pixels, labels);
  }

  private static Network network() {
    Network network =
        new Network(IMAGE, new Conv2d(4, Window.same(3)), new Relu(), new Flatten(), new Dense(3));
    network.initialize(1);
    return network;
  }

  private static TrainerBuilder training(Network network) {
    return Trainer.of(network)
        .optimizer(new Sgd())
        .learningRate(0.05f)
        .batchSize(BATCH)
        .validation(images(30))
        .metrics(new TopKAccuracy(2))
        .team(WorkerTeam.single());
  }

  private static List<Float> values(List<Event> events, String tag) {
    return Events.of(events, tag).stream()
        .map(event -> event.getSummary().getValue(0).getSimpleValue())
        .toList();
  }

  private static void assertClose(double expected, float actual) {
    assertEquals((float) expected, actual);
  }

  @Test
  void aTrainingWithItsFiguresAndTheSameBits() throws IOException {
    Network plain = network();
    training(plain).build().fit(2, images(IMAGES));

    Network network = network();
    Dataset train = images(IMAGES);
    Trainer trainer = training(network).build();
    List<EpochReport> reports = new ArrayList<>();
    List<Double> steps = new ArrayList<>();
    TrainingListener others =
        new TrainingListener() {
          @Override
          public void onStep(int images, double meanLoss) {
            steps.add(meanLoss * images);
          }

          @Override
          public void onEpoch(EpochReport report) {
            reports.add(report);
          }
        };
    try (TrainingBoard board = new TrainingBoard(folder, network, trainer, train)) {
      trainer.fit(2, train, others.then(board));
      board.evaluation("test", Evaluation.of(network, images(60), WorkerTeam.single()));
    }
    assertEquals(WeightsHash.of(plain.state()), WeightsHash.of(network.state()));

    List<Event> events = Events.of(folder);
    List<Long> epochs = List.of(230L, 460L);
    for (int i = 0; i < 2; i++) {
      EpochReport report = reports.get(i);
      assertClose(report.trainLoss(), values(events, "loss/train").get(i));
      assertClose(report.validation().loss(), values(events, "loss/validation").get(i));
      assertClose(report.validation().accuracy(), values(events, "accuracy/validation").get(i));
      double metric = report.validation().metrics().values().iterator().next();
      assertClose(metric, values(events, "metric/validation/top2").get(i));
      assertClose(report.imagesPerSecond(), values(events, "training/images_per_second").get(i));
    }
    assertEquals(epochs, Events.steps(events, "loss/train"));
    assertEquals(epochs, Events.steps(events, "loss/validation"));
    assertEquals(List.of(1f, 2f), values(events, "training/epoch"));
    assertEquals(List.of(460L), Events.steps(events, "accuracy/test"));
    assertEquals(2 * 23, Events.steps(events, "loss/steps").size(), "of each step of 10");
    assertEquals(10L, Events.steps(events, "loss/steps").getFirst());
    assertEquals(460L, Events.steps(events, "loss/steps").getLast());
    for (int i = 0; i < 46; i++) {
      double before = i % 23 == 0 ? 0 : steps.get(i - 1);
      float loss = values(events, "loss/steps").get(i);
      assertEquals((steps.get(i) - before) / BATCH, loss, 1e-6 * loss);
      assertEquals(0.05f, values(events, "training/learning_rate").get(i));
    }
    Set<String> tags =
        events.stream()
            .filter(Event::hasSummary)
            .map(event -> event.getSummary().getValue(0).getTag())
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(
        "[accuracy/test, accuracy/validation, gradients/0.bias, gradients/0.weight,"
            + " gradients/3.bias, gradients/3.weight, images/train, loss/steps, loss/test,"
            + " loss/train, loss/validation, metric/validation/top2, network,"
            + " training/epoch, training/images_per_second, training/learning_rate,"
            + " weights/0.bias, weights/0.weight, weights/3.bias, weights/3.weight]",
        tags.toString());
    GraphDef graph =
        GraphDef.parseFrom(
            events.stream()
                .filter(event -> !event.getGraphDef().isEmpty())
                .findFirst()
                .orElseThrow()
                .getGraphDef());
    assertEquals(5, graph.getNodeCount());
    String table = Events.value(events, "network").getTensor().getStringVal(0).toStringUtf8();
    assertEquals("```\n" + network.summary() + "```", table);
  }

  @Test
  void histogramsAreThoseAfterTheEpoch() throws IOException {
    Network network = network();
    Dataset train = images(IMAGES);
    Trainer trainer = training(network).build();
    try (TrainingBoard board = new TrainingBoard(folder, network, trainer, train)) {
      trainer.fit(1, train, board);
    }
    List<Event> events = Events.of(folder);

    for (Map.Entry<String, Parameter> entry : network.parameters().entrySet()) {
      Parameter parameter = entry.getValue();
      Histogram weights = Events.value(events, "weights/" + entry.getKey()).getHisto();
      assertEquals(Histograms.of(parameter.value()).toString(), weights.toString());
      Histogram gradients = Events.value(events, "gradients/" + entry.getKey()).getHisto();
      assertEquals(Histograms.of(parameter.grad()).toString(), gradients.toString());
      assertTrue(gradients.getMax() > gradients.getMin());
    }
  }

  @Test
  void aLongEpochHasAboutAHundredPoints() throws IOException {
    Network network = network();
    Dataset train = images(2345);
    Trainer trainer = training(network).batchSize(7).build();
    try (TrainingBoard board = new TrainingBoard(folder, network, trainer, train)) {
      trainer.fit(1, train, board);
    }
    List<Long> steps = Events.steps(Events.of(folder), "loss/steps");

    assertEquals(Math.ceilDiv(2345, 28), steps.size(), "windows of 23 images end with a batch");
    assertEquals(28L, steps.getFirst());
    assertEquals(2345L, steps.getLast());
  }

  @Test
  void aResumedTrainingGoesOnInAFileOfItsOwn() throws IOException {
    Dataset train = images(IMAGES);
    Path checkpoints = folder.resolve("checkpoints");
    Path run = folder.resolve("run");
    Network whole = network();
    Trainer unbroken = training(whole).build();
    Path other = folder.resolve("other");
    try (TrainingBoard board = new TrainingBoard(other, whole, unbroken, train)) {
      unbroken.fit(2, train, board);
    }

    Network network = network();
    Trainer first = training(network).build();
    try (CheckpointFolder saved = CheckpointFolder.open(checkpoints);
        TrainingBoard board = new TrainingBoard(run, network, first, train)) {
      TrainingListener stopping =
          new TrainingListener() {
            @Override
            public void onStep(int images, double meanLoss) {
              if (first.epochs() == 1 && images == 100) {
                try {
                  saved.save(first.checkpoint(Map.of()));
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              }
              if (first.epochs() == 1 && images == 150) {
                throw new IllegalStateException("killed");
              }
            }
          };
      assertThrows(IllegalStateException.class, () -> first.fit(2, train, board.then(stopping)));
    }
    Network again = network();
    Trainer second = training(again).build();
    try (CheckpointFolder saved = CheckpointFolder.open(checkpoints);
        TrainingBoard board = new TrainingBoard(run, again, second, train)) {
      second.restore(saved.newest(warning -> {}).orElseThrow());
      second.fit(1, train, board);
    }

    List<Path> files = Events.files(run);
    assertEquals(2, files.size());
    List<Event> late = Events.read(files.get(1));
    assertTrue(late.get(1).hasSessionLog());
    assertEquals(340, late.get(1).getStep(), "one step after image 100 of the second epoch");
    List<Event> early = Events.read(files.get(0));
    List<Long> steps = new ArrayList<>(Events.steps(early, "loss/steps"));
    assertEquals(380L, steps.getLast());
    steps.removeIf(step -> step >= 340);
    steps.addAll(Events.steps(late, "loss/steps"));
    List<Event> expected = Events.of(other);
    assertEquals(Events.steps(expected, "loss/steps"), steps);
    assertEquals(List.of(460L), Events.steps(late, "loss/train"));
    assertEquals(values(expected, "loss/train").getLast(), values(late, "loss/train").getFirst());
    assertEquals(
        Events.of(expected, "gradients/0.weight").getLast().getSummary().toString(),
        Events.of(late, "gradients/0.weight").getLast().getSummary().toString());
  }

  private Summary.Image shown(Shape shape, float[] pixels, int count) throws IOException {
    Dataset train = new FloatDataset(shape, 2, pixels, new int[count]);
    Network network = new Network(shape, new Flatten(), new Dense(2));
    network.initialize(1);
    Trainer trainer =
        Trainer.of(network).optimizer(new Sgd()).learningRate(0.01f).batchSize(count).build();
    try (TrainingBoard board = new TrainingBoard(folder, network, trainer, train)) {
      trainer.fit(1, train, board);
    }
    return Events.value(Events.of(folder), "images/train").getImage();
  }

  @Test
  void imagesAreSpreadOverTheSetAndTheirRange() throws IOException {
    float[] pixels = new float[100 * 4];
    for (int i = 0; i < 100; i++) {
      pixels[i * 4] = i / 99f;
      pixels[i * 4 + 1] = -3;
    }
    Summary.Image image = shown(Shape.of(2, 2, 1), pixels, 100);
    BufferedImage sheet = ImageIO.read(image.getEncodedImageString().newInput());

    assertEquals(5 * 4 - 2, sheet.getWidth());
    assertEquals(5 * 4 - 2, sheet.getHeight());
    for (int i = 0; i < 25; i++) {
      int[] levels = sheet.getRaster().getPixels(i % 5 * 4, i / 5 * 4, 2, 2, (int[]) null);
      assertArrayEquals(
          new int[] {Math.round((i * 4 / 99f + 3) / 4 * 255), 0, 191, 191}, levels, "image " + i);
    }
  }

  @Test
  void ofManyChannelsTheFirstThreeAreShown() throws IOException {
    float[] pixels = {0, 0.2f, 0.4f, 0.6f, 1, 0.8f, 0.6f, 0.4f};
    Summary.Image image = shown(Shape.of(1, 2, 4), pixels, 1);
    BufferedImage sheet = ImageIO.read(image.getEncodedImageString().newInput());

    assertEquals(0xFF003366, sheet.getRGB(0, 0));
    assertEquals(0xFFFFCC99, sheet.getRGB(1, 0));
  }

  @Test
  void valuesAsTargetsOfFlatVectors() throws IOException {
    FloatDataset train =
        new FloatDataset(Shape.flat(2), 1, new float[] {1, 2, 3, 4}, new float[] {1, 2});
    Network network = new Network(Shape.flat(2), new Dense(1));
    network.initialize(1);
    Trainer trainer =
        Trainer.of(network)
            .optimizer(new Sgd())
            .learningRate(0.01f)
            .batchSize(2)
            .loss(new MeanSquaredError())
            .validation(train)
            .metrics(new RootMeanSquaredError())
            .build();
    try (TrainingBoard board = new TrainingBoard(folder, network, trainer, train)) {
      trainer.fit(1, train, board);
    }
    List<Event> events = Events.of(folder);

    assertEquals(List.of(2L), Events.steps(events, "metric/validation/rmse"));
    assertEquals(List.of(), Events.steps(events, "accuracy/validation"));
    assertEquals(List.of(), Events.steps(events, "images/train"));
  }

  @Test
  void aFileThatCannotBeWrittenEndsTheTraining() throws IOException {
    Network network = network();
    Dataset train = images(IMAGES);
    Trainer trainer = training(network).build();
    TrainingBoard board = new TrainingBoard(folder, network, trainer, train);
    board.close();

    assertThrows(UncheckedIOException.class, () -> trainer.fit(1, train, board));
    assertEquals(0, trainer.epochs());
  }
}
