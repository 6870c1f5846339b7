// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.augment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.data.Normalize;
import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What all transforms keep, what they draw, and what they refuse. */
final class AugmentationTest {
  private static final Shape SHAPE = new Shape(9, 8, 3);

  private static final List<Transform> ALL =
      List.of(
          new RandomAffine().rotate(30).shift(0.2).scale(0.8, 1.2).shear(10).bilinear(),
          new RandomAffine().rotate(30).shift(0.2),
          new ElasticTransform(20, 2),
          RandomFlip.horizontal(),
          RandomFlip.vertical(),
          RandomFlip.horizontal().alternating(),
          new RandomCrop(2).reflect(),
          new RandomResizedCrop(),
          new RandomErasing().noise(),
          new Cutout(3),
          new RandomApply(0.5, new Cutout(4)),
          new ColorJitter().brightness(0.2).contrast(0.2).saturation(0.2).hue(0.1));

  /** Nothing of one image is left for the next. */
  @Test
  void anImageDependsOnSeedEpochAndNumberAlone() {
    float[] image = Image.random(SHAPE, 4);
    for (Transform transform : ALL) {
      Transform.Context used = Image.used(transform, 7);
      int different = 0;
      for (int i = 9; i >= 0; i--) {
        for (int epoch = 1; epoch >= 0; epoch--) {
          Transform.Context fresh = new Transform.Context(7);
          float[] expected = Image.apply(transform, fresh, SHAPE, image, epoch, i);
          assertArrayEquals(expected, Image.apply(transform, used, SHAPE, image, epoch, i));
          Transform.Context other = new Transform.Context(8);
          float[] ofOther = Image.apply(transform, other, SHAPE, image, epoch, i);
          different += java.util.Arrays.equals(expected, ofOther) ? 0 : 1;
        }
      }
      assertTrue(different >= 4, transform + " differs in " + different + " of 20 by the seed");
    }
  }

  @Test
  void transformsFollowOneAnother() {
    float[] image = Image.random(SHAPE, 4);
    Transform both = RandomFlip.horizontal(1).then(new RandomApply(1, new Normalize(0.5f, 2f)));
    float[] mirrored = Image.apply(RandomFlip.horizontal(1), SHAPE, image, 0);
    float[] expected = Image.apply(new Normalize(0.5f, 2f), SHAPE, mirrored, 0);
    assertArrayEquals(expected, Image.apply(both, SHAPE, image, 0));
  }

  @Test
  void probabilitiesAreKept() {
    Transform mark = (image, offset, context) -> image[offset] = 1f;
    Shape one = new Shape(1, 1, 1);
    for (double p : new double[] {0, 0.1, 0.5, 1}) {
      int applied = 0;
      for (int i = 0; i < 4000; i++) {
        applied += (int) Image.apply(new RandomApply(p, mark), one, new float[1], i)[0];
      }
      assertEquals(p * 4000, applied, 4 * Math.sqrt(4000 * p * (1 - p)));
    }
  }

  /** Chi-squared of 25 shifts with 24 degrees of freedom: 99.9 % lie below 51.2. */
  @Test
  void allCropsAreEquallyLikely() {
    Shape shape = new Shape(5, 5, 1);
    int[] counts = new int[25];
    float[] image = new float[25];
    image[12] = 1f; // the middle
    int images = 5000;
    for (int i = 0; i < images; i++) {
      float[] cropped = Image.apply(new RandomCrop(2), shape, image, i);
      for (int at = 0; at < 25; at++) {
        counts[at] += (int) cropped[at];
      }
    }
    double chi = 0;
    for (int count : counts) {
      chi += (count - images / 25.0) * (count - images / 25.0) / (images / 25.0);
    }
    assertTrue(chi > 5 && chi < 51.2, "chi-squared is " + chi);
  }

  /** The area erased has the mean of its range; a centre anywhere loses what lies outside. */
  @Test
  void areasHaveTheirMeans() {
    Shape shape = new Shape(40, 40, 1);
    float[] image = new float[shape.size()];
    java.util.Arrays.fill(image, 1f);
    assertEquals(0.15, erased(new RandomErasing(1).area(0.1, 0.2), shape, image), 0.003);
    assertEquals(0.0725, erased(new RandomErasing(0.5).area(0.09, 0.2), shape, image), 0.01);
    // Of 10 pixels of a side, 10 - 25/40 * 10 / 10 are inside on average: 5 + 4 + 3 + 2 + 1 are
    // lost at one end, 4 + 3 + 2 + 1 at the other, in 40 places.
    double side = 10 - 25 / 40.0;
    assertEquals(side * side / 1600, erased(new Cutout(10), shape, image), 0.001);
  }

  private static double erased(Transform transform, Shape shape, float[] image) {
    double sum = 0;
    for (int i = 0; i < 1000; i++) {
      for (float value : Image.apply(transform, shape, image, i)) {
        sum += 1 - value;
      }
    }
    return sum / 1000 / shape.size();
  }

  /** The deformation is as wide as its definition says: alpha times a smoothed uniform number. */
  @Test
  void elasticDeformationsHaveTheirWidth() {
    Shape shape = new Shape(41, 41, 1);
    float[] columns = new float[shape.size()];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = i % 41;
    }
    double squares = 0;
    int images = 400;
    for (int i = 0; i < images; i++) {
      float[] moved = Image.apply(new ElasticTransform(10, 2), shape, columns, i);
      double distance = moved[20 * 41 + 20] - 20; // in the middle, where nothing ends
      squares += distance * distance;
    }
    // Variance 1/3 of each number, times the sum of the squared weights: 1 / (4 pi sigma^2).
    double expected = 100 / 3.0 / (4 * Math.PI * 4);
    assertEquals(expected, squares / images, expected * 0.25);
  }

  private static void assertRefused(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }

  @Test
  void impossibleRangesAreRefused() {
    RandomAffine affine = new RandomAffine();
    assertRefused(
        "the rotation must be a range within -360.0 to 360.0, but is 10.0 to -10.0",
        () -> affine.rotate(10, -10));
    assertRefused("the rotation must be from 0.0 to 360.0, but is -1.0", () -> affine.rotate(-1));
    assertRefused(
        "the rotation must be from 0.0 to 360.0, but is NaN", () -> affine.rotate(Double.NaN));
    assertRefused("the shift must be from 0.0 to 1.0, but is 1.5", () -> affine.shift(1.5));
    assertRefused("the shift must be from 0.0 to 1.0, but is -0.1", () -> affine.shift(0, -0.1));
    assertRefused(
        "the scale must be a range within 0.001 to 1000.0, but is 0.0 to 1.0",
        () -> affine.scale(0, 1));
    assertRefused(
        "the scale must be a range within 0.001 to 1000.0, but is 1.2 to 0.8",
        () -> affine.scale(1.2, 0.8));
    assertRefused("the shear must be from 0.0 to 89.0, but is 90.0", () -> affine.shear(90));
    assertRefused(
        "the shear must be a range within -89.0 to 89.0, but is 0.0 to 100.0",
        () -> affine.shear(0, 0, 0, 100));
    assertRefused("the fill must be finite, but is NaN", () -> affine.fill(1f, Float.NaN));
    assertRefused("expected a value to fill with, or one for each channel", () -> affine.fill());
    assertRefused(
        "alpha must be from 0.0 to 1000000.0, but is -1.0", () -> new ElasticTransform(-1, 4));
    assertRefused("sigma must be from 0.1 to 1000.0, but is 0.0", () -> new ElasticTransform(1, 0));
    for (double p : new double[] {-0.1, 1.1, Double.NaN}) {
      String message = "the probability must be from 0.0 to 1.0, but is " + p;
      assertRefused(message, () -> RandomFlip.horizontal(p));
      assertRefused(message, () -> RandomFlip.vertical(p));
      assertRefused(message, () -> new RandomErasing(p));
      assertRefused(message, () -> new RandomApply(p, Transform.NONE));
    }
    assertRefused("the padding must be at least 0 pixels, but is -1", () -> new RandomCrop(-1));
    assertRefused(
        "the area must be a range within 0.0 to 1.0, but is 0.5 to 0.4",
        () -> new RandomErasing().area(0.5, 0.4));
    assertRefused(
        "the aspect ratio must be a range within 0.001 to 1000.0, but is 0.0 to 1.0",
        () -> new RandomErasing().ratio(0, 1));
    assertRefused(
        "the area must be a range within 1.0E-6 to 1.0, but is 0.0 to 1.0",
        () -> new RandomResizedCrop(0, 1));
    assertRefused("the size must be at least 1 pixel, but is 0", () -> new Cutout(0));
    assertRefused("the hue must be from 0.0 to 0.5, but is 0.6", () -> new ColorJitter().hue(0.6));
    assertRefused(
        "the brightness must be from 0.0 to 999.0, but is NaN",
        () -> new ColorJitter().brightness(Double.NaN));
  }

  @Test
  void imagesThatDoNotFitAreRefused() {
    Shape shape = new Shape(4, 6, 2);
    String fills = "there are fills of 3 channels, but images [4, 6, 2]";
    assertRefused(fills, () -> new RandomAffine().fill(1, 2, 3).requireFit(shape));
    assertRefused(fills, () -> new ElasticTransform(1, 1).fill(1, 2, 3).requireFit(shape));
    assertRefused(fills, () -> new RandomCrop(9).fill(1, 2, 3).requireFit(shape));
    assertRefused(fills, () -> new RandomErasing().fill(1, 2, 3).requireFit(shape));
    assertRefused(fills, () -> new Cutout(2).fill(1, 2, 3).requireFit(shape));
    assertRefused(
        "a cutout of 5x5 pixels does not fit into images [4, 6, 2]",
        () -> new Cutout(5).requireFit(shape));
    assertRefused(
        "a cutout of 5x5 pixels does not fit into images [6, 4, 2]",
        () -> new Cutout(5).requireFit(new Shape(6, 4, 2)));
    String reflected = "a reflected padding of 4 and 0 pixels needs larger images than [4, 6, 2]";
    assertRefused(reflected, () -> new RandomCrop(4, 0).reflect().requireFit(shape));
    assertRefused(
        "a reflected padding of 0 and 6 pixels needs larger images than [4, 6, 2]",
        () -> new RandomCrop(0, 6).reflect().requireFit(shape));
    new RandomCrop(3, 5).reflect().requireFit(shape);
    assertRefused(
        "colours need images of 1 or 3 channels, but they are [4, 6, 2]",
        () -> new ColorJitter().requireFit(shape));
    Transform bad = new RandomCrop(4, 0).reflect();
    assertRefused(reflected, () -> bad.then(Transform.NONE).requireFit(shape));
    assertRefused(reflected, () -> Transform.NONE.then(bad).requireFit(shape));
    assertRefused(reflected, () -> new RandomApply(0.1, bad).requireFit(shape));
    String means = "there are means of 3 channels, but images [4, 6, 2]";
    Normalize three = new Normalize(new float[3], new float[] {1f, 1f, 1f});
    assertRefused(means, () -> three.requireFit(shape));
  }
}
