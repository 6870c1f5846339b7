// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.report;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.Trace;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the first layer looks for, and what the layers make of an image. */
final class Look {
  private static final int MOST_FILTERS = 256;
  private static final int MOST_LAYERS = 4;
  private static final int MOST_MAPS = 32;

  /** Of one layer, so that the page stays small. */
  private static final int MOST_PIXELS = 1 << 16;

  private static final int RGB = 3;
  private static final int FILTERS = 4; // dimensions of the weight of a convolution

  /** About as wide as the column of text. */
  private static final int WIDTH = 720;

  private static final int MOST_SCALE = 12;

  private final Network network;
  private final Dataset images;
  private final List<String> names;

  /**
   * What to look at.
   *
   * @param images the first of them is shown
   */
  Look(Network network, Dataset images, List<String> names) {
    this.network = network;
    this.images = images;
    this.names = names;
  }

  /** The section of the page. */
  Html html() {
    return Html.of(
        "<section id=\"look\"><h2>What the network sees</h2>%s%s</section>", filters(), maps());
  }

  private Html filters() {
    Optional<Node> first =
        network.nodes().stream().filter(node -> weight(node).isPresent()).findFirst();
    if (first.isEmpty()) {
      return Html.NONE;
    }
    Tensor weight = weight(first.get()).orElseThrow();
    int[] dims = weight.dims(); // [KH, KW, C, OC]
    int count = Math.min(dims[3], MOST_FILTERS);
    boolean colours = dims[2] == RGB;
    int columns = columns(count, dims[1]);
    Png.Values values =
        (filter, y, x) -> {
          int column = colours ? x / RGB : x;
          int c = colours ? x % RGB : 0;
          return weight
              .data[weight.offset + ((y * dims[1] + column) * dims[2] + c) * dims[3] + filter];
        };
    String picture =
        colours
            ? Png.colours(count, dims[0], dims[1], columns, values)
            : Png.maps(count, dims[0], dims[1], columns, values);
    String what =
        "The %s filters of %sx%s of layer %s"
            .formatted(count, dims[0], dims[1], first.get().name());
    return Html.of(
        """
        <h3>Filters of the first convolution</h3>
        <figure>%s<figcaption>%s%s.</figcaption></figure>""",
        picture(picture, what, columns, dims[1]),
        what,
        colours
            ? ", as colours"
            : dims[2] == 1
                ? ": blue is positive, red negative"
                : ", of the first input channel: blue is positive, red negative");
  }

  private static Html picture(String address, String alt, int columns, int width) {
    int pixels = columns * (width + 1) - 1;
    int scale = Math.clamp(WIDTH / pixels, 1, MOST_SCALE);
    return Html.of(
        "<img class=\"maps\" src=\"%s\" alt=\"%s\" width=\"%d\">", address, alt, pixels * scale);
  }

  /** Rows of about the same width, whatever is shown. */
  private static int columns(int count, int width) {
    return Math.clamp(WIDTH / 3 / (width + 1), 1, Math.min(count, 16));
  }

  /** The filters of a convolution. */
  private static Optional<Tensor> weight(Node node) {
    return node.parameters().stream()
        .filter(parameter -> parameter.isWeight() && parameter.value().dims().length == FILTERS)
        .map(Parameter::value)
        .findFirst();
  }

  private Html maps() {
    if (images.size() == 0) {
      return Html.NONE;
    }
    float[] pixels = new float[images.shape().size()];
    int[] label = new int[1];
    images.copy(new int[] {0}, 0, 1, pixels, 0, label, 0);
    Trace trace = Trace.inference(network);
    trace.forward(pixels);
    String what = "an image of the class " + names.get(label[0]);
    StringBuilder figures = new StringBuilder();
    for (Node node : shown()) {
      figures.append(figure(node, trace.activation(node), what)).append('\n');
    }
    return Html.of(
        """
        <h3>Feature maps</h3>
        <figure><img src="%s" alt="The image whose feature maps follow: %s" width="112">\
        <figcaption>The first image, one of the class %s, and below what some layers make of it. Blue\
         is positive, red negative.</figcaption></figure>
        %s""",
        Png.image(pixels, images.shape()), what, names.get(label[0]), new Html(figures.toString()));
  }

  /** Layers that make maps, from the first to the last. */
  private List<Node> shown() {
    List<Node> all = network.nodes().stream().filter(node -> !isPoint(node.shape())).toList();
    int count = Math.min(MOST_LAYERS, all.size());
    List<Node> shown = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      shown.add(all.get(count == 1 ? 0 : i * (all.size() - 1) / (count - 1)));
    }
    return shown;
  }

  private static boolean isPoint(Shape shape) {
    return shape.height() * shape.width() == 1;
  }

  private static Html figure(Node node, Tensor values, String image) {
    Shape shape = node.shape();
    int pixels = shape.height() * shape.width();
    int count = Math.clamp(MOST_PIXELS / pixels, 1, Math.min(shape.channels(), MOST_MAPS));
    int columns = columns(count, shape.width());
    String address =
        Png.maps(
            count,
            shape.height(),
            shape.width(),
            columns,
            (map, y, x) ->
                values.data[values.offset + (y * shape.width() + x) * shape.channels() + map]);
    String what =
        "%s of %s maps of %sx%s of layer %s, %s"
            .formatted(
                count,
                shape.channels(),
                shape.height(),
                shape.width(),
                node.name(),
                node.layer().description());
    return Html.of(
        "<figure>%s<figcaption>%s</figcaption></figure>",
        picture(address, what + ", for " + image, columns, shape.width()), what);
  }
}
