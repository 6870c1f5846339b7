// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.optim.Plateau;
import java.nio.file.Path;
import java.util.Map;

/** Where a {@link Plateau} stands: what checkpoints keep of it. */
final class PlateauState {
  /** PyTorch's: a smaller change of the learning rate is not made. */
  private static final double SMALLEST = 1e-8;

  private static final String KEY = "plateau.";

  private double scale = 1; // what the schedule's rates are multiplied by
  private double best = Double.POSITIVE_INFINITY;
  private int bad; // epochs in a row
  private int cooldown; // epochs left

  /** The learning rate of a step, from that of the schedule. */
  float rate(Plateau plateau, float scheduled) {
    return scale == 1 ? scheduled : (float) lowered(plateau, scheduled, scale);
  }

  private static double lowered(Plateau plateau, double scheduled, double scale) {
    return Math.max(scheduled * scale, Math.min(scheduled, plateau.least()));
  }

  /**
   * After an epoch.
   *
   * @param loss of its validation
   * @param scheduled the schedule's rate of its last step
   */
  void endEpoch(Plateau plateau, double loss, float scheduled) {
    if (loss < best * (1 - plateau.threshold())) {
      best = loss;
      bad = 0;
    } else {
      bad++;
    }
    if (cooldown > 0) {
      cooldown--;
      bad = 0;
    }
    if (bad > plateau.patience()) {
      double lower = scale * plateau.factor();
      double change = lowered(plateau, scheduled, scale) - lowered(plateau, scheduled, lower);
      if (change > SMALLEST) {
        scale = lower;
      }
      cooldown = plateau.cooldown();
      bad = 0;
    }
  }

  static PlateauState read(Path file, String prefix, Map<String, String> metadata)
      throws DataException {
    if (!metadata.containsKey(prefix + KEY + "scale")) {
      return null;
    }
    PlateauState state = new PlateauState();
    state.scale = number(file, prefix + KEY + "scale", 0, metadata);
    state.best = number(file, prefix + KEY + "best", Double.NEGATIVE_INFINITY, metadata);
    state.bad = (int) number(file, prefix + KEY + "bad", 0, metadata);
    state.cooldown = (int) number(file, prefix + KEY + "cooldown", 0, metadata);
    if (state.scale > 1) {
      throw new DataException(
          file, "has " + prefix + KEY + "scale " + state.scale + ", expected at most 1");
    }
    return state;
  }

  private static double number(Path file, String key, double least, Map<String, String> metadata)
      throws DataException {
    String text = metadata.get(key);
    double number;
    try {
      number = text == null ? Double.NaN : Double.parseDouble(text);
    } catch (NumberFormatException e) {
      number = Double.NaN;
    }
    if (!(number >= least)) {
      throw new DataException(
          file, "has " + key + " '" + text + "', expected a number from " + least + " on");
    }
    return number;
  }

  void write(String prefix, Map<String, String> metadata) {
    metadata.put(prefix + KEY + "scale", Double.toHexString(scale));
    metadata.put(prefix + KEY + "best", Double.toHexString(best));
    metadata.put(prefix + KEY + "bad", Integer.toString(bad));
    metadata.put(prefix + KEY + "cooldown", Integer.toString(cooldown));
  }
}
