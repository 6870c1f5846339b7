// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.graph.Graph;
import dev.lanewise.layers.graph.StoredTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * How the names in a file become those of a network.
 *
 * @param prefix what is taken off the names of the file
 * @param layers which layer of the file is which of the network, by the name of the latter; empty
 *     where the names go
 * @param names the network's names by those of the file; an optimizer's stay as they are
 */
record TensorNames(String prefix, Map<String, String> layers, Map<String, String> names) {
  private static final List<String> WRAPPERS = List.of("module.", "_orig_mod.", "model.");
  private static final int MAX_WRAPPERS = 8; // one within the other

  /** Numbers, and what stands between them. */
  private static final Pattern PIECES = Pattern.compile("[0-9]+|[^0-9]+");

  /**
   * Finds the names.
   *
   * @param file what is read, for the message
   * @param places the tensors of the file
   * @throws DataException if by {@link Match#SHAPES} a layer of the network or of the file is left
   */
  static TensorNames of(
      Graph graph, Path file, Map<String, SafetensorsHeader.Place> places, Match match)
      throws DataException {
    Map<String, StoredTensor> state = graph.state();
    List<String> found =
        places.keySet().stream().filter(name -> !name.startsWith(ModelFile.OPTIMIZER)).toList();
    String prefix = prefix(state, found);
    Map<String, String> names = new LinkedHashMap<>();
    places.keySet().forEach(name -> names.put(name, name));
    found.forEach(name -> names.put(name, name.substring(prefix.length())));
    Set<String> bares = new HashSet<>(names.values());
    if (match == Match.NAMES
        || state.entrySet().stream()
            .allMatch(e -> e.getValue().whole() || bares.contains(e.getKey()))) {
      return new TensorNames(prefix, Map.of(), names);
    }
    Map<String, Map<String, String>> wanted = new LinkedHashMap<>();
    state.forEach((name, t) -> put(wanted, name, t.whole() ? null : t.layout().dims()));
    Map<String, Map<String, String>> given = new LinkedHashMap<>();
    for (String name : inOrder(places, found)) {
      SafetensorsHeader.Place place = places.get(name);
      boolean whole = place.type() == SafetensorsHeader.Type.I64;
      put(given, names.get(name), whole ? null : place.dims());
    }
    Map<String, String> layers = match(file, wanted, given);
    Map<String, String> ours = new LinkedHashMap<>();
    layers.forEach((layer, theirs) -> ours.put(theirs, layer));
    names.replaceAll(
        (name, bare) ->
            name.startsWith(ModelFile.OPTIMIZER) ? name : join(ours.get(layer(bare)), leaf(bare)));
    return new TensorNames(prefix, layers, names);
  }

  /** The longest run of wrappers that all names begin with, and none of the network's. */
  private static String prefix(Map<String, StoredTensor> state, List<String> found) {
    String prefix = "";
    for (int depth = 0; depth < MAX_WRAPPERS && !found.isEmpty(); depth++) {
      for (String wrapper : WRAPPERS) {
        String longer = prefix + wrapper;
        if (found.stream().allMatch(name -> name.startsWith(longer))
            && state.keySet().stream().noneMatch(name -> name.startsWith(wrapper))) {
          prefix = longer;
          break;
        }
      }
    }
    return prefix;
  }

  /**
   * Adds a tensor to its layer: the name within the layer, and the shape as text. What is whole
   * numbers, a counter, does not tell layers apart.
   */
  private static void put(Map<String, Map<String, String>> layers, String name, int[] dims) {
    Map<String, String> layer = layers.computeIfAbsent(layer(name), l -> new TreeMap<>());
    if (dims != null) {
      layer.put(leaf(name), Arrays.toString(dims));
    }
  }

  private static Map<String, String> match(
      Path file, Map<String, Map<String, String>> wanted, Map<String, Map<String, String>> given)
      throws DataException {
    Map<String, String> layers = new LinkedHashMap<>();
    for (Map.Entry<String, Map<String, String>> layer : wanted.entrySet()) {
      String first = null;
      for (Map.Entry<String, Map<String, String>> other : given.entrySet()) {
        if (other.getValue().equals(layer.getValue())) {
          first = other.getKey();
          break;
        }
      }
      if (first == null) {
        throw mismatch(
            file,
            "no layer that is left in it has the shapes of layer '%s': %s"
                .formatted(layer.getKey(), layer.getValue()));
      }
      given.remove(first);
      layers.put(layer.getKey(), first);
    }
    for (Map.Entry<String, Map<String, String>> other : given.entrySet()) {
      throw mismatch(
          file, "it has a layer '%s' too many: %s".formatted(other.getKey(), other.getValue()));
    }
    return layers;
  }

  /**
   * The order of the layers. The {@code safetensors} library for Python sorts by type, then name,
   * which puts 10 before 2; whoever else writes a file has no reason to sort.
   */
  private static List<String> inOrder(
      Map<String, SafetensorsHeader.Place> places, List<String> found) {
    List<String> sorted = new ArrayList<>(found);
    sorted.sort(
        Comparator.comparing((String name) -> places.get(name).type())
            .reversed()
            .thenComparing(Comparator.naturalOrder()));
    if (!sorted.equals(found)) {
      return found;
    }
    sorted.sort(Comparator.comparing(TensorNames::layer, TensorNames::compareNumbers));
    return sorted;
  }

  private static int compareNumbers(String a, String b) {
    List<String> as = PIECES.matcher(a).results().map(MatchResult::group).toList();
    List<String> bs = PIECES.matcher(b).results().map(MatchResult::group).toList();
    for (int i = 0; i < Math.min(as.size(), bs.size()); i++) {
      int order = comparePieces(as.get(i), bs.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(as.size(), bs.size());
  }

  private static int comparePieces(String a, String b) {
    boolean numbers = Character.isDigit(a.charAt(0)) && Character.isDigit(b.charAt(0));
    return numbers && a.length() != b.length()
        ? Integer.compare(a.length(), b.length())
        : a.compareTo(b);
  }

  static DataException mismatch(Path file, String fault) {
    return new DataException(file, "the weights are of another network: " + fault);
  }

  private static String layer(String name) {
    return name.substring(0, Math.max(0, name.lastIndexOf('.')));
  }

  private static String leaf(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static String join(String layer, String leaf) {
    return layer.isEmpty() ? leaf : layer + "." + leaf;
  }

  /** The same values under the network's names. */
  <V> Map<String, V> rename(Map<String, V> values) {
    Map<String, V> renamed = new LinkedHashMap<>();
    values.forEach((name, value) -> renamed.put(names.get(name), value));
    return renamed;
  }
}
