// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Framing;
import dev.lanewise.layers.data.Preparation;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prints what a network is made of. */
@Command(
    name = "summary",
    description = {
      "Prints the layers of a network with output shapes, parameters, multiply-adds of an image and"
          + " memory of an output, and what a file keeps besides weights."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mnist-app summary --weights weights.safetensors",
      "  mnist-app summary --model resnet20 --image-shape 32x32x3",
      "  mnist-app summary --model \"conv 32, relu, pool 2, dense 10\"",
      "  mnist-app summary --recipe best --json"
    })
final class SummaryCommand implements Callable<Integer> {
  @Mixin private NetworkOptions options;

  @Mixin private CommonOptions common;

  @Option(
      names = "--json",
      description =
          "Print one JSON object instead: model, input, output, parameters, multiplyAdds, layers"
              + " (of each: layer, kind, description, output, parameters, multiplyAdds); of a file"
              + " also classNames and notes.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    common.validate();
    options.validate(common);
    NetworkOptions.Named named = options.network(common);
    if (json) {
      common.print("%s", json(named));
      return Main.OK;
    }
    Network network = named.network();
    common.print("model     %s, %s", named.name(), Reports.parameters(network));
    if (named.saved() != null) {
      tellOfFile(named.saved().file(), network, new TreeMap<>(named.saved().notes()));
    }
    common.print("");
    network.summary().lines().forEach(line -> common.print("%s", Messages.oneLine(line)));
    return Main.OK;
  }

  private void tellOfFile(Path file, Network network, Map<String, String> notes)
      throws IOException {
    common.print("file      %s, %s", file, Messages.bytes(Files.size(file)));
    Preparation preparation = network.preparation();
    common.print("pictures  %s", framing(preparation.framing(), network.inputShape()));
    if (preparation.normalize() != null) {
      common.print("values    %s", preparation.normalize());
    }
    if (preparation.views().count() > 1) {
      common.print("views     %d of each image", preparation.views().count());
    }
    if (!preparation.classNames().isEmpty()) {
      common.print("classes   %s", Messages.oneLine(String.join(", ", preparation.classNames())));
    }
    notes.forEach(
        (key, value) -> common.print("%s", Messages.oneLine("note      " + key + " = " + value)));
  }

  private static String framing(Framing framing, Shape input) {
    String size = input.height() + "x" + input.width();
    return switch (framing.mode()) {
      case EXACT -> "of " + size + ", as they are";
      case DIGIT -> "of any size, the digit found and framed as those of MNIST: " + size;
      case STRETCH -> "of any size, stretched to " + size;
      case CROP ->
          framing.side() == 0
              ? "of any size, resized to cover " + size + ", the middle of them"
              : "of any size, the shorter side resized to %d, %s from the middle"
                  .formatted(framing.side(), size);
    };
  }

  /** What the file says besides its tensors, for people: the rest of it is said otherwise. */
  private static ObjectNode json(NetworkOptions.Named named) {
    Network network = named.network();
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("model", named.name());
    json.set("input", shape(network.inputShape()));
    json.set("output", shape(network.outputShape()));
    ArrayNode layers = JsonNodeFactory.instance.arrayNode();
    long parameters = 0;
    long multiplyAdds = 0;
    for (Node node : network.nodes()) {
      long own = node.owner() == node ? parameters(node) : 0; // shared ones count once
      long work = node.layer().multiplyAdds(node.in());
      ObjectNode layer = layers.addObject().put("layer", node.name());
      layer.put("kind", node.layer().description().kind());
      layer.put("description", node.layer().description().toString());
      layer.set("output", shape(node.shape()));
      layer.put("parameters", own).put("multiplyAdds", work);
      parameters += own;
      multiplyAdds += work;
    }
    json.put("parameters", parameters).put("multiplyAdds", multiplyAdds).set("layers", layers);
    if (named.saved() != null) {
      ArrayNode names = json.putArray("classNames");
      network.preparation().classNames().forEach(names::add);
      ObjectNode notes = json.putObject("notes");
      new TreeMap<>(named.saved().notes()).forEach(notes::put);
    }
    return json;
  }

  private static long parameters(Node node) {
    return node.parameters().stream().mapToLong(p -> p.value().size()).sum();
  }

  private static ArrayNode shape(Shape shape) {
    return JsonNodeFactory.instance
        .arrayNode()
        .add(shape.height())
        .add(shape.width())
        .add(shape.channels());
  }
}
