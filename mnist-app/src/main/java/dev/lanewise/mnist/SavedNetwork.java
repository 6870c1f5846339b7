// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.PictureFile;
import dev.lanewise.layers.data.Preparation;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.Loaded;
import dev.lanewise.layers.io.Match;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.io.Safetensors;
import dev.lanewise.layers.models.Models;
import dev.lanewise.onnx.Onnx;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A weight file and the network that it belongs to: the one that it describes, as ONNX models do,
 * else what {@code train} notes in it, else what its tensors tell.
 *
 * @param file where it was read
 * @param whole the network, with its weights; {@code null} if the file does not describe one
 * @param model what it is if the file does not describe it and nobody has named it, else {@code
 *     null}
 * @param named what it was said to be, in {@link Models}; else {@code null}
 * @param content what is in it
 */
record SavedNetwork(Path file, Network whole, Model model, String named, Safetensors content) {
  private static final String MODEL = "lanewise.model";
  private static final String INPUT = "lanewise.input";

  /** Of images that no network refuses. */
  private static final int SIDE = 32;

  private static final Pattern SIZE = Pattern.compile("([1-9]\\d{0,2})x([1-9]\\d{0,2})x([13])");

  /** What is to be noted in the file of a network for images of this shape. */
  static Map<String, String> metadata(String model, Shape input) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(MODEL, model);
    metadata.put(INPUT, text(input));
    return metadata;
  }

  /**
   * Reads a weight file.
   *
   * @param match by shapes: the number of dense layers tells which network it is of, where nothing
   *     else does
   * @param named the network that it is for, a name of {@link Models}; {@code null}: what the file
   *     tells
   * @throws DataException if it is not such a file, or belongs to neither network
   * @throws IOException if it cannot be read
   */
  static SavedNetwork read(Path file, Match match, String named) throws IOException {
    if (isOnnx(file)) {
      Network network = Onnx.read(file);
      return new SavedNetwork(file, network, null, null, new Safetensors(Map.of(), Map.of()));
    }
    Safetensors content = Safetensors.read(file);
    if (named != null) {
      return new SavedNetwork(file, null, null, named, content);
    }
    return content.metadata().containsKey(ModelFile.NETWORK)
        ? new SavedNetwork(file, Network.load(file, Onnx.KINDS), null, null, content)
        : new SavedNetwork(file, null, model(file, match, content), null, content);
  }

  /** Whether it is an ONNX model, by its name. */
  static boolean isOnnx(Path file) {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(".onnx");
  }

  /** What is noted in the file besides the network and its preparation. */
  Map<String, String> notes() {
    Map<String, String> notes = new LinkedHashMap<>(content.metadata());
    notes.keySet().removeAll(List.of(ModelFile.NETWORK, ModelFile.PREPARATION));
    return notes;
  }

  /** What the network is called; {@code null} if the file does not say so. */
  String name() {
    if (whole != null) {
      return content.metadata().get(MODEL);
    }
    return named == null ? model.toString() : named;
  }

  /** What to call it, for people. */
  String title() {
    return name() == null ? "that of the file" : Messages.oneLine(name());
  }

  private static Model model(Path file, Match match, Safetensors content) throws DataException {
    for (Model model : Model.values()) {
      if (model.toString().equals(content.metadata().get(MODEL))) {
        return model;
      }
    }
    for (Model model : Model.values()) {
      if (dense(content).anyMatch(entry -> isOf(model, entry.getKey()))) {
        return model;
      }
    }
    if (match == Match.SHAPES) {
      return dense(content).count() == 1 ? Model.SIMPLE : Model.COMPLEX;
    }
    throw new DataException(
        file,
        ("the weights are of another network: expected a tensor '%s' (simple) or '%s' (complex);"
                + " --match shapes looks at shapes instead of names")
            .formatted(Model.SIMPLE.firstDense, Model.COMPLEX.firstDense));
  }

  /** Wrappers put something before the names. */
  private static boolean isOf(Model model, String name) {
    return name.equals(model.firstDense) || name.endsWith("." + model.firstDense);
  }

  /** Loads weights into a network; says in one line what had to be done to make them fit. */
  private static void load(Network network, Path file, Match match, Consumer<String> notice)
      throws IOException {
    Loaded loaded = ModelFile.load(network.graph(), file, match);
    if (!loaded.asIs()) {
      notice.accept(file + ": " + loaded);
    }
  }

  /** How images are prepared for it, and what its classes are called, if the file says so. */
  Preparation preparation() {
    return whole == null ? Preparation.NONE : whole.preparation();
  }

  /** The images that the network takes, if the file says so. */
  Optional<Shape> input() throws DataException {
    if (whole != null) {
      return Optional.of(whole.inputShape());
    }
    String noted = content.metadata().get(INPUT);
    if (noted == null) {
      return Optional.empty();
    }
    Matcher size = SIZE.matcher(noted);
    if (!size.matches()) {
      throw new DataException(
          file,
          ("has " + INPUT + " '" + noted + "', expected such as 28x28x1 or 32x32x3: its height and")
              + " width, and 1 value per pixel for grey pictures or 3 for colours");
    }
    return Optional.of(
        new Shape(
            Integer.parseInt(size.group(1)),
            Integer.parseInt(size.group(2)),
            Integer.parseInt(size.group(3))));
  }

  /** The number of classes, by the weights of the last layer. */
  int classes() throws DataException {
    if (whole != null) {
      return whole.outputShape().size();
    }
    Stream<Tensor> dense = dense(content).map(Map.Entry::getValue);
    Stream<Tensor> last;
    if (named != null) {
      last = lastOf(named);
    } else {
      last = model == Model.SIMPLE ? dense : dense.flatMap(first -> last(first).stream());
    }
    return last.findFirst()
        .orElseThrow(
            () -> new DataException(file, "the weights are not of the network '" + name() + "'"))
        .dims()[0];
  }

  /** The last parameter of a network by name, in the file: one value for each class. */
  private Stream<Tensor> lastOf(String network) throws DataException {
    Shape any = Shape.of(SIDE, SIDE, 3);
    String last = List.copyOf(build(network, any, 2).parameters().keySet()).getLast();
    return content.tensors().entrySet().stream()
        .filter(entry -> entry.getKey().equals(last) || entry.getKey().endsWith("." + last))
        .map(Map.Entry::getValue)
        .filter(tensor -> tensor.dims().length == 1);
  }

  /**
   * The network with its weights, for certain images.
   *
   * @param match how weights find their places, where the file does not describe the network
   * @throws DataException if the weights are of a network for other images, or fewer classes
   */
  Network forImages(Dataset images, Match match, CommonOptions common) throws IOException {
    Shape shape = images.shape();
    if (input().isPresent() && !input().get().equals(shape)) {
      throw new DataException(
          file,
          "is of a network for images of "
              + text(input().get())
              + ", but these are "
              + text(shape));
    }
    if (whole != null) {
      requireClasses(whole);
    }
    int classes = classes();
    if (images.classes() > classes) {
      throw new DataException(
          file,
          "is of a network of " + classes + " classes, but the images are of " + images.classes());
    }
    if (whole != null) {
      return whole;
    }
    Network network =
        common.fit("--model " + name(), images, () -> Models.of(name(), shape, classes));
    load(network, file, match, common::tell);
    return network;
  }

  /** A network can make anything of an image, but a prediction is one of some classes. */
  void requireClasses(Network network) throws DataException {
    if (!network.outputShape().isFlat()) {
      throw new DataException(file, "is of a network whose output is no list of classes");
    }
  }

  private static String text(Shape input) {
    return input.height() + "x" + input.width() + "x" + input.channels();
  }

  /** The values per pixel: no convolution but the first takes as few. */
  private int channels() throws DataException {
    int channels =
        content.tensors().values().stream()
            .filter(tensor -> tensor.dims().length == 4)
            .mapToInt(tensor -> tensor.dims()[1])
            .min()
            .orElse(0);
    if (channels != 1 && channels != 3) {
      throw new DataException(
          file, "belongs to a network for images of " + channels + " channels, expected 1 or 3");
    }
    return channels;
  }

  /**
   * The network with its weights, for pictures such as this. If the file says nothing of sizes, it
   * is that of the picture if the weights go with it, else MNIST's.
   *
   * @param match how weights find their places
   * @param notice receives a line if something had to be done to make them fit
   * @throws DataException if the weights are of a network for other images
   */
  Network forPicturesLike(PictureFile picture, Match match, Consumer<String> notice)
      throws IOException {
    if (whole != null) {
      requireClasses(whole);
      return forPictures(whole);
    }
    Optional<Shape> noted = input();
    Shape mnist = new Shape(DigitPainter.SIDE, DigitPainter.SIDE, channels());
    boolean huge = (long) picture.height() * picture.width() > PictureFile.MAX_PIXELS;
    Shape own = huge ? mnist : new Shape(picture.height(), picture.width(), channels());
    Shape input = noted.orElse(last(own).isEmpty() && last(mnist).isPresent() ? mnist : own);
    // Before memory is allocated: do the weights that depend on the image size fit?
    Optional<Tensor> last = last(input);
    if (last.isEmpty()) {
      throw new DataException(
          file,
          "the weights are not of the network '%s' for images of %dx%d"
              .formatted(model, input.height(), input.width()));
    }
    Network network = model.build(input, last.get().dims()[0]);
    load(network, file, match, notice);
    return network;
  }

  /**
   * The network with its weights, for pictures of the size that the file tells, or else of MNIST's.
   *
   * @param match how weights find their places
   * @param notice receives a line if something had to be done to make them fit
   * @throws DataException if the weights are of a network for other images
   */
  Network network(Match match, Consumer<String> notice) throws IOException {
    if (whole != null) {
      return forPictures(whole);
    }
    Optional<Shape> noted = input();
    int side = DigitPainter.SIDE;
    Shape input = noted.isPresent() ? noted.get() : new Shape(side, side, channels());
    return network(match, input, notice);
  }

  /**
   * The network with its weights, for images of a shape, where the file does not describe it.
   *
   * @param match how weights find their places
   * @param notice receives a line if something had to be done to make them fit
   * @throws DataException if the weights are of a network for other images
   */
  Network network(Match match, Shape input, Consumer<String> notice) throws IOException {
    Network network = build(name(), input, classes());
    load(network, file, match, notice);
    return network;
  }

  private Network build(String name, Shape input, int classes) throws DataException {
    try {
      return Models.of(name, input, classes);
    } catch (IllegalArgumentException e) {
      throw new DataException(
          file,
          "is said to be of the network '%s', which does not take images of %s: %s"
              .formatted(name, text(input), e.getMessage()));
    }
  }

  /** A network can be for any data, but pictures have colours. */
  private Network forPictures(Network network) throws DataException {
    int channels = network.inputShape().channels();
    if (channels != 1 && channels != 3) {
      throw new DataException(
          file,
          ("is of a network for images with %d values per pixel, and pictures have 1 (grey) or 3"
                  + " (red, green, blue): 'evaluate --data' tests it with data as it was trained on")
              .formatted(channels));
    }
    return network;
  }

  /** The weights of the last layer of the network for such images, if it is of these weights. */
  private Optional<Tensor> last(Shape input) {
    int features = model.features(input);
    return dense(content)
        .map(Map.Entry::getValue)
        .filter(t -> t.dims()[1] == features)
        .findFirst()
        .flatMap(this::last);
  }

  /** The weights of the last layer, {@code [classes, in]}, which may be the first dense one. */
  private Optional<Tensor> last(Tensor first) {
    return model == Model.SIMPLE
        ? Optional.of(first)
        : dense(content)
            .map(Map.Entry::getValue)
            .filter(t -> t != first && t.dims()[1] == first.dims()[0])
            .findFirst();
  }

  /** The weights of dense layers, {@code [out, in]}, with their names. */
  private static Stream<Map.Entry<String, Tensor>> dense(Safetensors content) {
    return content.tensors().entrySet().stream()
        .filter(entry -> !entry.getKey().startsWith(ModelFile.OPTIMIZER))
        .filter(entry -> entry.getValue().dims().length == 2 && entry.getValue().size() > 0);
  }
}
