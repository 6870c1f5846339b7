// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.augment.BatchTransform;
import dev.lanewise.layers.augment.CutMix;
import dev.lanewise.layers.augment.Cutout;
import dev.lanewise.layers.augment.MixUp;
import dev.lanewise.layers.augment.RandomAffine;
import dev.lanewise.layers.augment.RandomCrop;
import dev.lanewise.layers.augment.RandomFlip;
import dev.lanewise.layers.data.Normalize;
import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.CheckpointFolder;
import dev.lanewise.layers.loss.Targets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Augmentation changes nothing of what a training depends on. */
final class AugmentedTrainingTest {
  private static final Transform TRANSFORM =
      RandomFlip.horizontal()
          .alternating()
          .then(new RandomAffine().rotate(20).shift(0.1).scale(0.9, 1.1).bilinear())
          .then(new RandomCrop(1).reflect())
          .then(new Normalize(0.5f, 0.25f));
  private static final BatchTransform MIX = BatchTransform.oneOf(new MixUp(0.4), new CutMix());

  private static Trainer trainer(Network network, WorkerTeam team) {
    return TrainerTest.builder(network, team, 5, 0.05f)
        .transform(TRANSFORM)
        .batchTransform(MIX)
        .build();
  }

  private static List<Float> weights(Network network) {
    List<Float> weights = new ArrayList<>();
    network
        .parameters()
        .forEach(
            (name, p) -> {
              for (int i = 0; i < p.value().size(); i++) {
                weights.add(p.value().data[p.value().offset + i]);
              }
            });
    return weights;
  }

  @Test
  void theThreadsDoNotMatter() {
    Stripes data = new Stripes(23, 8, 4);
    Set<List<Float>> results = new HashSet<>();
    for (int threads : new int[] {1, 2, 7}) {
      Network network = TrainerTest.simple(8);
      try (WorkerTeam team = new WorkerTeam(threads)) {
        trainer(network, team).fit(2, data);
      }
      results.add(weights(network));
    }
    assertEquals(1, results.size());
    Network plain = TrainerTest.simple(8);
    TrainerTest.builder(plain, WorkerTeam.single(), 5, 0.05f)
        .transform(TRANSFORM)
        .build()
        .fit(2, data);
    assertFalse(results.contains(weights(plain)), "the batches are not mixed");
  }

  /** From every step of the second epoch, and from its end. */
  @Test
  void aRestoredTrainingGoesOnAsIfNothingHadHappened(@TempDir Path folder) throws Exception {
    Stripes data = new Stripes(13, 8, 4);
    Network whole = TrainerTest.simple(8);
    trainer(whole, WorkerTeam.single()).fit(3, data);
    for (int at = 1; at <= 3; at++) {
      int steps = at;
      Network network = TrainerTest.simple(8);
      Trainer first = trainer(network, WorkerTeam.single());
      first.fit(1, data);
      TrainingListener stopping =
          new TrainingListener() {
            private int left = steps;

            @Override
            public void onStep(int images, double meanLoss) {
              if (--left == 0) {
                throw new IllegalStateException("stop");
              }
            }
          };
      assertThrows(IllegalStateException.class, () -> first.fit(1, data, stopping));
      Network other = TrainerTest.simple(8);
      Trainer second = trainer(other, WorkerTeam.single());
      second.restore(new CheckpointFolder.Entry(folder, first.checkpoint(Map.of())));
      second.fit(2, data);
      assertEquals(weights(whole), weights(other), "restored after step " + at);
    }
  }

  /** A batch is mixed by its epoch and its place in it. */
  @Test
  void batchesAreMixedBySeedEpochAndPlace() {
    Shape shape = new Shape(8, 8, 1);
    Stripes data = new Stripes(20, 8, 4);
    int[] order = new int[20];
    Arrays.setAll(order, i -> i % 5); // the same images in each batch
    Tensor x = Tensor.zeros(5, shape);
    Targets targets = new Targets(5, 4);
    Set<String> seen = new HashSet<>();
    Map<String, String> mixtures = new HashMap<>();
    for (long seed = 0; seed < 2; seed++) {
      for (int round = 0; round < 2; round++) {
        Batches batches =
            new Batches(
                WorkerTeam.single(),
                Transform.NONE,
                new MixUp().newPass(shape, 4, 5, WorkerTeam.single()),
                seed);
        for (int epoch = round; epoch >= 0; epoch--) {
          batches.epoch(epoch);
          for (int from = 0; from < 20; from += 5) {
            batches.copy(data, order, from, 5, x, targets);
            assertTrue(targets.hasValues());
            mixtures.put(seed + " " + epoch + " " + from, Arrays.toString(targets.values().data));
            seen.add(seed + " " + epoch + " " + from + " " + Arrays.toString(x.data));
          }
        }
      }
    }
    assertEquals(2 * 2 * 4, seen.size()); // the same in the second round
    assertEquals(2 * 2 * 4, Set.copyOf(mixtures.values()).size());
  }

  @Test
  void imagesThatDoNotFitAreRefusedBeforeAnythingIsTrained() {
    Stripes data = new Stripes(4, 8, 1);
    String message = "a cutout of 9x9 pixels does not fit into images [8, 8, 1]";
    Transform tooLarge = new Normalize(0f, 1f).then(new Cutout(9));
    Trainer trainer =
        TrainerTest.builder(TrainerTest.simple(8), WorkerTeam.single(), 4, 0.1f)
            .transform(tooLarge)
            .build();
    TrainerBuilder validating =
        TrainerTest.builder(TrainerTest.simple(8), WorkerTeam.single(), 4, 0.1f)
            .validation(data, tooLarge);
    Batches batches = new Batches(WorkerTeam.single(), tooLarge, 1);
    for (Runnable call :
        List.<Runnable>of(
            () -> trainer.fit(1, data),
            validating::build,
            () -> Evaluation.of(TrainerTest.simple(8), data, tooLarge, WorkerTeam.single()),
            () ->
                batches.copy(
                    data, new int[1], 0, 1, Tensor.zeros(1, data.shape()), new Targets(1)))) {
      assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }
    assertEquals(0, trainer.images());
  }
}
