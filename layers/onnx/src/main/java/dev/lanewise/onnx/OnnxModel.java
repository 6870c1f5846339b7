// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.Preparation;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.onnx.schema.OnnxProto.GraphProto;
import dev.lanewise.onnx.schema.OnnxProto.ModelProto;
import dev.lanewise.onnx.schema.OnnxProto.OperatorSetIdProto;
import dev.lanewise.onnx.schema.OnnxProto.ValueInfoProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An ONNX model that has been read, for those who want more than {@link Onnx#read}: what its inputs
 * and outputs are called, a network for another output, or for images of a size that the file
 * leaves open.
 *
 * <pre>{@code
 * OnnxModel model = OnnxModel.load(Path.of("detector.onnx"));
 * Network scores = model.input(1, 3, 320, 320).network("scores");
 * }</pre>
 *
 * <p>It holds the bytes of the file. Immutable and thread-safe.
 */
public final class OnnxModel {
  /** The oldest version of the operators that is known. */
  private static final int OLDEST = 6;

  private final Path file;
  private final ModelProto model;
  private final long bytes;
  private final int[] given; // dimensions of the input; null for those of the file

  private OnnxModel(Path file, ModelProto model, long bytes, int[] given) {
    this.file = file;
    this.model = model;
    this.bytes = bytes;
    this.given = given;
  }

  /**
   * Reads a model. Weights in files of their own are read later, by {@link #network()}.
   *
   * @param file the model, below 2 GB
   * @return what it holds
   * @throws DataException if it is not an ONNX model, or of a version that is not supported
   * @throws IOException if the file cannot be read
   */
  public static OnnxModel load(Path file) throws IOException {
    try {
      long size = Files.size(file);
      if (size > Integer.MAX_VALUE - 8) {
        throw new DataException(file, "has " + size + " bytes, expected less than 2 GB");
      }
      return of(file, Files.readAllBytes(file));
    } catch (OutOfMemoryError e) {
      throw DataException.tooLarge(file);
    }
  }

  /**
   * A model that has been read.
   *
   * @param file where, for messages and for data in other files
   */
  static OnnxModel of(Path file, byte[] bytes) throws IOException {
    try {
      CodedInputStream in = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
      in.enableAliasing(true); // tensors stay where they are: nobody else has these bytes
      ModelProto model = ModelProto.parseFrom(in);
      if (!model.hasGraph() || model.getGraph().getOutputCount() == 0) {
        throw new DataException(file, "is not an ONNX model: it has no graph with an output");
      }
      OnnxModel read = new OnnxModel(file, model, bytes.length, null);
      if (read.opset() < OLDEST) {
        throw new DataException(
            file,
            "has operators of version " + read.opset() + ", expected " + OLDEST + " or newer");
      }
      return read;
    } catch (InvalidProtocolBufferException e) {
      throw new DataException(file, "is not an ONNX model: " + e.getMessage());
    }
  }

  /**
   * Who wrote the model.
   *
   * @return such as {@code pytorch 2.5.0}; may be empty
   */
  public String producer() {
    return (model.getProducerName() + " " + model.getProducerVersion()).strip();
  }

  /**
   * The version of the standard operators.
   *
   * @return such as 17
   */
  public int opset() {
    long version = 0;
    for (OperatorSetIdProto set : model.getOpsetImportList()) {
      if (set.getDomain().isEmpty() || set.getDomain().equals("ai.onnx")) {
        version = set.getVersion();
      }
    }
    return Math.clamp(version, 0, Integer.MAX_VALUE);
  }

  /**
   * What the model takes.
   *
   * @return the names of its inputs, without those that are weights
   */
  public List<String> inputs() {
    GraphProto graph = model.getGraph();
    Set<String> weights = new HashSet<>();
    graph.getInitializerList().forEach(tensor -> weights.add(tensor.getName()));
    return graph.getInputList().stream()
        .map(ValueInfoProto::getName)
        .filter(name -> !weights.contains(name))
        .toList();
  }

  /**
   * What the model makes.
   *
   * @return the names of its outputs
   */
  public List<String> outputs() {
    return model.getGraph().getOutputList().stream().map(ValueInfoProto::getName).toList();
  }

  /**
   * The same model for an input of certain dimensions, where the file leaves some open.
   *
   * @param dims as in ONNX, such as {@code 1, 3, 224, 224}: the batch, which may stay open in the
   *     network, then channels, rows and columns
   * @return the model
   * @throws IllegalArgumentException if there is none, or one is not positive
   */
  public OnnxModel input(int... dims) {
    if (dims.length == 0 || Arrays.stream(dims).anyMatch(dim -> dim < 1)) {
      throw new IllegalArgumentException(
          "the dimensions of an input must be positive, but are " + Arrays.toString(dims));
    }
    return new OnnxModel(file, model, bytes, dims.clone());
  }

  /**
   * Builds a network for the first output.
   *
   * @return the network, with the weights of the model
   * @throws DataException if the model is not as it should be, or not supported; one message names
   *     all operators that are missing
   * @throws IOException if weights cannot be read that are in files of their own
   */
  public Network network() throws IOException {
    return network(outputs().getFirst());
  }

  /**
   * Builds a network for one of the outputs, or for any value between.
   *
   * @param output its name
   * @return the network, with the weights of the model; its input is {@code [H, W, C]} where the
   *     model's is {@code [N, C, H, W]}, and so is an output of four dimensions
   * @throws DataException if the model is not as it should be, or not supported; one message names
   *     all operators that are missing
   * @throws IOException if weights cannot be read that are in files of their own
   */
  public Network network(String output) throws IOException {
    try {
      Preparation preparation = ModelFile.preparation(file, metadata());
      GraphProto graph = model.getGraph();
      GraphProto plain = Normalization.without(graph, preparation.normalize());
      if (plain == null) {
        preparation =
            new Preparation(
                preparation.framing(), null, preparation.classNames(), preparation.views());
      }
      boolean first = output.equals(outputs().getFirst());
      Budget budget = new Budget(bytes);
      Tensors tensors = new Tensors(file, budget);
      Importer importer =
          new Importer(plain == null ? graph : plain, opset(), tensors, budget, output, given);
      return new Network(importer.build())
          .with(first ? preparation : preparation.classNames(List.of()));
    } catch (ImportFault | IllegalArgumentException e) {
      throw new DataException(file, "cannot be imported: " + e.getMessage());
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (OutOfMemoryError e) {
      throw DataException.tooLarge(file);
    }
  }

  private Map<String, String> metadata() {
    Map<String, String> metadata = new HashMap<>();
    model.getMetadataPropsList().forEach(entry -> metadata.put(entry.getKey(), entry.getValue()));
    return metadata;
  }
}
