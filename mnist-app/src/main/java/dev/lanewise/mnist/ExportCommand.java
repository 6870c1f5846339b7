// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.onnx.Onnx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a saved network for other programs. */
@Command(
    name = "export",
    description = {
      "Writes a saved network as an ONNX model, which ONNX Runtime and others run, or as a"
          + " safetensors file, which PyTorch reads.",
      "The ONNX model takes batches [N, C, H, W] of pixels from 0 to 1 and makes what the network"
          + " does before the softmax of 'predict'. How pictures are prepared and what the classes"
          + " are called is in its metadata."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mnist-app export digits.onnx",
      "  mnist-app export --weights weights.safetensors digits.onnx",
      "  mnist-app export --weights resnet18.onnx resnet18.safetensors"
    })
final class ExportCommand implements Callable<Integer> {
  private static final int OPSET = 17;

  @Parameters(
      paramLabel = "<file>",
      description = "Where to. Its ending, .onnx or .safetensors, says what is written.")
  private Path file;

  @Mixin private WeightsOptions weights;

  @Option(
      names = "--model",
      paramLabel = "<name|layers>",
      completionCandidates = ModelNames.class,
      description =
          "The network that the weights are for, where the file does not say so: what 'train"
              + " --model' takes.")
  private String model;

  @Option(
      names = "--image-shape",
      paramLabel = "<shape>",
      description =
          "Height x width x channels of an image, such as 32x32x3, where the file does not say"
              + " so.")
  private ImageShape shape;

  @Option(
      names = "--opset",
      paramLabel = "<version>",
      description =
          "The version of the ONNX operators, 17 to 25: newer ones need newer programs. Default:"
              + " 17")
  private Integer opset;

  @Mixin private CommonOptions common;

  @Override
  public Integer call() throws IOException {
    common.validate();
    boolean onnx = SavedNetwork.isOnnx(file);
    common.require(
        onnx || isSafetensors(file),
        "the file must end in .onnx or .safetensors, but is '" + file + "'");
    common.require(
        onnx || opset == null, "--opset is for ONNX models, but the file is '" + file + "'");
    if (model != null) {
      model = common.requireModel(model);
    }
    OutputFile.requireWritable(file);
    SavedNetwork saved = weights.read(model);
    common.require(!OutputFile.same(saved.file(), file), "the source and the file are the same");
    NetworkOptions.Named named = NetworkOptions.named(saved, shape, weights.match, common);
    if (onnx) {
      try {
        Onnx.write(named.network(), file, opset == null ? OPSET : opset);
      } catch (IllegalArgumentException e) {
        common.require(false, e.getMessage());
      }
    } else {
      save(named, saved.notes(), file);
    }
    tell(named, file, common);
    return Main.OK;
  }

  static boolean isSafetensors(Path file) {
    return file.toString().endsWith(".safetensors");
  }

  static void save(NetworkOptions.Named named, Map<String, String> notes, Path file)
      throws IOException {
    Network network = named.network();
    ModelFile.save(network.graph(), network.preparation(), notes, file);
  }

  /** Says what was written. */
  static void tell(NetworkOptions.Named named, Path file, CommonOptions common) throws IOException {
    Network network = named.network();
    common.print("model     %s, %s", named.name(), Reports.parameters(network));
    common.print(
        "images    %s, %s outputs",
        new ImageShape(network.inputShape()), network.outputShape().size());
    common.print("file      %s, %s", file, Messages.bytes(Files.size(file)));
  }
}
