package dev.lanewise.mnist;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.PictureFile;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.io.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A weight file and the network that it belongs to: what {@code train} notes in it, else what its
 * tensors tell.
 *
 * @param file where it was read
 * @param model the network
 * @param content what is in it
 */
record SavedNetwork(Path file, Model model, Safetensors content) {
  private static final String MODEL = "lanewise.model";
  private static final String INPUT = "lanewise.input";
  private static final Pattern SIZE = Pattern.compile("([1-9]\\d{0,2})x([1-9]\\d{0,2})x([13])");

  /** What is to be noted in the file of a network for images of this shape. */
  static Map<String, String> metadata(Model model, Shape input) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(MODEL, model.toString());
    metadata.put(INPUT, text(input));
    return metadata;
  }

  /**
   * Reads a weight file.
   *
   * @throws DataException if it is not such a file, or belongs to neither network
   * @throws IOException if it cannot be read
   */
  static SavedNetwork read(Path file) throws IOException {
    return read(file, null);
  }

  /**
   * Reads a weight file.
   *
   * @param model the network that it is for; {@code null}: what the file tells
   * @throws DataException if it is not such a file, or belongs to neither network
   * @throws IOException if it cannot be read
   */
  static SavedNetwork read(Path file, Model model) throws IOException {
    Safetensors content = Safetensors.read(file);
    return new SavedNetwork(file, model == null ? model(file, content) : model, content);
  }

  private static Model model(Path file, Safetensors content) throws DataException {
    for (Model model : Model.values()) {
      if (model.toString().equals(content.metadata().get(MODEL))) {
        return model;
      }
    }
    for (Model model : Model.values()) {
      if (content.tensors().containsKey(model.firstDense)) {
        return model;
      }
    }
    throw new DataException(
        file,
        "the weights are of another network: expected a tensor '%s' (simple) or '%s' (complex)"
            .formatted(Model.SIMPLE.firstDense, Model.COMPLEX.firstDense));
  }

  /** The images that the network takes, if the file says so. */
  Optional<Shape> input() throws DataException {
    String noted = content.metadata().get(INPUT);
    if (noted == null) {
      return Optional.empty();
    }
    Matcher size = SIZE.matcher(noted);
    if (!size.matches()) {
      throw new DataException(
          file, "has " + INPUT + " '" + noted + "', expected such as 28x28x1 or 32x32x3");
    }
    return Optional.of(
        new Shape(
            Integer.parseInt(size.group(1)),
            Integer.parseInt(size.group(2)),
            Integer.parseInt(size.group(3))));
  }

  /** The number of classes, by the weights of the last layer. */
  int classes() throws DataException {
    return weights(model.last).dims()[0];
  }

  /**
   * The network for certain images, not yet initialised.
   *
   * @throws DataException if the weights are of a network for other images, or fewer classes
   */
  Network forImages(Dataset images, CommonOptions common) throws DataException {
    Shape shape = images.shape();
    if (input().isPresent() && !input().get().equals(shape)) {
      throw new DataException(
          file,
          "is of a network for images of "
              + text(input().get())
              + ", but these are "
              + text(shape));
    }
    int classes = classes();
    if (images.classes() > classes) {
      throw new DataException(
          file,
          "is of a network of " + classes + " classes, but the images are of " + images.classes());
    }
    return common.fit("--model " + model, images, () -> model.build(shape, classes));
  }

  private static String text(Shape input) {
    return input.height() + "x" + input.width() + "x" + input.channels();
  }

  /** The values per pixel, by the weights of the first layer, {@code [out, channels, 3, 3]}. */
  private int channels() throws DataException {
    Tensor first = content.tensors().get("0.weight");
    int channels = first == null || first.dims().length != 4 ? 0 : first.dims()[1];
    if (channels != 1 && channels != 3) {
      throw new DataException(
          file, "belongs to a network for images of " + channels + " channels, expected 1 or 3");
    }
    return channels;
  }

  /**
   * The network with its weights, for such a picture. If the file says nothing of sizes, any size
   * will do that the weights go with.
   *
   * @throws DataException if the weights are of a network for other images
   */
  Network forPicturesLike(PictureFile picture) throws IOException {
    if (content.metadata().containsKey(ModelFile.NETWORK)) {
      return Network.load(file);
    }
    Optional<Shape> noted = input();
    Shape input =
        noted.isPresent() ? noted.get() : new Shape(picture.height(), picture.width(), channels());
    // Before memory is allocated: do the weights that depend on the image size fit?
    Tensor dense = weights(model.firstDense);
    Tensor last = weights(model.last);
    if (dense.dims()[1] != model.features(input)) {
      throw new DataException(
          file,
          "the weights are not of the network '%s' for images of %dx%d"
              .formatted(model, input.height(), input.width()));
    }
    Network network = model.build(input, last.dims()[0]);
    ModelFile.load(network.graph(), file, content.tensors());
    return network;
  }

  private Tensor weights(String name) throws DataException {
    Tensor tensor = content.tensors().get(name);
    if (tensor == null || tensor.dims().length != 2 || tensor.size() == 0) {
      throw new DataException(
          file, "the weights are of another network: it has no tensor '" + name + "' [out, in]");
    }
    return tensor;
  }
}
