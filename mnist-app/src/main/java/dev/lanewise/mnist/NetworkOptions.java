// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.io.Match;
import dev.lanewise.layers.models.Models;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The options of every command that looks at a network, saved or not. */
final class NetworkOptions {
  private static final ImageShape MNIST = new ImageShape(Shape.of(28, 28, 1));
  private static final int CLASSES = 10;
  private static final int MOST_CLASSES = 1_000_000;

  @Option(
      names = "--weights",
      paramLabel = "<file>",
      description =
          "A safetensors file: saved by 'train', or PyTorch's of a network by name; or an ONNX"
              + " model (.onnx).")
  private Path weights;

  @Option(
      names = "--model",
      paramLabel = "<name|layers>",
      completionCandidates = ModelNames.class,
      description = {
        "A network by its name, or by a list of layers: what 'train --model' takes. With"
            + " --weights: the network that the file is for, where it does not say so.",
        "Default: that of the recipe, else simple"
      })
  private String model;

  @Option(
      names = "--recipe",
      paramLabel = "<name>",
      description = "The network of a recipe of 'train'.")
  private Recipe recipe;

  @Option(
      names = "--image-shape",
      paramLabel = "<shape>",
      description =
          "Height x width x channels of an image, such as 32x32x3. Default: those of the file,"
              + " else 28x28")
  private ImageShape shape;

  @Option(
      names = "--classes",
      paramLabel = "<count>",
      description = "How many there are. Default: those of the file, else 10")
  private Integer classes;

  /**
   * What was asked for.
   *
   * @param name what it is called
   * @param network with its weights, or with such as a training begins with
   * @param saved the file; {@code null} if there is none
   */
  record Named(String name, Network network, SavedNetwork saved) {}

  /** Rejects options that do not go together, before anything is read. */
  void validate(CommonOptions common) {
    common.require(
        weights == null || recipe == null && classes == null,
        "--recipe and --classes are for networks without --weights, whose file says so");
    common.require(
        recipe == null || model == null, "--recipe and --model both name a network: omit one");
    common.require(
        classes == null || classes >= 1 && classes <= MOST_CLASSES,
        "--classes must be from 1 to " + MOST_CLASSES + ", but is " + classes);
    if (model != null) {
      model = common.requireModel(model);
    }
  }

  /** Reads or builds the network. */
  Named network(CommonOptions common) throws IOException {
    if (weights != null) {
      SavedNetwork saved = SavedNetwork.read(weights, Match.NAMES, model);
      return named(saved, shape, Match.NAMES, common);
    }
    String name = model != null ? model : recipe != null ? recipe.model : "simple";
    Shape input = (shape == null ? MNIST : shape).shape();
    int outputs = classes == null ? CLASSES : classes;
    Network network =
        common.fit(
            "--model " + name,
            CommonOptions.describe(input, outputs),
            () -> Models.of(name, input, outputs));
    network.initialize(1);
    return new Named(name, network, null);
  }

  /**
   * The network of a file.
   *
   * @param shape of its images, where the file does not say it; {@code null}: those of the file
   */
  static Named named(SavedNetwork saved, ImageShape shape, Match match, CommonOptions common)
      throws IOException {
    if (shape != null && saved.input().isPresent()) {
      common.require(
          saved.input().get().equals(shape.shape()),
          "--image-shape is %s, but %s is of a network for %s"
              .formatted(shape, saved.file(), new ImageShape(saved.input().get())));
    }
    Network network = saved.whole(); // of any number of channels
    if (network == null) {
      network =
          shape == null
              ? saved.network(match, common::tell)
              : saved.network(match, shape.shape(), common::tell);
    }
    return new Named(saved.title(), network, saved);
  }
}
