// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.augment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.Shape;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where pixels are moved as wholes, they keep their bits and come to the right place. */
final class ExactTest {
  private static final Shape SHAPE = new Shape(5, 6, 2);

  private static float at(float[] image, Shape shape, int y, int x, int c) {
    boolean inside = y >= 0 && y < shape.height() && x >= 0 && x < shape.width();
    return inside ? image[(y * shape.width() + x) * shape.channels() + c] : 0f;
  }

  private static float[] shifted(float[] image, Shape shape, int down, int right) {
    float[] result = new float[image.length];
    for (int i = 0; i < result.length; i++) {
      int pixel = i / shape.channels();
      int y = pixel / shape.width() - down;
      int x = pixel % shape.width() - right;
      result[i] = at(image, shape, y, x, i % shape.channels());
    }
    return result;
  }

  @Test
  void whatDrawsNothingChangesNoBit() {
    List<Transform> nothing =
        List.of(
            new RandomAffine(),
            new RandomAffine().bilinear().fill(3f, 4f),
            new RandomAffine().rotate(360, 360),
            new RandomAffine().rotate(-360, -360).bilinear(),
            new ElasticTransform(0, 3),
            RandomFlip.horizontal(0),
            RandomFlip.vertical(0),
            new RandomCrop(0),
            new RandomCrop(0).reflect(),
            new RandomResizedCrop(1, 1, 1.2, 1.2),
            new RandomErasing(0),
            new RandomErasing(1).area(0, 0),
            new RandomApply(0, new Cutout(2)));
    float[] image = Image.random(SHAPE, 1);
    for (Transform each : nothing) {
      for (int i = 0; i < 20; i++) {
        assertArrayEquals(image, Image.apply(each, SHAPE, image, i), each.toString());
      }
    }
    Shape colours = new Shape(4, 3, 3);
    float[] coloured = Image.random(colours, 2);
    assertArrayEquals(coloured, Image.apply(new ColorJitter(), colours, coloured, 0));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shiftsMoveWholePixels(boolean bilinear) {
    RandomAffine shift = new RandomAffine().shift(0.5, 0.4);
    RandomAffine transform = bilinear ? shift.bilinear() : shift;
    float[] image = Image.numbered(SHAPE);
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 500; i++) {
      float[] actual = Image.apply(transform, SHAPE, image, i);
      int found = 0;
      for (int down = -2; down <= 2; down++) {
        for (int right = -3; right <= 3; right++) {
          if (java.util.Arrays.equals(actual, shifted(image, SHAPE, down, right))) {
            seen.add(down + " " + right);
            found++;
          }
        }
      }
      assertEquals(1, found);
    }
    assertEquals(35, seen.size());
  }

  /** Clockwise, also of images that are not square, and in spite of a cosine that is not 0. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aQuarterTurnMovesWholePixels(boolean bilinear) {
    for (Shape shape : new Shape[] {new Shape(4, 4, 1), new Shape(7, 7, 3), new Shape(28, 28, 1)}) {
      int side = shape.height();
      float[] image = Image.random(shape, 5);
      float[] right = new float[image.length];
      float[] half = new float[image.length];
      for (int i = 0; i < image.length; i++) {
        int y = i / shape.channels() / side;
        int x = i / shape.channels() % side;
        right[i] = at(image, shape, side - 1 - x, y, i % shape.channels());
        half[i] = at(image, shape, side - 1 - y, side - 1 - x, i % shape.channels());
      }
      assertArrayEquals(right, Image.apply(turn(90, bilinear), shape, image, 0));
      assertArrayEquals(right, Image.apply(turn(-270, bilinear), shape, image, 0));
      assertArrayEquals(half, Image.apply(turn(180, bilinear), shape, image, 0));
    }
    float[] image = Image.numbered(SHAPE);
    float[] half = Image.apply(turn(180, bilinear), SHAPE, image, 0);
    for (int i = 0; i < image.length; i++) {
      int pixel = image.length / 2 - 1 - i / 2;
      assertEquals(image[2 * pixel + i % 2], half[i]);
    }
  }

  private static RandomAffine turn(double degrees, boolean bilinear) {
    RandomAffine turn = new RandomAffine().rotate(degrees, degrees);
    return bilinear ? turn.bilinear() : turn;
  }

  /** Half of each of two pixels, and the fill beyond the edges. */
  @Test
  void twiceAsLargeIsAMeanOfNeighbours() {
    Shape shape = new Shape(1, 4, 1);
    float[] image = {8f, 16f, 32f, 64f};
    RandomAffine twice = new RandomAffine().scale(2, 2).bilinear();
    // Columns 0.75, 1.25, 1.75 and 2.25, in the one row.
    assertArrayEquals(new float[] {14f, 20f, 28f, 40f}, Image.apply(twice, shape, image, 0));
    RandomAffine half = new RandomAffine().scale(0.5, 0.5).bilinear().fill(100f);
    // Columns -1.5, 0.5, 2.5 and 4.5.
    assertArrayEquals(new float[] {100f, 12f, 48f, 100f}, Image.apply(half, shape, image, 0));
  }

  /** As PyTorch's grid_sample rounds. */
  @Test
  void ofTwoPixelsThatAreEquallyNearTheEvenOneIsTaken() {
    RandomAffine half = new RandomAffine().scale(0.5, 0.5);
    float[] four = Image.apply(half, new Shape(1, 4, 1), new float[] {1f, 2f, 3f, 4f}, 0);
    assertArrayEquals(new float[] {0f, 1f, 3f, 0f}, four); // columns -1.5, 0.5, 2.5, 4.5
    float[] six = Image.apply(half, new Shape(1, 6, 1), new float[] {1f, 2f, 3f, 4f, 5f, 6f}, 0);
    assertArrayEquals(new float[] {0f, 1f, 3f, 5f, 0f, 0f}, six); // -2.5, -0.5, 1.5, ..., 7.5
  }

  @Test
  void flipsMirror() {
    float[] image = Image.numbered(SHAPE);
    float[] across = Image.apply(RandomFlip.horizontal(1), SHAPE, image, 0);
    float[] down = Image.apply(RandomFlip.vertical(1), SHAPE, image, 0);
    for (int y = 0; y < 5; y++) {
      for (int x = 0; x < 6; x++) {
        for (int c = 0; c < 2; c++) {
          assertEquals(at(image, SHAPE, y, 5 - x, c), at(across, SHAPE, y, x, c));
          assertEquals(at(image, SHAPE, 4 - y, x, c), at(down, SHAPE, y, x, c));
        }
      }
    }
    for (RandomFlip flip : List.of(RandomFlip.horizontal(1), RandomFlip.vertical(1))) {
      assertArrayEquals(image, Image.apply(flip.then(flip), SHAPE, image, 0));
    }
  }

  /** The first epoch is random, each later one shows the other side. */
  @Test
  void alternatingFlipsShowBothSides() {
    RandomFlip flip = RandomFlip.horizontal().alternating();
    float[] image = Image.numbered(SHAPE);
    float[] mirrored = Image.apply(RandomFlip.horizontal(1), SHAPE, image, 0);
    Transform.Context context = new Transform.Context(3);
    int atFirst = 0;
    for (int i = 0; i < 200; i++) {
      boolean first = false;
      for (int epoch = 0; epoch < 5; epoch++) {
        float[] actual = Image.apply(flip, context, SHAPE, image, epoch, i);
        boolean flipped = actual[0] == mirrored[0];
        assertArrayEquals(flipped ? mirrored : image, actual);
        first = epoch == 0 ? flipped : first;
        assertEquals(first ^ epoch % 2 == 1, flipped);
      }
      atFirst += first ? 1 : 0;
    }
    assertTrue(atFirst > 70 && atFirst < 130, "flipped at first: " + atFirst);
  }

  @Test
  void paddingsContinueAnImage() {
    Shape shape = new Shape(1, 4, 1);
    float[] image = {1f, 2f, 3f, 4f};
    assertEquals(
        Set.of("0000", "0001", "0012", "0123", "1234", "2340", "3400", "4000"),
        crops(new RandomCrop(0, 4), shape, image));
    assertEquals(
        Set.of("9991", "9912", "9123", "1234", "2349", "3499", "4999"),
        crops(new RandomCrop(0, 3).fill(9f), shape, image));
    assertEquals(
        Set.of("4321", "3212", "2123", "1234", "2343", "3432"),
        crops(new RandomCrop(0, 3).reflect(), shape, image));
    assertEquals(
        Set.of("1111", "1112", "1123", "1234", "2344", "3444", "4444"),
        crops(new RandomCrop(0, 4).edge(), shape, image));
  }

  private static Set<String> crops(RandomCrop crop, Shape shape, float[] image) {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 300; i++) {
      StringBuilder digits = new StringBuilder();
      for (float value : Image.apply(crop, shape, image, i)) {
        digits.append((int) value);
      }
      seen.add(digits.toString());
    }
    return seen;
  }

  @Test
  void eachChannelHasItsFill() {
    float[] image = Image.numbered(SHAPE);
    float[] erased = Image.apply(new Cutout(5).fill(-1f, -2f), SHAPE, image, 4);
    float[] cropped = Image.apply(new RandomCrop(5, 0).fill(-1f, -2f), SHAPE, image, 6);
    float[] turned = Image.apply(turn(45, true).fill(-1f, -2f), SHAPE, image, 0);
    float[] small =
        Image.apply(new RandomAffine().scale(0.01, 0.01).fill(-1f, -2f), SHAPE, image, 0);
    for (float[] each : List.of(erased, cropped, turned, small)) {
      int filled = 0;
      for (int i = 0; i < each.length; i++) {
        if (each[i] < 0 && each[i] % 1 == 0) {
          assertEquals(i % 2 == 0 ? -1f : -2f, each[i]);
          filled++;
        }
      }
      assertTrue(filled > 0);
    }
  }

  /** Coordinates that are very far away neither overflow nor lead out of an array. */
  @Test
  void extremesStayInside() {
    Shape wide = new Shape(2, 3000, 1);
    float[] image = Image.random(wide, 3);
    RandomAffine[] extremes = {
      new RandomAffine().scale(0.001, 0.001).shear(89, 89, 89, 89),
      new RandomAffine().scale(1000, 1000).rotate(17, 17),
      new RandomAffine().shift(1).shear(-89, -89, 0, 0)
    };
    for (RandomAffine each : extremes) {
      for (RandomAffine transform : List.of(each, each.bilinear())) {
        for (float value : Image.apply(transform, wide, image, 1)) {
          assertTrue(value >= 0 && value <= 1, "" + value);
        }
      }
    }
    for (float value : Image.apply(new ElasticTransform(1e6, 0.1), wide, image, 1)) {
      assertTrue(value >= 0 && value <= 1, "" + value);
    }
  }
}
