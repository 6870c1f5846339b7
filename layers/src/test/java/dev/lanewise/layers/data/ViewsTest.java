// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.layers.graph.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ViewsTest {
  private static final Shape IMAGE = Shape.of(3, 4, 1);

  private static float[] image() {
    return new float[] {
      11, 12, 13, 14,
      21, 22, 23, 24,
      31, 32, 33, 34
    };
  }

  private static float[] view(Views views, int view, float... image) {
    float[] padded = new float[image.length + 5];
    System.arraycopy(image, 0, padded, 2, image.length);
    float[] to = new float[image.length + 3];
    views.copy(view, IMAGE, padded, 2, to, 3);
    assertArrayEquals(new float[3], Arrays.copyOf(to, 3), "only the view's elements");
    return Arrays.copyOfRange(to, 3, to.length);
  }

  @Test
  void oneViewIsTheImage() {
    assertEquals(1, Views.ONE.count());
    assertEquals(1f, Views.ONE.weight(0));
    assertArrayEquals(image(), view(Views.ONE, 0, image()));
  }

  /** The image shifted by one pixel, with its neighbours mirrored in; then the same mirrored. */
  @Test
  void sixViews() {
    Views views = new Views(true, 1);
    float[][] expected = {
      image(),
      {22, 21, 22, 23, 12, 11, 12, 13, 22, 21, 22, 23},
      {22, 23, 24, 23, 32, 33, 34, 33, 22, 23, 24, 23},
      {14, 13, 12, 11, 24, 23, 22, 21, 34, 33, 32, 31},
    };
    for (int i = 0; i < expected.length; i++) {
      assertArrayEquals(expected[i], view(views, i, image()), "view " + i);
    }
    for (int i = 0; i < 3; i++) {
      float[] mirrored = view(new Views(true, 0), 1, expected[i]);
      assertArrayEquals(mirrored, view(views, 3 + i, image()), "view " + (3 + i));
    }
  }

  @Test
  void channelsStayTogether() {
    float[] to = new float[6];
    new Views(true, 0).copy(1, Shape.of(1, 2, 3), new float[] {1, 2, 3, 4, 5, 6}, 0, to, 0);
    assertArrayEquals(new float[] {4, 5, 6, 1, 2, 3}, to);
  }

  @ParameterizedTest
  @CsvSource({"false,0,1", "true,0,0.5 0.5", "false,2,0.5 0.25 0.25", "true,1,0.25 0.125 0.125"})
  void weights(boolean mirrored, int shift, String first) {
    Views views = new Views(mirrored, shift);
    List<String> weights = new ArrayList<>();
    double sum = 0;
    for (int i = 0; i < views.count(); i++) {
      sum += views.weight(i);
      weights.add(views.weight(i) == 1 ? "1" : Float.toString(views.weight(i)));
    }
    assertEquals(1, sum);
    String[] expected = first.split(" ");
    assertEquals(List.of(expected), weights.subList(0, expected.length));
    assertEquals(
        weights.subList(0, weights.size() / (mirrored ? 2 : 1)),
        weights.subList(mirrored ? weights.size() / 2 : 0, weights.size()));
  }

  @Test
  void aShiftOutOfTheImageIsRefused() {
    new Views(false, 2).requireFit(IMAGE);
    assertEquals(
        "views shifted by 3 pixels need larger images than " + IMAGE,
        assertThrows(IllegalArgumentException.class, () -> new Views(false, 3).requireFit(IMAGE))
            .getMessage());
    assertThrows(IllegalArgumentException.class, () -> new Views(false, -1));
  }
}
