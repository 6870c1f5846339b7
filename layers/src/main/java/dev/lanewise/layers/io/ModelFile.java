// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.Preparation;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Graph;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Layout;
import dev.lanewise.layers.graph.StoredTensor;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.SafetensorsHeader.Type;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A network as a {@link Safetensors} file: its parameters and buffers, which PyTorch's {@code
 * load_state_dict} takes unchanged for a module of the same layers and names, and in the metadata,
 * under {@value #NETWORK}, the layers themselves.
 *
 * <p>Names are those of {@link Graph#state}, such as {@code 0.weight}, and layouts are PyTorch's:
 * see {@link Layout}. A file without layers, such as one of PyTorch, is loaded into a network that
 * is there already; {@link Match} says how its names may differ.
 */
public final class ModelFile {
  /** How the names of an optimizer's tensors begin, in files that hold them besides. */
  public static final String OPTIMIZER = "optimizer.";

  /** The key of the layers in the metadata, as JSON. */
  public static final String NETWORK = "lanewise.network";

  /** The key of how images are prepared, as JSON; not there if nothing is known of it. */
  public static final String PREPARATION = "lanewise.preparation";

  private static final int SOME = 4; // names in a message

  private ModelFile() {}

  /**
   * A network as it was read.
   *
   * @param graph its layers and tensors
   * @param preparation how images are prepared for it
   */
  public record Model(Graph graph, Preparation preparation) {}

  /**
   * Writes a network of which nothing is known about its images. The file appears whole or not at
   * all.
   *
   * @param graph its layers and tensors
   * @param metadata texts to go with them; may be empty
   * @param file where to; an old file is replaced
   * @throws DataException if a value is not finite, as after a training that diverged; {@link
   *     #load} would refuse it
   * @throws IllegalArgumentException if {@link Safetensors} does not take such names or texts
   * @throws IOException if the file cannot be written; an old file is then as it was
   */
  public static void save(Graph graph, Map<String, String> metadata, Path file) throws IOException {
    save(graph, Preparation.NONE, metadata, file);
  }

  /**
   * Writes a network. The file appears whole or not at all.
   *
   * @param graph its layers and tensors
   * @param preparation how images are prepared for it
   * @param metadata texts to go with them; may be empty
   * @param file where to; an old file is replaced
   * @throws DataException if a value is not finite, as after a training that diverged
   * @throws IllegalArgumentException if {@link Safetensors} does not take such names or texts
   * @throws IOException if the file cannot be written; an old file is then as it was
   */
  public static void save(
      Graph graph, Preparation preparation, Map<String, String> metadata, Path file)
      throws IOException {
    content(graph, preparation, metadata).write(file);
  }

  /**
   * What {@link #save(Graph, Map, Path)} writes.
   *
   * @param graph its layers and tensors; not to be changed by another thread at the time
   * @param metadata texts to go with them; may be empty
   * @return copies of the tensors, in the layouts of the file
   */
  public static Safetensors content(Graph graph, Map<String, String> metadata) {
    return content(graph, Preparation.NONE, metadata);
  }

  /**
   * What {@link #save(Graph, Preparation, Map, Path)} writes.
   *
   * @param graph its layers and tensors; not to be changed by another thread at the time
   * @param preparation how images are prepared for it
   * @param metadata texts to go with them; may be empty
   * @return copies of the tensors, in the layouts of the file
   */
  public static Safetensors content(
      Graph graph, Preparation preparation, Map<String, String> metadata) {
    Map<String, String> all = new LinkedHashMap<>(metadata);
    all.put(NETWORK, Architecture.write(graph));
    all.putAll(metadata(preparation));
    return new Safetensors(tensors(graph), all, whole(graph));
  }

  /**
   * Copies the parameters and buffers of a network, in the layouts of the file.
   *
   * @param graph its layers and tensors; not to be changed by another thread at the time
   * @return the tensors by name
   */
  public static Map<String, Tensor> tensors(Graph graph) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    graph
        .state()
        .forEach(
            (name, stored) -> {
              Tensor out = Tensor.zeros(stored.layout().dims());
              stored.layout().toFile(stored.value(), out.data);
              tensors.put(name, out);
            });
    return tensors;
  }

  private static Set<String> whole(Graph graph) {
    return graph.state().entrySet().stream()
        .filter(entry -> entry.getValue().whole())
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  /**
   * Reads a network: its layers, its tensors, and how images are prepared for it.
   *
   * @param file what {@link #save} has written
   * @param kinds makes a layer from its description; an {@link IllegalArgumentException} says that
   *     it cannot
   * @return the network
   * @throws DataException if the file is not a safetensors file, has no layers or layers that do
   *     not fit, or its tensors are not those of its layers
   * @throws IOException if the file cannot be read
   */
  public static Model read(Path file, Function<Description, Layer> kinds) throws IOException {
    Graph[] built = new Graph[1];
    Preparation[] preparation = new Preparation[1];
    Safetensors content =
        Safetensors.read(
            file,
            header -> {
              built[0] = build(file, header, kinds);
              preparation[0] = preparation(file, header.metadata(), built[0]);
              checkFits(built[0], file, header.places());
            });
    load(built[0], file, content.tensors());
    return new Model(built[0], preparation[0]);
  }

  /**
   * What a file keeps of how images are prepared.
   *
   * @param preparation how they are
   * @return a text by {@link #PREPARATION}; empty if nothing is known
   */
  public static Map<String, String> metadata(Preparation preparation) {
    return preparation.equals(Preparation.NONE)
        ? Map.of()
        : Map.of(PREPARATION, PreparationFormat.write(preparation));
  }

  /**
   * How images are prepared for a network.
   *
   * @param file where the texts have been read from, for the message
   * @param metadata the texts that were saved with it
   * @param graph its layers
   * @return the preparation; {@link Preparation#NONE} if they say nothing of it
   * @throws DataException if they do not say it as they should, or it does not fit the network
   */
  public static Preparation preparation(Path file, Map<String, String> metadata, Graph graph)
      throws DataException {
    Preparation preparation = preparation(file, metadata);
    try {
      preparation.requireFit(graph.input().shape(), graph.output().shape().size());
      return preparation;
    } catch (IllegalArgumentException e) {
      throw noPreparation(file, e);
    }
  }

  /**
   * How images are prepared for a network that is not known yet.
   *
   * @param file where the texts have been read from, for the message
   * @param metadata the texts that were saved with it
   * @return the preparation; {@link Preparation#NONE} if they say nothing of it
   * @throws DataException if they do not say it as they should
   */
  public static Preparation preparation(Path file, Map<String, String> metadata)
      throws DataException {
    String text = metadata.get(PREPARATION);
    try {
      return text == null ? Preparation.NONE : PreparationFormat.read(text);
    } catch (IllegalArgumentException e) {
      throw noPreparation(file, e);
    }
  }

  private static DataException noPreparation(Path file, IllegalArgumentException e) {
    return new DataException(file, "describes no preparation of images: " + e.getMessage());
  }

  /** No layer gets memory for a tensor that the file does not have. */
  private static Graph build(
      Path file, SafetensorsHeader header, Function<Description, Layer> kinds)
      throws DataException {
    String text = header.metadata().get(NETWORK);
    if (text == null) {
      throw new DataException(
          file,
          "has weights, but does not say of which network: expected '"
              + NETWORK
              + "' in its metadata; make the network yourself and load them into it by ModelFile.load");
    }
    try {
      return Architecture.read(
          text,
          kinds,
          (name, spec) -> {
            String fault = fault(name, spec.layout(), spec.whole(), header.places().get(name));
            if (fault != null) {
              throw new IllegalArgumentException(fault);
            }
          });
    } catch (IllegalArgumentException e) {
      throw new DataException(file, "describes no network: " + e.getMessage());
    }
  }

  /**
   * Sets the parameters and buffers of a network by {@link Match#NAMES}. Changes nothing unless
   * everything fits.
   *
   * @param graph its layers and tensors; not to be in use by another thread
   * @param file what {@link #save} has written for a network of the same layers, or PyTorch
   * @return what was done to make the tensors fit
   * @throws DataException if the file is not a safetensors file, holds a number that is not finite,
   *     or its tensors are not those of this network
   * @throws IOException if the file cannot be read
   */
  public static Loaded load(Graph graph, Path file) throws IOException {
    return load(graph, file, Match.NAMES);
  }

  /**
   * Sets the parameters and buffers of a network. Changes nothing unless everything fits. A counter
   * of batches that the file does not have, as in files of old versions of PyTorch, becomes 0.
   *
   * @param graph its layers and tensors; not to be in use by another thread
   * @param file what {@link #save} has written for a network of the same layers, or PyTorch
   * @param match how tensors find their places
   * @return what was done to make the tensors fit
   * @throws DataException if the file is not a safetensors file, holds a number that is not finite,
   *     or its tensors are not those of this network; or if the file does not come from here, and
   *     the network joins flattened maps so that PyTorch's weights mean something else in it
   * @throws IOException if the file cannot be read
   */
  public static Loaded load(Graph graph, Path file, Match match) throws IOException {
    TensorNames[] names = new TensorNames[1];
    SortedSet<String> types = new TreeSet<>();
    Safetensors content =
        Safetensors.read(
            file,
            header -> { // before memory is taken for the tensors
              if (!header.metadata().containsKey(NETWORK)) {
                JoinedMaps.refuse(graph, file);
              }
              names[0] = TensorNames.of(graph, file, header.places(), match);
              checkFits(graph, file, names[0].rename(header.places()));
              header.places().values().forEach(place -> types.add(place.type().name()));
            });
    load(graph, names[0].rename(content.tensors()));
    types.removeAll(Set.of(Type.F32.name(), Type.I64.name()));
    return new Loaded(names[0].prefix(), names[0].layers(), types);
  }

  /**
   * Sets the parameters and buffers of a network. Changes nothing unless everything fits.
   *
   * @param graph its layers and tensors; not to be in use by another thread
   * @param file where the tensors have been read from, for the message
   * @param tensors as {@link #tensors} gives them; those of an optimizer, in a {@linkplain
   *     CheckpointFolder checkpoint}, are left out
   * @throws DataException if the tensors are not those of this network
   */
  public static void load(Graph graph, Path file, Map<String, Tensor> tensors)
      throws DataException {
    checkFits(graph, file, SafetensorsHeader.of(tensors, Map.of(), Set.of()).places());
    load(graph, tensors);
  }

  private static void load(Graph graph, Map<String, Tensor> tensors) {
    graph
        .state()
        .forEach(
            (name, stored) -> {
              Tensor read = tensors.get(name);
              if (read == null) { // a counter
                stored.value().data[stored.value().offset] = 0;
              } else {
                stored.layout().fromFile(read.data, read.offset, stored.value());
              }
            });
  }

  private static void checkFits(Graph graph, Path file, Map<String, SafetensorsHeader.Place> places)
      throws DataException {
    if (!places.isEmpty() && Collections.disjoint(places.keySet(), graph.state().keySet())) {
      throw TensorNames.mismatch(
          file,
          "it has "
              + names(places.keySet())
              + ", expected "
              + names(graph.state().keySet())
              + "; if the layers are the same, match them by shapes instead of names");
    }
    for (Map.Entry<String, StoredTensor> entry : graph.state().entrySet()) {
      String name = entry.getKey();
      StoredTensor stored = entry.getValue();
      String fault = fault(name, stored.layout(), stored.whole(), places.get(name));
      if (fault != null) {
        throw TensorNames.mismatch(file, fault);
      }
    }
    for (Map.Entry<String, SafetensorsHeader.Place> entry : places.entrySet()) {
      if (!graph.state().containsKey(entry.getKey()) && !entry.getKey().startsWith(OPTIMIZER)) {
        throw TensorNames.mismatch(
            file,
            "it has a tensor '"
                + entry.getKey()
                + "' "
                + Arrays.toString(entry.getValue().dims())
                + ", expected only "
                + String.join(", ", graph.state().keySet()));
      }
    }
  }

  /** What is wrong with the place of a tensor; {@code null} for nothing. */
  private static String fault(
      String name, Layout layout, boolean whole, SafetensorsHeader.Place found) {
    int[] expected = layout.dims();
    if (found == null && whole && expected.length == 0) {
      return null; // a counter: PyTorch, too, lets it begin at 0
    }
    if (found == null) {
      return "it has no tensor '" + name + "' " + Arrays.toString(expected);
    }
    if (!Arrays.equals(found.dims(), expected)) {
      return "tensor '"
          + name
          + "' has shape "
          + Arrays.toString(found.dims())
          + ", expected "
          + Arrays.toString(expected);
    }
    return found.type() == Type.I64 && !whole
        ? "tensor '" + name + "' has values of type I64, expected F32"
        : null;
  }

  /**
   * Reads the texts that were saved with a network, such as which network it was.
   *
   * @param file what {@link #save} has written
   * @return the metadata; may be empty
   * @throws DataException if the file is not a safetensors file
   * @throws IOException if the file cannot be read
   */
  public static Map<String, String> readMetadata(Path file) throws IOException {
    return Safetensors.readMetadata(file);
  }

  /** The first few of them. */
  private static String names(Set<String> names) {
    String some = names.stream().limit(SOME).collect(Collectors.joining(", "));
    return names.size() <= SOME ? some : some + " and " + (names.size() - SOME) + " more";
  }
}
