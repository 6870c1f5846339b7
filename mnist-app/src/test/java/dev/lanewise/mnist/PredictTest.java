// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.io.Safetensors;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PredictTest {
  private static final int SIDE = TinyImages.SIDE;

  @TempDir static Path data;
  @TempDir Path folder;

  @BeforeAll
  static void writeData() throws IOException {
    TinyImages.write(data);
  }

  private Path train(Model model) {
    Path weights = folder.resolve(model + ".safetensors");
    Run run = Run.of("train", "--data", data, "--model", model, "--epochs", 4, "--save", weights);
    assertEquals(0, run.code(), run.err());
    return weights;
  }

  /** Test image {@code i}, {@code [SIDE, SIDE]}. */
  private static byte[] pixels(int i) throws IOException {
    byte[] images = Files.readAllBytes(data.resolve("t10k-images-idx3-ubyte"));
    return Arrays.copyOfRange(images, 16 + i * SIDE * SIDE, 16 + (i + 1) * SIDE * SIDE);
  }

  private static byte[] inverted(byte[] pixels) {
    byte[] inverted = pixels.clone();
    for (int i = 0; i < inverted.length; i++) {
      inverted[i] = (byte) (255 - (pixels[i] & 0xFF));
    }
    return inverted;
  }

  private List<JsonNode> predict(Object... args) throws IOException {
    List<Object> line = new ArrayList<>(List.of("predict", "--json", "--weights"));
    line.addAll(List.of(args));
    Run run = Run.of(line.toArray());
    assertEquals(0, run.code(), run.err());
    assertEquals("", run.err());
    List<JsonNode> predictions = new ArrayList<>();
    for (String each : run.out().lines().toList()) {
      predictions.add(new ObjectMapper().readTree(each));
    }
    return predictions;
  }

  private void fails(int code, Path named, String part, Object... args) {
    List<Object> line = new ArrayList<>(List.of("predict", "--weights"));
    line.addAll(List.of(args));
    Run run = Run.of(line.toArray());
    assertEquals(code, run.code(), run.err());
    assertEquals("", run.out());
    assertEquals(1, run.errLines().size(), run.err());
    assertTrue(run.err().startsWith("mnist-app predict: " + named + ": "), run.err());
    assertTrue(run.err().contains(part), run.err());
  }

  /** The pictures are the test images: what they are taken for must add up to the same. */
  @ParameterizedTest
  @EnumSource(Model.class)
  void predictsWhatEvaluateCounts(Model model) throws IOException {
    Path weights = train(model);
    List<Object> args = new ArrayList<>(List.of(weights));
    for (int i = 0; i < TinyImages.TEST; i++) {
      args.add(PngFile.grey(folder.resolve(i + ".png"), SIDE, pixels(i)));
    }
    List<JsonNode> predictions = predict(args.toArray());

    assertEquals(TinyImages.TEST, predictions.size());
    int[][] confusion = new int[TinyImages.CLASSES][TinyImages.CLASSES];
    double loss = 0;
    for (int i = 0; i < TinyImages.TEST; i++) {
      JsonNode prediction = predictions.get(i);
      int label = i % TinyImages.CLASSES;
      assertEquals(folder.resolve(i + ".png").toString(), prediction.get("image").asText());
      JsonNode probabilities = prediction.get("probabilities");
      assertEquals(TinyImages.CLASSES, probabilities.size());
      double sum = 0;
      for (JsonNode probability : probabilities) {
        sum += probability.asDouble();
        assertTrue(probability.asDouble() <= prediction.get("probability").asDouble());
      }
      assertEquals(1, sum, 1e-5);
      int best = prediction.get("class").asInt();
      assertEquals(prediction.get("probability"), probabilities.get(best));
      confusion[label][best]++;
      loss -= Math.log(probabilities.get(label).asDouble()) / TinyImages.TEST;
    }
    Run evaluated = Run.of("evaluate", "--json", "--data", data, "--weights", weights);
    JsonNode expected = new ObjectMapper().readTree(evaluated.out());
    assertEquals(expected.get("confusion"), new ObjectMapper().valueToTree(confusion));
    assertEquals(expected.get("loss").asDouble(), loss, 1e-6);
  }

  @Test
  void forPeopleItPrintsALineForEach() throws IOException {
    Path weights = train(Model.SIMPLE);
    Path picture = PngFile.grey(folder.resolve("a line\nbreak.png"), SIDE, pixels(3));
    JsonNode prediction = predict(weights, picture).getFirst();

    Run run = Run.of("predict", "--weights", weights, picture, picture);

    List<Double> probabilities = new ArrayList<>();
    prediction.get("probabilities").forEach(each -> probabilities.add(each.asDouble()));
    List<Integer> classes = new ArrayList<>(IntStream.range(0, 10).boxed().toList());
    classes.sort(Comparator.comparing(c -> -probabilities.get(c)));
    assertEquals(prediction.get("class").asInt(), classes.getFirst());
    String best =
        classes.stream()
            .limit(3)
            .map(c -> "%d (%.2f %%)".formatted(c, 100 * probabilities.get(c)))
            .collect(Collectors.joining(", "));
    String line = folder + "/a line break.png: " + best;
    assertEquals(List.of(line, line), run.out().lines().toList());
    assertEquals("", run.err());
  }

  @Test
  void aNetworkOfTwoClassesHasTwoBest() throws IOException {
    Network network = Model.SIMPLE.build(new Shape(SIDE, SIDE, 1), 2); // not initialised: all equal
    Path weights = folder.resolve("w");
    ModelFile.save(network.graph(), Map.of(), weights);
    Path picture = PngFile.grey(folder.resolve("p"), SIDE, pixels(3));
    Run run = Run.of("predict", "--weights", weights, picture);
    assertEquals(picture + ": 0 (50.00 %), 1 (50.00 %)", run.out().strip(), run.err());
  }

  @Test
  void everyKindOfPictureOfTheSameIsTakenForTheSame() throws IOException {
    Path weights = train(Model.SIMPLE);
    byte[] pixels = pixels(7);
    byte[] rgb = new byte[3 * pixels.length];
    byte[] ink = new byte[4 * pixels.length]; // white, as opaque as the image is bright
    byte[] paper = new byte[4 * pixels.length]; // black in the same way
    for (int i = 0; i < pixels.length; i++) {
      Arrays.fill(rgb, 3 * i, 3 * i + 3, pixels[i]);
      Arrays.fill(ink, 4 * i, 4 * i + 3, (byte) 255);
      ink[4 * i + 3] = pixels[i];
      paper[4 * i + 3] = pixels[i];
    }
    Path grey = PngFile.grey(folder.resolve("grey.png"), SIDE, pixels);
    String expected = withoutName(predict(weights, grey));
    for (Path same :
        List.of(
            PngFile.write(folder.resolve("rgb"), BufferedImage.TYPE_INT_RGB, SIDE, rgb),
            PngFile.write(folder.resolve("ink"), BufferedImage.TYPE_INT_ARGB, SIDE, ink))) {
      assertEquals(expected, withoutName(predict(weights, same)), same.toString());
    }
    for (Path dark :
        List.of(
            PngFile.grey(folder.resolve("dark"), SIDE, inverted(pixels)),
            PngFile.write(folder.resolve("paper"), BufferedImage.TYPE_INT_ARGB, SIDE, paper))) {
      assertEquals(expected, withoutName(predict(weights, "--invert", dark)), dark.toString());
    }
    Path dark = folder.resolve("dark");
    assertFalse(expected.equals(withoutName(predictWithHint(weights, dark))));
  }

  /** What looks inverted is classified as it is, and one line says what would come out else. */
  private List<JsonNode> predictWithHint(Object... args) throws IOException {
    List<Object> line = new ArrayList<>(List.of("predict", "--json", "--weights"));
    line.addAll(List.of(args));
    Run run = Run.of(line.toArray());
    assertEquals(0, run.code(), run.err());
    assertEquals(1, run.errLines().size(), run.err());
    assertTrue(run.err().startsWith("hint: "), run.err());
    return List.of(new ObjectMapper().readTree(run.out()));
  }

  @Test
  void picturesThatLookInvertedGetAHint() throws IOException {
    Path weights = train(Model.SIMPLE);
    byte[] pixels = pixels(7);
    byte[] ink = new byte[4 * pixels.length]; // black on a transparent canvas
    for (int i = 0; i < pixels.length; i++) {
      ink[4 * i + 3] = pixels[i];
    }
    Path light = PngFile.grey(folder.resolve("light.png"), SIDE, pixels);
    Path dark = PngFile.grey(folder.resolve("dark.png"), SIDE, inverted(pixels));
    Path paper = PngFile.write(folder.resolve("paper.png"), BufferedImage.TYPE_INT_ARGB, SIDE, ink);
    JsonNode expected = predict(weights, light).getFirst();
    String answer =
        expected.get("class")
            + " (%.2f %%)".formatted(100 * expected.get("probability").asDouble());

    Run one = Run.of("predict", "--weights", weights, paper, light);
    assertEquals(
        "hint: "
            + paper
            + ": is dark on light, but MNIST's digits are light on dark: --invert gives "
            + answer,
        one.err().strip());
    assertEquals(2, one.out().lines().count());

    Run two = Run.of("predict", "--weights", weights, dark, light, paper);
    assertTrue(two.err().startsWith("hint: " + dark + ": is dark on light"), two.err());
    assertTrue(two.err().strip().endsWith("gives " + answer + "; the same holds for 1 more"));
    assertEquals(1, two.errLines().size());

    Run turned = Run.of("predict", "--invert", "--weights", weights, light, dark, paper);
    assertEquals(
        "hint: " + light + ": is light on dark without --invert, which gives " + answer,
        turned.err().strip());
  }

  @Test
  void aNetworkThatMakesMapsHasNoClasses() throws IOException {
    Path maps = folder.resolve("maps.safetensors");
    Network network = new Network(Shape.of(SIDE, SIDE, 1), new Conv2d(2, Window.same(3)));
    network.initialize(1);
    network.save(maps);
    Path png = PngFile.grey(folder.resolve("p.png"), SIDE, pixels(7));
    for (Run run :
        List.of(
            Run.of("predict", "--weights", maps, png),
            Run.of("evaluate", "--weights", maps, "--data", data))) {
      assertEquals(3, run.code(), run.err());
      assertTrue(run.err().contains("whose output is no list of classes"), run.err());
    }
    assertEquals(0, Run.of("summary", "--weights", maps).code());
  }

  /** Whatever the file is called; and what is overlooked is said. */
  @Test
  void everyFormatIsReadAndWhatIsWrongWithAFileIsSaid() throws IOException {
    Path weights = train(Model.SIMPLE);
    Path png = PngFile.grey(folder.resolve("p.png"), SIDE, pixels(7));
    JsonNode expected = predict(weights, png).getFirst();
    for (String format : List.of("jpg", "bmp", "gif")) {
      Path other = folder.resolve(format + ".png");
      BufferedImage picture = ImageIO.read(png.toFile());
      if (format.equals("bmp")) { // without a profile of grey
        picture = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_3BYTE_BGR);
        for (int i = 0; i < SIDE * SIDE; i++) {
          picture.setRGB(i % SIDE, i / SIDE, (pixels(7)[i] & 0xFF) * 0x010101);
        }
      }
      assertTrue(ImageIO.write(picture, format, other.toFile()));
      JsonNode prediction = predict(weights, other).getFirst();
      assertEquals(expected.get("class"), prediction.get("class"), format);
      assertEquals(
          expected.get("probability").asDouble(), prediction.get("probability").asDouble(), 0.05);
    }
    Files.write(png, new byte[3], StandardOpenOption.APPEND);
    Run run = Run.of("predict", "--json", "--weights", weights, png);
    assertEquals("warning: " + png + ": has 3 bytes after its end, left unread", run.err().strip());
    assertEquals(expected, new ObjectMapper().readTree(run.out()));
  }

  /** Found, framed, and what was done is said in a line; colours are cropped. */
  @Test
  void picturesOfAnotherSizeArePrepared() throws IOException {
    Path weights = train(Model.SIMPLE);
    int side = 300;
    byte[] paper = new byte[side * side];
    for (int i = 0; i < paper.length; i++) { // a vertical stroke
      int x = i % side;
      int y = i / side;
      paper[i] = (byte) (x >= 140 && x < 160 && y >= 60 && y < 240 ? 30 : 220);
    }
    Path photo = PngFile.grey(folder.resolve("photo.png"), side, paper);
    Run run = Run.of("predict", "--json", "--weights", weights, photo);
    assertEquals(0, run.code(), run.err());
    assertEquals(
        "note: "
            + photo
            + ": Dark on light: inverted. Ink of 20 x 180 pixels, scaled to 1 x 9, centre of mass"
            + " moved to the middle of 12 x 12.",
        run.err().strip());
    Path light = PngFile.grey(folder.resolve("light.png"), side, inverted(paper));
    Run same = Run.of("predict", "--json", "--weights", weights, "--invert", light);
    assertTrue(same.err().contains("Light on dark. Ink of 20 x 180"), same.err());
    assertEquals(
        new ObjectMapper().readTree(run.out()).get("probabilities"),
        new ObjectMapper().readTree(same.out()).get("probabilities"));

    Path web = Files.writeString(folder.resolve("p.webp"), "RIFF....WEBPVP8 ");
    fails(
        3,
        web,
        "is a WebP picture, expected a PNG, JPEG, BMP or GIF file: convert it",
        weights,
        web);
  }

  private static String withoutName(List<JsonNode> predictions) {
    return predictions.getFirst().get("probabilities").toString();
  }

  /** Red, green and blue in the order of the network's channels. */
  @Test
  void aNetworkOfThreeChannelsSeesColours() throws IOException {
    Network network = Model.SIMPLE.build(new Shape(4, 5, 3), 2);
    network.initialize(1);
    Path weights = folder.resolve("w");
    ModelFile.save(network.graph(), SavedNetwork.metadata("simple", network.inputShape()), weights);
    byte[] rgb = new byte[4 * 5 * 3];
    Network.Pass pass = network.inferencePass(1, WorkerTeam.single());
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (4 * i);
      pass.input().data[pass.input().offset + i] = 4 * i / 255f;
    }
    Path picture = PngFile.write(folder.resolve("p"), BufferedImage.TYPE_INT_RGB, 5, rgb);

    JsonNode probabilities = predict(weights, picture).getFirst().get("probabilities");

    Tensor logits = pass.forward(1);
    double difference = logits.data[logits.offset] - logits.data[logits.offset + 1];
    assertEquals(1 / (1 + Math.exp(-difference)), probabilities.get(0).asDouble(), 1e-6);
    Path wide = PngFile.grey(folder.resolve("q"), 9, new byte[36]);
    Run run = Run.of("predict", "--weights", weights, wide);
    assertEquals(
        "note: " + wide + ": A picture of 9 x 4, scaled and cut to 5 x 4.", run.err().strip());
  }

  @Test
  void oneBadPictureAndNothingIsPrinted() throws IOException {
    Path weights = train(Model.SIMPLE);
    Path good = PngFile.grey(folder.resolve("good"), SIDE, pixels(0));
    Path text = Files.writeString(folder.resolve("text"), "no picture");
    fails(3, text, "is text, expected a PNG, JPEG, BMP or GIF file", weights, good, text);
    fails(4, folder.resolve("none"), "no such file", weights, good, folder.resolve("none"));
    fails(4, folder, "is a folder", weights, good, folder);
    fails(3, text, "is text, expected a safetensors file", text, good);
  }

  /** As PyTorch writes them: nothing says for which size. */
  @Test
  void weightsAloneGoWithEverySizeThatFits() throws IOException {
    Path weights = train(Model.COMPLEX);
    Path bare = folder.resolve("bare");
    new Safetensors(Safetensors.read(weights).tensors(), Map.of()).write(bare);
    Path picture = PngFile.grey(folder.resolve("p"), SIDE, pixels(0));
    assertEquals(predict(weights, picture), predict(bare, picture));

    Path one = PngFile.grey(folder.resolve("one"), 1, (byte) 1);
    Path wide = PngFile.grey(folder.resolve("wide"), 16, new byte[16 * 12]);
    Path longer = PngFile.grey(folder.resolve("longer"), SIDE, new byte[15 * 12]);
    assertEquals(1, predict(bare, longer).size()); // 15 / 4 = 12 / 4: as in PyTorch
    fails(3, bare, "not of the network 'complex' for images of 1x1", bare, one);
    fails(3, bare, "not of the network 'complex' for images of 12x16", bare, wide);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          512x512x1   | not of the network 'simple' for images of 512x512
          13x14x1     | not of the network 'simple' for images of 13x14
          12x12x3     | tensor '0.weight' has shape [8, 1, 3, 3], expected [8, 3, 3, 3]
          12x12x2     | has lanewise.input '12x12x2', expected such as 28x28x1
          0x12x1      | has lanewise.input
          1000x12x1   | has lanewise.input
          -12x12x1    | has lanewise.input
          12x12       | has lanewise.input
          99999999999999999999x1x1 | has lanewise.input
          """)
  void whatAFileSaysOfSizesIsChecked(String input, String fault) throws IOException {
    Safetensors trained = Safetensors.read(train(Model.SIMPLE));
    Path weights = folder.resolve("w");
    new Safetensors(trained.tensors(), Map.of("lanewise.input", input)).write(weights);
    fails(3, weights, fault, weights, PngFile.grey(folder.resolve("p"), SIDE, pixels(0)));
  }

  @Test
  void tensorsOfOtherNetworksAreRefused() throws IOException {
    Path picture = PngFile.grey(folder.resolve("p"), SIDE, pixels(0));
    Safetensors trained = Safetensors.read(train(Model.COMPLEX));
    Map<String, Tensor> others = new HashMap<>();
    others.put("0.weight", Tensor.zeros(32, 2, 3, 3));
    others.put("11.weight", Tensor.zeros(128));
    others.put("13.weight", Tensor.zeros(2_000_000_000, 0));
    for (Map.Entry<String, Tensor> other : others.entrySet()) {
      for (boolean missing : new boolean[] {false, true}) {
        Map<String, Tensor> tensors = new HashMap<>(trained.tensors());
        tensors.put(other.getKey(), other.getValue());
        if (missing) {
          tensors.remove(other.getKey());
        }
        Path weights = folder.resolve("w");
        new Safetensors(tensors, Map.of("lanewise.model", "complex")).write(weights);
        fails(3, weights, "network", weights, picture);
      }
    }
  }

  @Test
  void weightsTooLargeToComputeWithAreBadData() throws IOException {
    Network network = Model.SIMPLE.build(new Shape(SIDE, SIDE, 1), 10);
    for (Parameter parameter : network.parameters().values()) {
      Tensor value = parameter.value();
      Arrays.fill(value.data, value.offset, value.offset + value.size(), Float.MAX_VALUE);
    }
    Path weights = folder.resolve("w");
    ModelFile.save(network.graph(), Map.of(), weights);
    fails(
        3, weights, "nothing finite", weights, PngFile.grey(folder.resolve("p"), SIDE, pixels(0)));
  }

  /** The same tensors under other names; a wrapper's prefix is taken off, other names are not. */
  @ParameterizedTest
  @EnumSource(Model.class)
  void weightsUnderOtherNames(Model model) throws IOException {
    Path weights = train(model);
    Path picture = PngFile.grey(folder.resolve("p"), SIDE, pixels(3));
    List<JsonNode> expected = predict(weights, picture);
    Map<String, Tensor> tensors = Safetensors.read(weights).tensors();
    Map<String, Tensor> wrapped = new LinkedHashMap<>();
    Map<String, Tensor> named = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> wrapped.put("module._orig_mod." + name, tensor));
    tensors.forEach((name, tensor) -> named.put("layer" + name, tensor));
    Path file = folder.resolve("other");

    new Safetensors(wrapped, Map.of()).write(file);
    Run run = Run.of("predict", "--json", "--weights", file, picture);
    assertEquals(file + ": took 'module._orig_mod.' off the names", run.err().strip());
    assertEquals(expected.getFirst(), new ObjectMapper().readTree(run.out()));
    run = Run.of("evaluate", "--json", "--data", data, "--weights", file);
    assertEquals(file + ": took 'module._orig_mod.' off the names", run.err().strip());
    assertEquals(
        Run.of("evaluate", "--json", "--data", data, "--weights", weights).out(), run.out());

    new Safetensors(named, Map.of()).write(file);
    fails(3, file, "--match shapes", file, picture);
    run = Run.of("predict", "--json", "--weights", file, "--match", "shapes", picture);
    assertTrue(run.err().startsWith(file + ": matched by order and shape: 'layer0' as '0', "));
    assertEquals(1, run.errLines().size(), run.err());
    assertEquals(expected.getFirst(), new ObjectMapper().readTree(run.out()));
    run = Run.of("evaluate", "--json", "--data", data, "--weights", file, "--match=SHAPES");
    assertEquals(
        Run.of("evaluate", "--json", "--data", data, "--weights", weights).out(), run.out());
    assertEquals(2, Run.of("evaluate", "--weights", file, "--match", "order").code());
  }

  /** What train saves can be for any data, but a picture has 1 or 3 values per pixel. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void networksThatAreNotForPictures(int channels) throws IOException {
    Network network = Model.SIMPLE.build(new Shape(SIDE, SIDE, channels), 10);
    network.initialize(1);
    Path weights = folder.resolve("w");
    ModelFile.save(network.graph(), SavedNetwork.metadata("simple", network.inputShape()), weights);
    Path picture = PngFile.grey(folder.resolve("p"), SIDE, pixels(0));
    String fault =
        "is of a network for images with %d values per pixel, and pictures have 1 (grey) or 3"
            .formatted(channels);
    fails(3, weights, fault, weights, picture);
    fails(3, weights, "'evaluate --data' tests it", weights, picture);
  }
}
