// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.IdxFiles;
import dev.lanewise.layers.data.IdxOptions;
import dev.lanewise.layers.graph.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * What the user of a folder should know before it is used: which files were taken, unless it is
 * what anybody would expect, and what looks like a misunderstanding of the images.
 */
record DataNotes(Path folder, Consumer<String> notice) {
  /** Enough to see what pixels look like. */
  private static final int LOOK = 1000;

  /** The brightest pixel of images that are bits, 0 or 1, where 255 would be white. */
  private static final float BIT = 1 / 255f;

  /** No picture has more channels: colours and transparency. */
  private static final int MAX_CHANNELS = 4;

  /** Says which files were taken, if they are not simply those of MNIST. */
  void files(IdxFiles.Pair... pairs) {
    List<Path> files = new ArrayList<>();
    for (IdxFiles.Pair pair : pairs) {
      files.add(pair.images());
      files.add(pair.labels());
    }
    Path place = files.get(0).getParent();
    if (files.stream().allMatch(this::isExpected)) {
      return;
    }
    boolean together = files.stream().allMatch(file -> file.getParent().equals(place));
    notice.accept(
        "taken from "
            + (together ? place : folder)
            + ": "
            + files.stream()
                .map(file -> (together ? file.getFileName() : within(file)).toString())
                .collect(Collectors.joining(", ")));
  }

  private Path within(Path file) {
    return file.startsWith(folder) ? folder.relativize(file) : file;
  }

  private boolean isExpected(Path file) {
    return folder.equals(file.getParent())
        && file.getFileName()
            .toString()
            .matches("(train|t10k)-(images|labels)[-.]idx[13]-ubyte(\\.gz)?");
  }

  /** Says what is strange about the images. */
  void images(IdxFiles.Pair files, Dataset images, IdxOptions options) {
    String name = files.images().getFileName().toString().toLowerCase(Locale.ROOT);
    if (name.contains("emnist") && !options.transpose()) {
      notice.accept(
          "the images of EMNIST are stored transposed: --transpose turns them upright, as"
              + " 'predict' expects them");
    }
    Shape shape = images.shape();
    if (shape.channels() > MAX_CHANNELS && shape.height() <= MAX_CHANNELS) {
      notice.accept(
          "images are read as height x width x channels = %dx%dx%d; if the file has channels first,"
                  .formatted(shape.height(), shape.width(), shape.channels())
              + (shape.height() == 1
                  ? " add --image-shape %dx%d".formatted(shape.width(), shape.channels())
                  : " docs/formats.md says how to convert it"));
    }
    range(images);
  }

  private void range(Dataset images) {
    float[] image = new float[images.shape().size()];
    int[] index = new int[1];
    float min = Float.POSITIVE_INFINITY;
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < Math.min(LOOK, images.size()); i++) {
      index[0] = i;
      images.copy(index, 0, 1, image, 0, new int[1], 0);
      for (float pixel : image) {
        min = Math.min(min, pixel);
        max = Math.max(max, pixel);
      }
    }
    if (min < 0 || max > 1 || max <= BIT) {
      notice.accept(
          "pixels are from %s to %s, where black is 0 and white is 1: --white sets what they are"
                  .formatted(min, max)
              + " divided by (if not given, integers by 255 and floating point by 1)");
    }
  }
}
