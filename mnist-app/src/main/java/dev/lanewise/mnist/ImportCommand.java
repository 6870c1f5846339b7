// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.io.Match;
import dev.lanewise.onnx.OnnxModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a model file of a network that another framework has written. */
@Command(
    name = "import",
    description = {
      "Reads a network that another framework has written, an ONNX model or weights of PyTorch, and"
          + " writes it as a model file of Lanewise, which every other command takes.",
      "Weights do not say of which network they are: --model does, and it may be a list of layers."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mnist-app import resnet18.onnx resnet18.safetensors",
      "  mnist-app import --image-shape 320x320x3 segment.onnx segment.safetensors",
      "  mnist-app import --model resnet20 --image-shape 32x32x3 pytorch.safetensors"
          + " resnet20.safetensors"
    })
final class ImportCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "<source>",
      description = "An ONNX model (.onnx), or a safetensors file of PyTorch.")
  private Path source;

  @Parameters(index = "1", paramLabel = "<file>", description = "Where to, a .safetensors file.")
  private Path file;

  @Option(
      names = "--model",
      paramLabel = "<name|layers>",
      completionCandidates = ModelNames.class,
      description =
          "The network that weights are for: what 'train --model' takes. Default: found from their"
              + " names")
  private String model;

  @Option(
      names = "--match",
      paramLabel = "names|shapes",
      description = "How weights find their layers, as in 'evaluate'. Default: names")
  private Match match;

  @Option(
      names = "--image-shape",
      paramLabel = "<shape>",
      description =
          "Height x width x channels of an image, such as 224x224x3, where the source leaves it"
              + " open.")
  private ImageShape shape;

  @Option(
      names = "--output",
      paramLabel = "<name>",
      description = "The output of an ONNX model, or a value within. Default: its first output")
  private String output;

  @Mixin private CommonOptions common;

  @Override
  public Integer call() throws IOException {
    common.validate();
    boolean onnx = SavedNetwork.isOnnx(source);
    common.require(
        onnx || output == null, "--output is for ONNX models, but the source is '" + source + "'");
    common.require(
        !onnx || model == null, "--model is for weights: an ONNX model says which network it is");
    common.require(!onnx || match == null, "--match is for weights, but the source is a model");
    Match by = match == null ? Match.NAMES : match;
    common.require(
        ExportCommand.isSafetensors(file),
        "the file must end in .safetensors, but is '" + file + "'");
    common.require(!OutputFile.same(source, file), "the source and the file are the same");
    if (model != null) {
      model = common.requireModel(model);
    }
    OutputFile.requireWritable(file);
    if (onnx) {
      Network network = onnx();
      NetworkOptions.Named named =
          new NetworkOptions.Named(source.getFileName().toString(), network, null);
      ExportCommand.save(named, Map.of(), file);
      ExportCommand.tell(named, file, common);
      return Main.OK;
    }
    SavedNetwork saved = SavedNetwork.read(source, by, model);
    NetworkOptions.Named named = NetworkOptions.named(saved, shape, by, common);
    Map<String, String> notes =
        saved.name() == null
            ? saved.notes()
            : SavedNetwork.metadata(saved.name(), named.network().inputShape());
    ExportCommand.save(named, notes, file);
    ExportCommand.tell(named, file, common);
    return Main.OK;
  }

  private Network onnx() throws IOException {
    OnnxModel read = OnnxModel.load(source);
    if (shape != null) {
      Shape s = shape.shape();
      read = read.input(1, s.channels(), s.height(), s.width());
    }
    return output == null ? read.network() : read.network(output);
  }
}
