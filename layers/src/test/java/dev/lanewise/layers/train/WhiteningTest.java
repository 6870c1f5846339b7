// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Tensors;
import dev.lanewise.layers.data.ImageDataset;
import dev.lanewise.layers.data.Preparation;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.Targets;
import dev.lanewise.layers.models.Models;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class WhiteningTest {
  private static final Shape IMAGE = Shape.of(26, 27, 3);
  private static final int N = 120;

  /** Images whose neighbouring pixels and channels are alike. */
  private static ImageDataset images() {
    Random random = new Random(1);
    byte[] pixels = new byte[N * IMAGE.size()];
    int value = 100;
    for (int i = 0; i < pixels.length; i++) {
      value = Math.clamp(60 + value / 2 + random.nextInt(101) - 50, 0, 255);
      pixels[i] = (byte) value;
    }
    return new ImageDataset(IMAGE, 2, pixels, new byte[N]);
  }

  private static Network network(ImageDataset images) {
    Network network = Models.named("airbench94", IMAGE, 2);
    network.initialize(1);
    return network.with(Preparation.of(images, WorkerTeam.single()));
  }

  /** What comes out has mean products of 1 with itself and of 0 with others, where it occurs. */
  @Test
  void patchesBecomeWhite() {
    ImageDataset images = images();
    Network network = network(images);
    Whitening.initialize(network, "whiten", images, WorkerTeam.single());
    Network whitened = network.upTo("whiten");
    Network.Pass pass = whitened.inferencePass(N, WorkerTeam.single());
    int[] order = new int[N];
    for (int i = 0; i < N; i++) {
      order[i] = i;
    }
    new Batches(WorkerTeam.single(), network.preparation().normalize(), 0)
        .copy(images, order, 0, N, pass.input(), new Targets(N));
    float[] y = Tensors.values(pass.forward(N));
    int channels = whitened.outputShape().channels();
    int half = channels / 2;
    double[][] products = new double[half][half];
    for (int at = 0; at < y.length; at += channels) {
      for (int i = 0; i < half; i++) {
        assertEquals(-y[at + i], y[at + half + i], "the other half is the negative");
        for (int j = 0; j < half; j++) {
          products[i][j] += (double) y[at + i] * y[at + j] * channels / y.length;
        }
      }
    }
    double before = 0;
    for (int i = 0; i < half; i++) {
      assertTrue(products[i][i] > before && products[i][i] < 1, "the rarer the smaller");
      before = products[i][i];
      assertTrue(products[i][i] > 0.99, "but all near 1");
      for (int j = 0; j < i; j++) {
        assertEquals(0, products[i][j], 1e-4);
      }
    }
  }

  @Test
  void neitherThreadsNorWhatWasThereBeforeMatter() {
    ImageDataset images = images();
    Network one = network(images);
    Network three = network(images);
    three.initialize(7);
    Whitening.initialize(one, "whiten", images, WorkerTeam.single());
    try (WorkerTeam team = new WorkerTeam(3)) {
      Whitening.initialize(three, "whiten", images, team);
    }
    for (String name : new String[] {"whiten.weight", "whiten.bias"}) {
      Tensor a = one.parameters().get(name).value();
      Tensor b = three.parameters().get(name).value();
      Tensors.assertSameBits(Tensors.values(a), Tensors.values(b), name);
    }
  }

  @Test
  void whatCannotBeWhitenedIsNamed() {
    ImageDataset images = images();
    Network network = network(images);
    assertRefused("layers.1.conv1 has the weight", network, "layers.1.conv1", images);
    assertRefused("head has the weight", network, "head", images);
    assertRefused("layers has no weight", network, "layers", images);
    assertRefused("there are 0 images", network, "whiten", images.slice(0, 0));
    Network other = Models.named("airbench94", Shape.of(32, 32, 3), 2);
    assertRefused("whitening needs images ", other, "whiten", images);
  }

  private static void assertRefused(
      String message, Network network, String layer, ImageDataset images) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> Whitening.initialize(network, layer, images, WorkerTeam.single()));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
