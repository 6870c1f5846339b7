// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.augment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Transforms give what torchvision gives with the same random numbers, for images of one and of
 * three channels: files of {@code src/test/python/augment_cases.py}.
 */
final class TorchvisionTest {
  private static final Path FOLDER = Path.of("src", "test", "resources", "augment");
  private static final long SEED = 5;
  private static final int EPOCH = 3;

  /** Some roundings of values from 0 to 1. */
  private static final double CLOSE = 0x1p-20;

  /** Where values are multiplied by more than 1. */
  private static final double NEAR = 0x1p-18;

  private static final RandomAffine ANY =
      new RandomAffine().rotate(180).shift(0.2, 0.3).scale(0.7, 1.4).shear(-20, 20, -10, 15);

  static List<Arguments> cases() {
    return List.of(
        Arguments.of("affine-nearest", ANY, 0),
        Arguments.of("affine-bilinear", ANY.bilinear(), CLOSE),
        Arguments.of(
            "affine-fill",
            new RandomAffine().bilinear().fill(0.5f).scale(0.5, 0.5).rotate(20, 30),
            CLOSE),
        Arguments.of("affine-shift", new RandomAffine().shift(0.5), 0),
        Arguments.of("affine-shear", new RandomAffine().shear(40, 40, 0, 0).bilinear(), CLOSE),
        Arguments.of("affine-halved", new RandomAffine().scale(0.5, 0.5), 0),
        Arguments.of("elastic", new ElasticTransform(20, 1.5), NEAR),
        Arguments.of("elastic-wide", new ElasticTransform(60, 4).fill(0.25f), NEAR),
        Arguments.of("flip-horizontal", RandomFlip.horizontal(), 0),
        Arguments.of("flip-vertical", RandomFlip.vertical(0.7), 0),
        Arguments.of("crop", new RandomCrop(4), 0),
        Arguments.of("crop-fill", new RandomCrop(12, 1).fill(0.5f), 0),
        Arguments.of("crop-reflect", new RandomCrop(2, 7).reflect(), 0),
        Arguments.of("crop-edge", new RandomCrop(3, 9).edge(), 0),
        Arguments.of("resized-crop", new RandomResizedCrop(), CLOSE),
        Arguments.of("resized-crop-wide", new RandomResizedCrop(0.9, 1, 3, 4), CLOSE),
        Arguments.of("erasing", new RandomErasing(1), 0),
        Arguments.of("erasing-half", new RandomErasing().area(0.1, 0.2).ratio(1, 1), 0),
        Arguments.of("erasing-noise", new RandomErasing(1).noise(), CLOSE),
        Arguments.of(
            "jitter",
            new ColorJitter().brightness(0.4).contrast(0.4).saturation(0.4).hue(0.2),
            CLOSE),
        Arguments.of(
            "jitter-strong",
            new ColorJitter().hue(0.5).saturation(4).contrast(3).brightness(2),
            NEAR));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void imagesBecomeWhatTorchvisionMakesOfThem(String name, Transform transform, double tolerance)
      throws IOException {
    Safetensors images = Safetensors.read(FOLDER.resolve("images.safetensors"));
    Safetensors expected = Safetensors.read(FOLDER.resolve(name + ".safetensors"));
    Transform.Context context = new Transform.Context(SEED);
    int changed = 0;
    for (String channels : List.of("1", "3")) {
      Tensor x = images.tensors().get(channels);
      Tensor y = expected.tensors().get(channels);
      int[] dims = x.dims(); // [N, C, H, W]
      Shape shape = new Shape(dims[2], dims[3], dims[1]);
      transform.requireFit(shape);
      for (int i = 0; i < dims[0]; i++) {
        float[] image = channelsLast(x, i, shape);
        float[] wanted = channelsLast(y, i, shape);
        float[] actual = Image.apply(transform, context, shape, image, EPOCH, i);
        for (int at = 0; at < wanted.length; at++) {
          String where = shape + ", image " + i + ", element " + at;
          assertEquals(wanted[at], actual[at], tolerance, where);
          changed += wanted[at] == image[at] ? 0 : 1;
        }
      }
    }
    assertNotEquals(0, changed);
  }

  private static float[] channelsLast(Tensor images, int image, Shape shape) {
    float[] result = new float[shape.size()];
    int pixels = shape.height() * shape.width();
    for (int i = 0; i < result.length; i++) {
      int from = image * result.length + i % shape.channels() * pixels + i / shape.channels();
      result[i] = images.data[images.offset + from];
    }
    return result;
  }

  @Test
  void everyRecordedFileIsRead() throws IOException {
    try (var files = java.nio.file.Files.list(FOLDER)) {
      assertEquals(cases().size() + 1, files.count());
    }
  }
}
