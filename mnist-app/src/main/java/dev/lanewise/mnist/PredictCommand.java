// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Predictor;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.Framed;
import dev.lanewise.layers.data.Framing;
import dev.lanewise.layers.data.Picture;
import dev.lanewise.layers.data.PictureFile;
import dev.lanewise.layers.data.Preparation;
import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Classifies images. */
@Command(
    name = "predict",
    description = {
      "Classifies images with saved weights: prints the three best classes of each and their"
          + " probabilities; on a terminal also what the network saw.",
      "Pictures are PNG, JPEG, BMP or GIF files, whatever their names, of any size: they are prepared"
          + " as those of the training were, and a line says how. For a network of MNIST's digits the"
          + " digit is found in a photo or scan, dark on light or light on dark, and centred as"
          + " MNIST's were.",
      "For a network of one channel, colours become brightness: 0.299 R + 0.587 G + 0.114 B. Colour"
          + " profiles are not looked at.",
      "A picture of the network's own size (28x28 for MNIST) is taken as it is. MNIST's digits are"
          + " white on black: dark ones on light paper then need --invert; a hint tells which"
          + " pictures look so."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mnist-app predict photo.jpg",
      "  mnist-app predict --weights weights.safetensors digit.png",
      "  mnist-app predict --weights weights.safetensors --invert --json scans/*.png"
    })
final class PredictCommand implements Callable<Integer> {
  private static final int SHOWN = 3;

  @Mixin private WeightsOptions weights;

  @Parameters(
      paramLabel = "<image>",
      arity = "1..*",
      description =
          "PNG, JPEG, BMP or GIF files. If one of them cannot be used, nothing is printed for any.")
  private List<Path> images;

  @Option(
      names = "--invert",
      description = {
        "Turn dark into light and light into dark. Not needed where a digit is found in a picture.",
        "Transparent is the background: black, or white before it is turned."
      })
  private boolean invert;

  @Mixin private CommonOptions common;

  @Option(
      names = "--json",
      description =
          "Print a JSON object per image instead: image, class, name (where classes have names),"
              + " probability, probabilities (of each class).")
  private boolean json;

  private SavedNetwork saved;
  private Preparation preparation; // of its network
  private final List<String> notices = new ArrayList<>();
  private final List<String> lines = new ArrayList<>();

  /** Of the pictures that look inverted how many there are, and what to say of the first. */
  private int inverted;

  private String hint;

  @Override
  public Integer call() throws IOException {
    common.validate();
    if (System.getProperty("java.awt.headless") == null) {
      System.setProperty("java.awt.headless", "true"); // pictures are read here, never shown
    }
    saved = weights.read(null);
    boolean show = !json && Screen.onTerminal();
    try (WorkerTeam team = new WorkerTeam(common.threads)) {
      Predictor predictor = null;
      Pace pace = new Pace(common::tell);
      int done = 0;
      for (Path image : images) {
        int before = done++;
        pace.tell(() -> "note: %d of %d pictures classified".formatted(before, images.size()));
        PictureFile file = PictureFile.open(image);
        if (predictor == null) {
          Network network = saved.forPicturesLike(file, weights.match, common::tell);
          preparation = network.preparation();
          predictor = new Predictor(network, 1, team);
        }
        predict(image, file, predictor, show);
      }
    }
    if (inverted > 0) {
      notices.add(hint + (inverted == 1 ? "" : "; the same holds for " + (inverted - 1) + " more"));
    }
    notices.forEach(common::tell);
    lines.forEach(line -> common.print("%s", line));
    return Main.OK;
  }

  private void predict(Path image, PictureFile file, Predictor predictor, boolean show)
      throws DataException {
    Shape input = predictor.inputShape();
    boolean same = file.height() == input.height() && file.width() == input.width();
    boolean asIs = same && preparation.framing().mode() == Framing.Mode.EXACT;
    Picture picture = file.decode();
    byte[] pixels = asIs ? pixels(picture, input, invert) : framed(image, picture, input, same);
    float[] probabilities = probabilities(pixels, predictor);
    if (!allFinite(probabilities)) {
      throw new DataException(
          saved.file(), "has weights so large that nothing finite comes out for " + image);
    }
    file.warnings().forEach(warning -> notices.add("warning: " + image + ": " + warning));
    lines.add(json ? json(image, probabilities) : text(image, probabilities));
    if (show) {
      lines.addAll(CharacterPicture.of(pixels, input));
    }
    if (asIs) {
      byte[] other = pixels(picture, input, !invert);
      if (Polarity.suggests(other, pixels, input) && inverted++ == 0) {
        hint(image, probabilities(other, predictor));
      }
    }
  }

  /** What the network sees of a picture that has its size. */
  private static byte[] pixels(Picture picture, Shape input, boolean invert) {
    byte[] pixels = picture.pixels(input.channels(), invert ? 255 : 0);
    return invert ? inverted(pixels) : pixels;
  }

  /** What it sees of a picture that is prepared as those of the training were. */
  private byte[] framed(Path image, Picture picture, Shape input, boolean same) {
    Framing framing = preparation.framingOfAnySize(input);
    Framed framed = framing.framed(picture, input);
    boolean found = framing.mode() == Framing.Mode.DIGIT;
    if (found || !same) {
      notices.add("note: " + image + ": " + framed.note());
    }
    return invert && !found ? inverted(framed.pixels()) : framed.pixels();
  }

  private static byte[] inverted(byte[] pixels) {
    byte[] inverted = new byte[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      inverted[i] = (byte) ~pixels[i]; // 255 - value
    }
    return inverted;
  }

  private static float[] probabilities(byte[] pixels, Predictor predictor) {
    float[] x = new float[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      x[i] = (pixels[i] & 0xFF) / 255f;
    }
    return predictor.probabilities(x);
  }

  private static boolean allFinite(float[] probabilities) {
    boolean finite = true;
    for (float probability : probabilities) {
      finite &= Float.isFinite(probability);
    }
    return finite;
  }

  private void hint(Path image, float[] probabilities) {
    String what =
        invert
            ? "is light on dark without --invert, which gives "
            : "is dark on light, but MNIST's digits are light on dark: --invert gives ";
    hint = "hint: " + image + ": " + what + percent(best(probabilities, 1)[0], probabilities);
  }

  /** The classes of the highest probabilities, highest first, of equal ones the lower number. */
  private static int[] best(float[] probabilities, int count) {
    return IntStream.range(0, probabilities.length)
        .boxed()
        .sorted(Comparator.comparing(c -> -probabilities[c])) // stable
        .limit(count)
        .mapToInt(c -> c)
        .toArray();
  }

  private String percent(int c, float[] probabilities) {
    List<String> names = preparation.classNames();
    String name = names.isEmpty() ? Integer.toString(c) : names.get(c);
    return String.format(Locale.ROOT, "%s (%.2f %%)", name, 100 * probabilities[c]);
  }

  private String text(Path image, float[] probabilities) {
    return Messages.oneLine(
        image
            + ": "
            + IntStream.of(best(probabilities, SHOWN))
                .mapToObj(c -> percent(c, probabilities))
                .collect(Collectors.joining(", ")));
  }

  private String json(Path image, float[] probabilities) {
    int best = best(probabilities, 1)[0];
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    object.put("image", image.toString()).put("class", best);
    if (!preparation.classNames().isEmpty()) {
      object.put("name", preparation.classNames().get(best));
    }
    object.put("probability", probabilities[best]);
    ArrayNode all = object.putArray("probabilities");
    for (float each : probabilities) {
      all.add(each);
    }
    return object.toString();
  }
}
