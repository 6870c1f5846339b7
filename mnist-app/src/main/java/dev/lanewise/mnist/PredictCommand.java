package dev.lanewise.mnist;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Predictor;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.PngImage;
import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Classifies images. */
@Command(
    name = "predict",
    description = {
      "Classifies images with saved weights: prints the class of each and its probability.",
      "Pictures are PNG files of the size that the network was trained with (28x28 for MNIST); they"
          + " are not scaled. For a network of one channel, colours become brightness: 0.299 R +"
          + " 0.587 G + 0.114 B. Colour profiles are not looked at.",
      "MNIST's digits are white on black: dark ones on light paper need --invert."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mnist-app predict --weights weights.safetensors digit.png",
      "  mnist-app predict --weights weights.safetensors --invert --json scans/*.png"
    })
final class PredictCommand implements Callable<Integer> {
  @Option(
      names = "--weights",
      required = true,
      paramLabel = "<file>",
      description =
          "A safetensors file: saved by 'train', or from the same nn.Sequential in PyTorch.")
  private Path weights;

  @Parameters(
      paramLabel = "<image>",
      arity = "1..*",
      description = "PNG files. If one of them cannot be used, nothing is printed for any.")
  private List<Path> images;

  @Option(
      names = "--invert",
      description = {
        "Turn dark into light and light into dark.",
        "Transparent is the background: black, or white before it is turned."
      })
  private boolean invert;

  @Mixin private CommonOptions common;

  @Option(
      names = "--json",
      description =
          "Print a JSON object per image instead: image, class, probability, probabilities (of each"
              + " class).")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    common.validate();
    SavedNetwork saved = SavedNetwork.read(weights);
    List<String> lines = new ArrayList<>();
    try (WorkerTeam team = new WorkerTeam(common.threads)) {
      Predictor predictor = null;
      for (Path image : images) {
        PngImage picture = PngImage.read(image);
        if (predictor == null) {
          predictor = new Predictor(saved.forPicturesLike(picture), 1, team);
        }
        byte[] pixels = pixels(image, picture, predictor.inputShape());
        lines.add(line(image, probabilities(image, pixels, predictor)));
      }
    }
    lines.forEach(line -> common.print("%s", line));
    return Main.OK;
  }

  private byte[] pixels(Path image, PngImage picture, Shape input) throws DataException {
    if (picture.height() != input.height() || picture.width() != input.width()) {
      throw new DataException(
          image,
          "is %d high and %d wide, expected %d and %d as the network takes them"
              .formatted(picture.height(), picture.width(), input.height(), input.width()));
    }
    byte[] pixels = picture.pixels(input.channels(), invert ? 255 : 0);
    for (int i = 0; invert && i < pixels.length; i++) {
      pixels[i] = (byte) ~pixels[i]; // 255 - value
    }
    return pixels;
  }

  private float[] probabilities(Path image, byte[] pixels, Predictor predictor)
      throws DataException {
    float[] x = new float[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      x[i] = (pixels[i] & 0xFF) / 255f;
    }
    float[] probabilities = predictor.probabilities(x);
    for (float probability : probabilities) {
      if (!Float.isFinite(probability)) {
        throw new DataException(
            weights, "has weights so large that nothing finite comes out for " + image);
      }
    }
    return probabilities;
  }

  private static int best(float[] probabilities) {
    int best = 0;
    for (int c = 1; c < probabilities.length; c++) {
      best = probabilities[c] > probabilities[best] ? c : best;
    }
    return best;
  }

  private String line(Path image, float[] probabilities) {
    int best = best(probabilities);
    float probability = probabilities[best];
    if (!json) {
      return Messages.oneLine(
          String.format(Locale.ROOT, "%s: %d (%.2f %%)", image, best, 100 * probability));
    }
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    object.put("image", image.toString()).put("class", best).put("probability", probability);
    ArrayNode all = object.putArray("probabilities");
    for (float each : probabilities) {
      all.add(each);
    }
    return object.toString();
  }
}
