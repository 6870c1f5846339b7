// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.FloatDataset;
import dev.lanewise.layers.data.Framing;
import dev.lanewise.layers.data.ImageDataset;
import dev.lanewise.layers.data.Normalize;
import dev.lanewise.layers.data.Picture;
import dev.lanewise.layers.data.Preparation;
import dev.lanewise.layers.data.Views;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.io.CheckpointFolder;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.optim.Sgd;
import dev.lanewise.layers.train.Evaluation;
import dev.lanewise.layers.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PreparationTest {
  private static final Shape IMAGE = Shape.of(4, 5, 3);
  private static final List<String> NAMES = List.of("cat", "dog \"rex\"", "\u4e2d\n");

  /** Numbers that lose bits where digits are saved, or where a double comes in between. */
  private static final Preparation PREPARATION =
      new Preparation(
          Framing.crop(7).background(3),
          new Normalize(
              new float[] {0.1f + 0.2f, -1.17549435e-38f, 8388609.5f},
              new float[] {Float.MIN_VALUE, 1 / 3f, Float.MAX_VALUE}),
          NAMES,
          new Views(true, 2));

  @TempDir Path folder;

  private static Network network() {
    Network network = new Network(IMAGE, new Flatten(), new Dense(8), new Relu(), new Dense(3));
    network.initialize(1);
    return network;
  }

  /** Where nothing is known, grey pictures are taken for digits. */
  @Test
  void picturesOfAnySizeHaveAFraming() {
    Shape grey = Shape.of(28, 28, 1);
    assertEquals(Framing.DIGIT, Preparation.NONE.framingOfAnySize(grey));
    assertEquals(Framing.CROP, Preparation.NONE.framingOfAnySize(IMAGE));
    Preparation known = Preparation.NONE.framing(Framing.STRETCH.background(3));
    assertEquals(known.framing(), known.framingOfAnySize(grey));
  }

  @Test
  void aModelFileKeepsThatDigitsAreFound() throws IOException {
    Network network = new Network(Shape.of(4, 5, 1), new Flatten(), new Dense(3));
    Path file = folder.resolve("digits");
    network.with(Preparation.NONE.framing(Framing.DIGIT)).save(file);
    assertEquals(Framing.DIGIT, Network.load(file).preparation().framing());
  }

  @Test
  void aModelFileKeepsItToTheLastBit() throws IOException {
    Path file = folder.resolve("m.safetensors");
    network().with(PREPARATION).save(file);
    Network loaded = Network.load(file);
    assertEquals(PREPARATION, loaded.preparation());
    assertArrayEquals(PREPARATION.normalize().mean(), loaded.preparation().normalize().mean());
    loaded.save(file);
    assertEquals(PREPARATION, Network.load(file).preparation());
    for (Preparation part :
        List.of(
            Preparation.NONE.framing(Framing.STRETCH),
            Preparation.NONE.normalize(new Normalize(0.5f, 0.25f)),
            Preparation.NONE.classNames(NAMES),
            Preparation.NONE.views(new Views(false, 3)),
            Preparation.NONE.views(new Views(true, 0)))) {
      network().with(part).save(file);
      assertEquals(part, Network.load(file).preparation());
    }
  }

  /** The tensors are the same file, byte by byte, where there is nothing to be kept. */
  @Test
  void aNetworkThatSaysNothingIsSavedAsBefore() throws IOException {
    Path file = folder.resolve("m.safetensors");
    network().save(file);
    byte[] bytes = Files.readAllBytes(file);
    assertFalse(ModelFile.readMetadata(file).containsKey(ModelFile.PREPARATION));
    network().with(Preparation.NONE).save(file);
    assertArrayEquals(bytes, Files.readAllBytes(file));
    assertEquals(Preparation.NONE, Network.load(file).preparation());
  }

  @Test
  void theFileSaysItInJson() throws IOException {
    Path file = folder.resolve("m.safetensors");
    network()
        .with(
            new Preparation(Framing.CROP, new Normalize(0.1307f, 0.3081f), List.of("a", "b", "c"))
                .views(new Views(true, 1)))
        .save(file);
    assertEquals(
        "{\"version\":1,\"framing\":{\"mode\":\"crop\",\"side\":0,\"background\":255},"
            + "\"mean\":[0.1307],\"deviation\":[0.3081],\"classNames\":[\"a\",\"b\",\"c\"],"
            + "\"views\":{\"mirrored\":true,\"shift\":1}}",
        ModelFile.readMetadata(file).get(ModelFile.PREPARATION));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[]|the preparation is START_ARRAY, expected START_OBJECT",
        "{|not the JSON expected: ",
        "{\"version\":2}|version 2 of the format, expected 1",
        "{\"version\":1} 1|something is behind the end of the JSON",
        "{\"version\":1,\"colour\":1}|unknown field 'colour'",
        "{\"version\":1,\"mean\":[1]}|one of mean and deviation is missing, expected both",
        "{\"version\":1,\"mean\":[1,\"a\"]}|mean has VALUE_STRING",
        "{\"version\":1,\"mean\":[1],\"deviation\":[0]}|the mean must be finite and the deviation",
        "{\"version\":1,\"mean\":[1,1],\"deviation\":[1,1]}|there are means of 2 channels, but",
        "{\"version\":1,\"classNames\":[\"a\"]}|there are 1 class names, but the network has 3",
        "{\"version\":1,\"classNames\":[1]}|classNames is VALUE_NUMBER_INT, expected VALUE_STRING",
        "{\"version\":1,\"framing\":{\"mode\":\"wild\"}}|unknown mode of framing 'wild'",
        "{\"version\":1,\"framing\":{\"mode\":\"crop\",\"side\":2}}|the side to resize to must be",
        "{\"version\":1,\"framing\":{\"colour\":2}}|unknown field 'colour' of framing",
        "{\"version\":1,\"views\":1}|views is VALUE_NUMBER_INT, expected START_OBJECT",
        "{\"version\":1,\"views\":{\"mirrored\":1}}|mirrored is VALUE_NUMBER_INT, expected true or",
        "{\"version\":1,\"views\":{\"shift\":-1}}|the shift must be at least 0, but is -1",
        "{\"version\":1,\"views\":{\"shift\":4}}|views shifted by 4 pixels need larger images",
        "{\"version\":1,\"views\":{\"colour\":2}}|unknown field 'colour' of views",
        "{\"version\":1,\"framing\":{\"side\":[[1]]}}|not the JSON expected: "
      })
  void whatIsWrittenWrongIsNamed(String json, String fault) throws IOException {
    Path file = folder.resolve("m.safetensors");
    ModelFile.save(network().graph(), Map.of(ModelFile.PREPARATION, json), file);
    String message = assertThrows(DataException.class, () -> Network.load(file)).getMessage();
    assertTrue(
        message.startsWith(file + ": describes no preparation of images: " + fault), message);
  }

  @Test
  void whatDoesNotFitTheNetworkIsRefused() {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> network().with(Preparation.NONE.classNames(List.of("a"))))
            .getMessage();
    assertEquals("there are 1 class names, but the network has 3 outputs", message);
  }

  @Test
  void aPartOfTheNetworkKeepsItButForTheNames() {
    Network part = network().with(PREPARATION).upTo("1");
    assertEquals(PREPARATION.classNames(List.of()), part.preparation());
    assertSame(network().with(PREPARATION).preparation(), PREPARATION, "it is not copied");
  }

  private static float[] images(int count) {
    RandomStream random = new RandomStream(4);
    float[] images = new float[count * IMAGE.size()];
    for (int i = 0; i < images.length; i++) {
      images[i] = (float) random.nextDouble();
    }
    return images;
  }

  private static FloatDataset data(float[] images) {
    int[] labels = new int[images.length / IMAGE.size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i % 3;
    }
    return new FloatDataset(IMAGE, 3, images, labels);
  }

  /** Training, evaluation and prediction do what would else be done to the images by hand. */
  @Test
  void itIsDoneToAllImages() {
    Normalize normalize =
        new Normalize(new float[] {0.4f, 0.5f, 0.6f}, new float[] {0.1f, 0.2f, 0.3f});
    float[] images = images(20);
    float[] normalized = images.clone();
    for (int i = 0; i < images.length; i += IMAGE.size()) {
      normalize.apply(normalized, i, IMAGE);
    }
    Network plain = network();
    Network prepared = network().with(Preparation.NONE.normalize(normalize));
    try (WorkerTeam team = new WorkerTeam(2)) {
      for (Network network : List.of(plain, prepared)) {
        FloatDataset train = data(network == plain ? normalized : images);
        Trainer.of(network)
            .optimizer(new Sgd())
            .learningRate(0.05f)
            .batchSize(6)
            .team(team)
            .validation(train)
            .build()
            .fit(2, train);
      }
      assertEquals(
          Evaluation.of(plain, data(normalized), team).loss(),
          Evaluation.of(prepared, data(images), team).loss());
    }
    float[] expected = new float[20 * 3];
    float[] found = new float[20 * 3];
    new Predictor(plain, 8).outputs(20, normalized, expected);
    float[] before = images.clone();
    new Predictor(prepared, 8).outputs(20, images, found);
    assertArrayEquals(expected, found);
    assertArrayEquals(before, images, "the images given stay as they are");
  }

  @Test
  void aPictureIsPreparedAsTheNetworkSays() {
    byte[] rgba = new byte[4 * 8 * 11];
    for (int i = 0; i < rgba.length; i++) {
      rgba[i] = (byte) (i * 31);
    }
    Picture picture = new Picture(8, 11, rgba);
    Predictor predictor = new Predictor(network().with(PREPARATION));
    assertEquals(NAMES, predictor.classNames());
    byte[] pixels = PREPARATION.framing().image(picture, IMAGE);
    float[] image = predictor.image(picture);
    for (int i = 0; i < pixels.length; i++) {
      assertEquals((pixels[i] & 0xFF) / 255f, image[i]);
    }
    assertThrows(IllegalArgumentException.class, () -> new Predictor(network()).image(picture));
  }

  @Test
  void itComesFromTheTrainingImages() {
    byte[] pixels = new byte[2 * IMAGE.size()];
    Arrays.fill(pixels, IMAGE.size(), pixels.length, (byte) 255);
    ImageDataset train = new ImageDataset(IMAGE, NAMES, pixels, new byte[] {0, 2});
    Preparation preparation = Preparation.of(train, WorkerTeam.single());
    assertEquals(new Preparation(Framing.EXACT, preparation.normalize(), NAMES), preparation);
    assertArrayEquals(new float[] {0.5f, 0.5f, 0.5f}, preparation.normalize().mean());
    assertArrayEquals(new float[] {0.5f, 0.5f, 0.5f}, preparation.normalize().deviation());
  }

  /** A checkpoint is a model file as well; one of a run that prepared otherwise is refused. */
  @Test
  void checkpointsKeepIt() throws IOException {
    Preparation one = Preparation.NONE.normalize(new Normalize(0.5f, 0.25f));
    FloatDataset train = data(images(6));
    try (CheckpointFolder checkpoints = CheckpointFolder.open(folder)) {
      Trainer trainer = trainer(network().with(one));
      trainer.fit(1, train);
      checkpoints.save(trainer.checkpoint(Map.of()));
      CheckpointFolder.Entry newest = checkpoints.newest(warning -> {}).orElseThrow();
      assertEquals(one, Network.load(newest.file()).preparation());
      trainer(network().with(one)).restore(newest);
      assertEquals(
          newest.file()
              + ": was saved by a run that prepared its images or named its classes in another way",
          assertThrows(DataException.class, () -> trainer(network()).restore(newest)).getMessage());
    }
  }

  private static Trainer trainer(Network network) {
    return Trainer.of(network).optimizer(new Sgd()).learningRate(0.05f).batchSize(6).build();
  }
}
