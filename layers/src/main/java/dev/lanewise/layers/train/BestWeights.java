// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.graph.StoredTensor;
import dev.lanewise.layers.graph.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The weights of the {@link BestEpoch} so far. What checkpoints keep of it is here, too. */
final class BestWeights {
  private static final String PREFIX = "best.";

  private final BestEpoch rule;
  private final Network network;
  private final Map<String, Tensor> state = new LinkedHashMap<>();

  /** Prepares a copy of a network, with the weights that it has now. */
  BestWeights(BestEpoch rule, Network live) {
    this.rule = rule;
    network = live.copy();
    network.state().forEach((name, tensor) -> state.put(PREFIX + name, tensor.value()));
  }

  /** How the epochs compare. */
  static final class Standing {
    private double best = Double.POSITIVE_INFINITY;
    private int epochs; // since the best one

    void write(String prefix, Map<String, String> metadata) {
      metadata.put(prefix + PREFIX + "value", Double.toHexString(best));
      metadata.put(prefix + PREFIX + "epochs", Integer.toString(epochs));
    }

    /** {@code null} if there is none. */
    static Standing read(Path file, String prefix, Map<String, String> metadata)
        throws DataException {
      String value = metadata.get(prefix + PREFIX + "value");
      String epochs = metadata.get(prefix + PREFIX + "epochs");
      if (value == null && epochs == null) {
        return null;
      }
      Standing standing = new Standing();
      try {
        standing.best = Double.parseDouble(String.valueOf(value));
        standing.epochs = Integer.parseInt(epochs);
      } catch (NumberFormatException e) {
        standing.epochs = -1;
      }
      if (standing.epochs < 0 || Double.isNaN(standing.best)) {
        throw new DataException(
            file,
            ("has " + prefix + PREFIX + "value '" + value + "' and " + prefix + PREFIX + "epochs '")
                + (epochs + "', expected a number and a whole number from 0 on"));
      }
      return standing;
    }
  }

  /** After an epoch: takes the weights if it was the best. */
  void endEpoch(Standing standing, Evaluation validation, Network validated) {
    double value = rule.of(validation);
    if (value < standing.best - rule.margin()) {
      standing.best = value;
      standing.epochs = 0;
      Map<String, StoredTensor> from = validated.state();
      network
          .state()
          .forEach(
              (name, tensor) ->
                  from.get(name).value().copyTo(tensor.value(), tensor.value().size()));
    } else {
      standing.epochs++;
    }
  }

  /** Whether there is nothing to be hoped for any more. */
  boolean isOver(Standing standing) {
    return rule.patience() > 0 && standing.epochs >= rule.patience();
  }

  /** The network as it was after the best epoch. */
  Network network() {
    return network;
  }

  /** The tensors themselves, not copies, by name. */
  Map<String, Tensor> state() {
    return state;
  }
}
