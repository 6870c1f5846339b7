// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.FloatDataset;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

class MistakeTest {
  private static final Shape PIXEL = new Shape(1, 1, 2);

  /** Whose logits are the two values of the image. */
  private static Network identity() {
    Network network = new Network(PIXEL, new Dense(2));
    Tensor weight = network.parameters().get("0.weight").value();
    weight.data[weight.offset] = 1;
    weight.data[weight.offset + 3] = 1;
    return network;
  }

  private static List<Mistake> worst(int most, float[] logits, int... labels) {
    FloatDataset data = new FloatDataset(PIXEL, 2, logits, labels);
    return Mistake.worst(identity(), data, most, WorkerTeam.single());
  }

  @Test
  void theLargestLossComesFirst() {
    float[] logits = {0, 1, /* right */ 3, 0, 0, 3, 500, 0, 0, Float.NaN, 3, 0};
    List<Mistake> worst = worst(10, logits, 0, 0, 0, 1, 1, 1);

    assertEquals(List.of(3, 2, 5, 0), worst.stream().map(Mistake::image).toList());
    assertEquals(new Mistake(3, 1, 0, 1, StrictMath.exp(-500), 500), worst.getFirst());
    double odds = StrictMath.exp(-3);
    assertEquals(1 / (1 + odds), worst.get(1).certainty(), 1e-15);
    assertEquals(odds / (1 + odds), worst.get(1).truth(), 1e-15);
    assertEquals(3 + StrictMath.log1p(odds), worst.get(1).loss(), 1e-14);
    assertEquals(1, worst.get(1).prediction());
    assertEquals(0, worst.get(1).label());
  }

  @Test
  void onlySomeOfThem() {
    float[] logits = {3, 0, 2, 0, 4, 0, 3, 0};
    assertEquals(List.of(2, 0), worst(2, logits, 1, 1, 1, 1).stream().map(Mistake::image).toList());
    assertEquals(List.of(), worst(0, logits, 1, 1, 1, 1));
    assertEquals(List.of(), worst(2, logits, 0, 0, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> worst(-1, logits, 0, 0, 0, 0));
  }

  /** Over several batches, against the evaluation and a sort of everything. */
  @Test
  void allMistakesAreThoseOfTheEvaluation() {
    Stripes data = new Stripes(250, 8, 3);
    Network network = new Network(data.shape(), new Flatten(), new Dense(4));
    network.initialize(1);
    try (WorkerTeam team = new WorkerTeam(2)) {
      List<Mistake> all = Mistake.worst(network, data, 250, team);
      Evaluation evaluation = Evaluation.of(network, data, team);

      long right = 250 - all.size();
      assertEquals(evaluation.accuracy(), right / 250.0);
      assertTrue(right > 0 && all.size() > 20, right + " are right");
      for (Mistake mistake : all) {
        assertEquals(data.label(mistake.image()), mistake.label());
        assertTrue(mistake.certainty() >= mistake.truth(), mistake.toString());
      }
      List<Mistake> sorted = new ArrayList<>(all);
      sorted.sort(Comparator.comparingDouble(Mistake::loss).reversed());
      assertEquals(sorted, all);
      assertEquals(all.subList(0, 20), Mistake.worst(network, data, 20, team));
    }
  }

  @Test
  void valuesAreRefused() {
    FloatDataset values = new FloatDataset(PIXEL, 2, new float[2], new float[2]);
    assertThrows(
        IllegalArgumentException.class,
        () -> Mistake.worst(identity(), values, 1, WorkerTeam.single()));
  }
}
