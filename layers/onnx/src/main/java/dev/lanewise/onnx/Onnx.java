// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.layers.Kinds;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.file.AtomicFile;
import dev.lanewise.onnx.schema.OnnxProto.ModelProto;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;

/**
 * Reads networks that other frameworks have written as ONNX models, and writes networks as such.
 *
 * <pre>{@code
 * Network network = Onnx.read(Path.of("resnet18.onnx"));
 * Predictor predictor = new Predictor(network);
 * float[] probabilities = predictor.probabilities(image); // [H, W, C]
 * Onnx.write(network, Path.of("again.onnx"));
 * }</pre>
 *
 * <p>A network that has been read is an ordinary one: it predicts, is trained on where every
 * operator on the way back has a derivative, and is saved. {@code docs/onnx.md} lists the
 * operators. Thread-safe.
 */
public final class Onnx {
  /**
   * The kinds of layers that an imported network may have, for {@link Network#load(Path, Kinds)}:
   * those of Lanewise, and some for operators without a counterpart there.
   */
  public static final Kinds KINDS =
      Kinds.STANDARD
          .with(AxisMap.KIND, AxisMap::of)
          .with(Constants.KIND, Constants::of)
          .with(LocalResponseNorm.KIND, LocalResponseNorm::of)
          .with(MatrixProduct.KIND, MatrixProduct::of)
          .with(Pointwise.KIND, Pointwise::of)
          .with(Reduce.KIND, Reduce::of)
          .with(Reshape.KIND, Reshape::of)
          .with(Take.KIND, Take::of);

  private Onnx() {}

  /**
   * Reads a model and builds a network for its first output. {@link OnnxModel} can do more.
   *
   * @param file the model
   * @return the network, with the weights of the model: where the model takes {@code [N, C, H, W]},
   *     its images are {@code [H, W, C]}; with its preparation, if Lanewise has written it
   * @throws DataException if the file is not an ONNX model, or one that is not supported; one
   *     message says what is wrong, and names all operators that are missing
   * @throws IOException if the file cannot be read
   */
  public static Network read(Path file) throws IOException {
    return OnnxModel.load(file).network();
  }

  /**
   * Writes a network as a model with operators of version {@value ModelWriter#OLDEST}, which ONNX
   * Runtime reads from its version 1.12 on.
   *
   * @param network as in an inference; not to be trained by another thread at the time
   * @param file where to; an old file is replaced
   * @throws IllegalArgumentException as {@link #write(Network, Path, int)}
   * @throws IOException if the file cannot be written; an old file is then as it was
   */
  public static void write(Network network, Path file) throws IOException {
    write(network, file, ModelWriter.OLDEST);
  }

  /**
   * Writes a network as a model. The file appears whole or not at all; the same network makes the
   * same file.
   *
   * <p>The model takes {@code input [N, C, H, W]}, a batch of any size, and makes {@code output},
   * also with channels first, or {@code [N, F]} if it is flat. Its pixels are those that a {@link
   * dev.lanewise.layers.Predictor} takes: what the preparation of the network says about their mean
   * and deviation is part of the model. The rest of it, such as the names of the classes, is in the
   * metadata.
   *
   * @param network as in an inference; not to be trained by another thread at the time
   * @param file where to; an old file is replaced
   * @param opset the version of the operators, from {@value ModelWriter#OLDEST} to {@value
   *     ModelWriter#NEWEST}
   * @throws IllegalArgumentException if there are no operators for a layer, the message names all
   *     such layers; if the weights take more than 2 GB; or if there is no such version
   * @throws IOException if the file cannot be written; an old file is then as it was
   */
  public static void write(Network network, Path file, int opset) throws IOException {
    ModelProto model = ModelWriter.model(network, opset);
    AtomicFile.write(
        file,
        channel -> {
          OutputStream out = Channels.newOutputStream(channel);
          model.writeTo(out);
        });
  }
}
