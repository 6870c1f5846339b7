package dev.lanewise.onnx;

import dev.lanewise.layers.Kinds;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.DataException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Reads networks that other frameworks have written as ONNX models.
 *
 * <pre>{@code
 * Network network = Onnx.read(Path.of("resnet18.onnx"));
 * Predictor predictor = new Predictor(network);
 * float[] probabilities = predictor.probabilities(image); // [H, W, C]
 * }</pre>
 *
 * <p>The network is an ordinary one: it predicts, is trained on where every operator on the way
 * back has a derivative, and is saved. {@code docs/onnx.md} lists the operators. Thread-safe.
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
   *     its images are {@code [H, W, C]}
   * @throws DataException if the file is not an ONNX model, or one that is not supported; one
   *     message says what is wrong, and names all operators that are missing
   * @throws IOException if the file cannot be read
   */
  public static Network read(Path file) throws IOException {
    return OnnxModel.load(file).network();
  }
}
