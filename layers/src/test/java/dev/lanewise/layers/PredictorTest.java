// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.data.Preparation;
import dev.lanewise.layers.data.Views;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.models.Models;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PredictorTest {
  private static final Shape IMAGE = Shape.of(8, 8, 1);
  private static final int CLASSES = 5;
  private static final int IMAGES = 7;

  private final Network network = Models.complex(IMAGE, CLASSES);
  private final float[] images = new float[IMAGES * IMAGE.size()];

  PredictorTest() {
    network.initialize(2);
    RandomStream random = new RandomStream(3);
    for (int i = 0; i < images.length; i++) {
      images[i] = (float) random.nextDouble();
    }
  }

  private float[] logits() {
    Network.Pass pass = network.inferencePass(IMAGES, WorkerTeam.single());
    Tensor x = pass.input();
    System.arraycopy(images, 0, x.data, x.offset, images.length);
    Tensor y = pass.forward(IMAGES);
    return Arrays.copyOfRange(y.data, y.offset, y.offset + IMAGES * CLASSES);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 7, 20})
  void outputsAreThoseOfAPass(int maxBatch) {
    float[] outputs = new float[IMAGES * CLASSES];
    new Predictor(network, maxBatch).outputs(IMAGES, images, outputs);
    assertArrayEquals(logits(), outputs);
  }

  /** What a pass makes of each view, averaged in doubles. */
  @ParameterizedTest
  @CsvSource({"true,0,1", "false,1,3", "true,2,20"})
  void outputsAreTheAverageOverViews(boolean mirrored, int shift, int maxBatch) {
    Views views = new Views(mirrored, shift);
    double[] expected = new double[IMAGES * CLASSES];
    Network.Pass pass = network.inferencePass(IMAGES, WorkerTeam.single());
    for (int view = 0; view < views.count(); view++) {
      for (int i = 0; i < IMAGES; i++) {
        int at = i * IMAGE.size();
        views.copy(view, IMAGE, images, at, pass.input().data, pass.input().offset + at);
      }
      float[] y = Tensors.values(pass.forward(IMAGES));
      for (int i = 0; i < y.length; i++) {
        expected[i] += (double) views.weight(view) * y[i];
      }
    }
    float[] outputs = new float[IMAGES * CLASSES];
    Network viewed = network.with(Preparation.NONE.views(views));
    new Predictor(viewed, maxBatch).outputs(IMAGES, images, outputs);
    for (int i = 0; i < outputs.length; i++) {
      assertEquals(expected[i], outputs[i], 1e-6 * Math.max(1, Math.abs(expected[i])));
    }
    try (WorkerTeam team = new WorkerTeam(3)) {
      float[] shared = new float[outputs.length];
      new Predictor(viewed, maxBatch, team).outputs(IMAGES, images, shared);
      Tensors.assertSameBits(outputs, shared, "threads");
    }
    Network.Pass training = viewed.trainingPass(1, WorkerTeam.single());
    System.arraycopy(images, 0, training.input().data, training.input().offset, IMAGE.size());
    assertArrayEquals(
        Arrays.copyOf(logits(), CLASSES),
        Arrays.copyOf(Tensors.values(training.forward(1)), CLASSES),
        "a training sees the images themselves");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 20})
  void probabilitiesAreTheSoftmaxOfTheLogits(int maxBatch) {
    float[] probabilities = new float[IMAGES * CLASSES];
    new Predictor(network, maxBatch).probabilities(IMAGES, images, probabilities);
    float[] logits = logits();
    for (int i = 0; i < IMAGES; i++) {
      double sum = 0;
      for (int c = 0; c < CLASSES; c++) {
        sum += Math.exp(logits[i * CLASSES + c]);
      }
      for (int c = 0; c < CLASSES; c++) {
        double expected = Math.exp(logits[i * CLASSES + c]) / sum;
        assertEquals(expected, probabilities[i * CLASSES + c], 1e-6);
      }
    }
  }

  @Test
  void theBestClassesComeFirst() {
    Predictor predictor = new Predictor(network, 3);
    float[] all = new float[IMAGES * CLASSES];
    predictor.probabilities(IMAGES, images, all);
    for (int k = 1; k <= CLASSES; k++) {
      int[] classes = new int[IMAGES * k];
      float[] best = new float[IMAGES * k];
      predictor.top(IMAGES, images, k, classes, best);
      for (int i = 0; i < IMAGES; i++) {
        float[] sorted = Arrays.copyOfRange(all, i * CLASSES, (i + 1) * CLASSES);
        Arrays.sort(sorted);
        for (int j = 0; j < k; j++) {
          assertEquals(sorted[CLASSES - 1 - j], best[i * k + j]);
          assertEquals(best[i * k + j], all[i * CLASSES + classes[i * k + j]]);
        }
      }
    }
  }

  /** A network of zeros finds all classes equally probable. */
  @Test
  void ofEqualClassesTheLowerComesFirst() {
    int[] classes = new int[3];
    float[] best = new float[3];
    new Predictor(Models.simple(IMAGE, CLASSES)).top(1, images, 3, classes, best);
    assertArrayEquals(new int[] {0, 1, 2}, classes);
    assertArrayEquals(new float[] {0.2f, 0.2f, 0.2f}, best);
  }

  /** 11 is the dense layer in front of the last one. */
  @Test
  void embeddingsAreWhatALayerMakes() {
    Predictor embedding = new Predictor(network.upTo("12"));
    assertEquals(Shape.flat(128), embedding.outputShape());
    float[] image = Arrays.copyOf(images, 64);
    float[] features = embedding.outputs(image);
    assertTrue(features.length == 128);
    Tensor w = network.parameters().get("13.weight").value();
    float[] logits = new Predictor(network).outputs(image);
    for (int c = 0; c < CLASSES; c++) {
      double sum = 0;
      for (int i = 0; i < 128; i++) {
        sum += (double) features[i] * w.data[w.offset + c * 128 + i];
      }
      assertEquals(sum, logits[c], 1e-5);
    }
  }

  @Test
  void manyThreadsGetTheSameBits() throws InterruptedException {
    Predictor predictor = new Predictor(network, 2);
    float[] expected = new float[IMAGES * CLASSES];
    predictor.probabilities(IMAGES, images, expected);
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 9; t++) {
      threads.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      for (int i = 0; i < 20; i++) {
                        float[] actual = new float[expected.length];
                        predictor.probabilities(IMAGES, images, actual);
                        assertArrayEquals(expected, actual);
                      }
                    } catch (Throwable e) {
                      failures.add(e);
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(List.of(), failures);
  }

  @Test
  void sizesAreChecked() {
    Predictor predictor = new Predictor(network, 2);
    assertThrows(IllegalArgumentException.class, () -> new Predictor(network, 0));
    for (int length : new int[] {63, 65}) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> predictor.outputs(new float[length]))
              .getMessage();
      assertEquals("an image of shape [8, 8, 1] needs 64 values, but there are " + length, message);
      assertThrows(
          IllegalArgumentException.class, () -> predictor.probabilities(new float[length]));
    }
    assertThrows(IllegalArgumentException.class, () -> predictor.outputs(-1, images, new float[5]));
    assertThrows(
        IllegalArgumentException.class, () -> predictor.probabilities(2, images, new float[9]));
    for (int k : new int[] {0, CLASSES + 1}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> predictor.top(1, images, k, new int[9], new float[9]));
    }
  }
}
