package dev.lanewise.layers.io;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.Parameter;
import dev.lanewise.layers.Shape;
import dev.lanewise.layers.Tensor;
import dev.lanewise.layers.data.DataException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Saves and loads the parameters of a network as a {@link Safetensors} file that PyTorch's {@code
 * load_state_dict} takes unchanged for an {@code nn.Sequential} of the same layers.
 *
 * <p>Names are those of {@link Network#parameters}, such as {@code 0.weight}. Layouts are
 * PyTorch's: the weight of a convolution is {@code [OC, C, KH, KW]} in the file and {@code [KH, KW,
 * C, OC]} in the network. A dense layer behind a flattened map {@code [H, W, C]} is the convolution
 * whose kernel covers the map: its weight is {@code [out, C*H*W]} in the file and {@code [H*W*C,
 * out]} in the network, and one and the same permutation serves both, the plain dense layer too,
 * with H = W = 1. Tensors of other ranks, such as biases, are the same on both sides.
 */
public final class ModelFile {
  /** How the names of an optimizer's tensors begin, in files that hold them besides. */
  public static final String OPTIMIZER = "optimizer.";

  private ModelFile() {}

  /**
   * Writes the parameters of a network. The file appears whole or not at all.
   *
   * @param network whose parameters
   * @param metadata texts to go with them; may be empty
   * @param file where to; an old file is replaced
   * @throws DataException if a weight is not finite, as after a training that diverged; {@link
   *     #load} would refuse it
   * @throws IllegalArgumentException if {@link Safetensors} does not take such names or texts
   * @throws IOException if the file cannot be written; an old file is then as it was
   */
  public static void save(Network network, Map<String, String> metadata, Path file)
      throws IOException {
    new Safetensors(tensors(network), metadata).write(file);
  }

  /**
   * Copies the parameters of a network, in the layouts of the file.
   *
   * @param network whose parameters; not to be changed by another thread at the time
   * @return the tensors by name
   */
  public static Map<String, Tensor> tensors(Network network) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Map.Entry<String, Parameter> entry : network.parameters().entrySet()) {
      Tensor value = entry.getValue().value();
      Kernel kernel = Kernel.of(network, entry.getKey(), value);
      Tensor out = Tensor.zeros(kernel.fileDims(value));
      kernel.toFile(value, out.data);
      tensors.put(entry.getKey(), out);
    }
    return tensors;
  }

  /**
   * Sets the parameters of a network. Changes nothing unless everything fits.
   *
   * @param network whose parameters; not to be in use by another thread
   * @param file what {@link #save} has written for a network of the same layers
   * @throws DataException if the file is no safetensors file, holds a number that is not finite, or
   *     its tensors are not those of this network
   * @throws IOException if the file cannot be read
   */
  public static void load(Network network, Path file) throws IOException {
    // Checked before memory is taken for the tensors, and again for any others.
    Safetensors content =
        Safetensors.read(file, header -> checkFits(network, file, header.places()));
    load(network, file, content.tensors());
  }

  /**
   * Sets the parameters of a network. Changes nothing unless everything fits.
   *
   * @param network whose parameters; not to be in use by another thread
   * @param file where the tensors have been read from, for the message
   * @param tensors as {@link #tensors} gives them; those of an optimizer, in a {@linkplain
   *     CheckpointFolder checkpoint}, are left out
   * @throws DataException if the tensors are not those of this network
   */
  public static void load(Network network, Path file, Map<String, Tensor> tensors)
      throws DataException {
    checkFits(network, file, SafetensorsHeader.of(tensors, Map.of()).places());
    for (Map.Entry<String, Parameter> entry : network.parameters().entrySet()) {
      Tensor value = entry.getValue().value();
      Kernel.of(network, entry.getKey(), value).fromFile(tensors.get(entry.getKey()).data, value);
    }
  }

  private static void checkFits(
      Network network, Path file, Map<String, SafetensorsHeader.Place> places)
      throws DataException {
    for (Map.Entry<String, Parameter> entry : network.parameters().entrySet()) {
      String name = entry.getKey();
      Tensor value = entry.getValue().value();
      int[] expected = Kernel.of(network, name, value).fileDims(value);
      SafetensorsHeader.Place found = places.get(name);
      if (found == null) {
        throw mismatch(file, "it has no tensor '" + name + "' " + Arrays.toString(expected));
      }
      if (!Arrays.equals(found.dims(), expected)) {
        throw mismatch(
            file,
            "tensor '"
                + name
                + "' has shape "
                + Arrays.toString(found.dims())
                + ", expected "
                + Arrays.toString(expected));
      }
    }
    for (Map.Entry<String, SafetensorsHeader.Place> entry : places.entrySet()) {
      if (!network.parameters().containsKey(entry.getKey())
          && !entry.getKey().startsWith(OPTIMIZER)) {
        throw mismatch(
            file,
            "it has a tensor '"
                + entry.getKey()
                + "' "
                + Arrays.toString(entry.getValue().dims())
                + ", expected only "
                + String.join(", ", network.parameters().keySet()));
      }
    }
  }

  /**
   * Reads the texts that were saved with a network, such as which network it was.
   *
   * @param file what {@link #save} has written
   * @return the metadata; may be empty
   * @throws DataException if the file is no safetensors file
   * @throws IOException if the file cannot be read
   */
  public static Map<String, String> readMetadata(Path file) throws IOException {
    return Safetensors.readMetadata(file);
  }

  private static DataException mismatch(Path file, String fault) {
    return new DataException(file, "the weights are of another network: " + fault);
  }

  /**
   * A weight seen as a convolution kernel. In the network it is {@code [dense, h, w, c, conv]},
   * where one of {@code dense} and {@code conv} is the number of outputs and the other 1; in the
   * file it is {@code [out, c, h, w]}. What is no weight is the same in both.
   */
  private record Kernel(int dense, int h, int w, int c, int conv) {
    static Kernel of(Network network, String name, Tensor value) {
      int[] dims = value.dims();
      if (dims.length == 4) {
        return new Kernel(1, dims[0], dims[1], dims[2], dims[3]);
      }
      if (dims.length == 2) {
        Shape map = flattenedBefore(network, layerOf(name), dims[1]);
        return new Kernel(dims[0], map.height(), map.width(), map.channels(), 1);
      }
      return new Kernel(1, 1, 1, 1, value.size());
    }

    private static int layerOf(String name) {
      return Integer.parseInt(name.substring(0, name.indexOf('.')));
    }

    /**
     * The map whose flattening a dense layer reads, if only layers without parameters that keep the
     * shape (such as ReLU) come between; otherwise the flat vector itself.
     */
    private static Shape flattenedBefore(Network network, int layer, int features) {
      for (int j = layer - 1; j >= 0 && network.layers().get(j).parameters().isEmpty(); j--) {
        Shape before = network.shape(j);
        if (before.size() != features) {
          break;
        }
        if (before.height() * before.width() > 1) {
          return before;
        }
      }
      return Shape.flat(features);
    }

    int[] fileDims(Tensor value) {
      int[] dims = value.dims();
      return dims.length == 4 ? new int[] {conv, c, h, w} : dims;
    }

    void toFile(Tensor value, float[] file) {
      int at = value.offset;
      for (int d = 0; d < dense; d++) {
        for (int hw = 0; hw < h * w; hw++) {
          for (int k = 0; k < c; k++) {
            for (int o = 0; o < conv; o++) {
              file[((d * conv + o) * c + k) * h * w + hw] = value.data[at++];
            }
          }
        }
      }
    }

    void fromFile(float[] file, Tensor value) {
      int at = value.offset;
      for (int d = 0; d < dense; d++) {
        for (int hw = 0; hw < h * w; hw++) {
          for (int k = 0; k < c; k++) {
            for (int o = 0; o < conv; o++) {
              value.data[at++] = file[((d * conv + o) * c + k) * h * w + hw];
            }
          }
        }
      }
    }
  }
}
