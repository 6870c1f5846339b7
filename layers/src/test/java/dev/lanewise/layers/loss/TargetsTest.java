// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.graph.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class TargetsTest {
  @Test
  void labelsBecomeTheValuesThatTheyStandFor() {
    Targets targets = new Targets(4, 3);
    assertFalse(targets.hasValues());
    int[] labels = targets.labels();
    labels[0] = 2;
    labels[2] = 1;
    Arrays.fill(targets.useValues().data, 9f);
    assertSame(labels, targets.useLabels());
    Tensor values = targets.labelsToValues(3);
    assertTrue(targets.hasValues());
    assertArrayEquals(
        new float[] {0, 0, 1, 1, 0, 0, 0, 1, 0, 9, 9, 9}, Arrays.copyOf(values.data, 12));
    values.data[0] = 0.25f;
    assertSame(values, targets.labelsToValues(3), "values stay as they are");
    assertEquals(0.25f, values.data[0]);
  }

  @Test
  void forOneOutputALabelIsTheValue() {
    Targets targets = new Targets(3, 1);
    targets.labels()[1] = 1;
    assertArrayEquals(new float[] {0, 1, 0}, Arrays.copyOf(targets.labelsToValues(3).data, 3));
  }

  @Test
  void labelsOfNoClassAreNotChanged() {
    Targets targets = new Targets(2, 3);
    for (int label : new int[] {-1, 3}) {
      targets.labels()[1] = label;
      assertEquals(
          "label 1 must be from 0 to 2, but is " + label,
          assertThrows(IllegalArgumentException.class, () -> targets.labelsToValues(2))
              .getMessage());
      assertFalse(targets.hasValues());
    }
    assertThrows(IllegalArgumentException.class, () -> targets.labelsToValues(3));
  }

  @Test
  void whatIsOfTheOtherKindIsRefused() {
    Targets labels = Targets.of(3, 1);
    assertThrows(IllegalStateException.class, labels::values);
    assertThrows(IllegalStateException.class, labels::useValues);
    assertThrows(IllegalStateException.class, () -> labels.labelsToValues(2));
    Targets values = Targets.of(Tensor.zeros(2, 5));
    assertThrows(IllegalStateException.class, values::labels);
    assertEquals(5, values.outputs());
    assertThrows(IllegalStateException.class, () -> values.copyTo(labels, 2));
    assertThrows(IllegalArgumentException.class, () -> new Targets(2, 0));
    assertThrows(IllegalArgumentException.class, () -> Targets.of(Tensor.zeros(0, 3)));
    assertThrows(IllegalArgumentException.class, () -> Targets.of(Tensor.zeros(2, 0)));
  }

  @Test
  void copiesAreOfTheSameKind() {
    Targets to = new Targets(2, 2);
    Targets.of(new Tensor(new float[] {0, 1, 2, 3, 4}, 1, 2, 2)).copyTo(to, 2);
    assertArrayEquals(new float[] {1, 2, 3, 4}, Arrays.copyOf(to.values().data, 4));
    Targets.of(1, 0).copyTo(to, 1);
    assertEquals(1, to.labels()[0]);
  }
}
