// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What was done to the tensors of a file so that they go into a network. Immutable.
 *
 * @param prefix what was taken off all names, such as {@code module.}; may be empty
 * @param layers the layers of the file, by the name of the layer that each was matched with by
 *     {@link Match#SHAPES}, in the order of the network; empty if the names went
 * @param types the types that were converted to floats, such as {@code F16}; may be empty
 */
public record Loaded(String prefix, Map<String, String> layers, SortedSet<String> types) {
  /** Copies the collections. */
  public Loaded {
    layers = Collections.unmodifiableMap(new LinkedHashMap<>(layers));
    types = Collections.unmodifiableSortedSet(new TreeSet<>(types));
  }

  /**
   * Whether everything was in the file as it is in the network.
   *
   * @return whether there is nothing to tell
   */
  public boolean asIs() {
    return prefix.isEmpty() && layers.isEmpty() && types.isEmpty();
  }

  /** One line that says it in words; empty if there is nothing to tell. */
  @Override
  public String toString() {
    List<String> parts = new ArrayList<>();
    if (!prefix.isEmpty()) {
      parts.add("took '" + prefix + "' off the names");
    }
    if (!layers.isEmpty()) {
      parts.add(
          layers.entrySet().stream()
              .map(entry -> "'" + entry.getValue() + "' as '" + entry.getKey() + "'")
              .collect(Collectors.joining(", ", "matched by order and shape: ", "")));
    }
    if (!types.isEmpty()) {
      parts.add("converted " + String.join(", ", types) + " to F32");
    }
    return String.join("; ", parts);
  }
}
