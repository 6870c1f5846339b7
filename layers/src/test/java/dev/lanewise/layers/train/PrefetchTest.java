// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Tensors;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.FloatDataset;
import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.CheckpointFolder;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.loss.Targets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
final class PrefetchTest {
  private static final int IMAGES = 23;
  private static final int BATCH = 5;
  private static final int BAD = 11;

  @TempDir Path folder;

  /** Images that do not lie in memory: they are read by whoever copies them. */
  private static class OnDisk implements Dataset {
    private final Stripes images = new Stripes(IMAGES, 8, 4);
    final Set<Integer> copied = ConcurrentHashMap.newKeySet();
    final Set<Thread> readers = ConcurrentHashMap.newKeySet();

    @Override
    public int size() {
      return IMAGES;
    }

    @Override
    public Shape shape() {
      return images.shape();
    }

    @Override
    public int classes() {
      return images.classes();
    }

    @Override
    public boolean inMemory() {
      return false;
    }

    @Override
    public void copy(
        int[] indices, int from, int count, float[] x, int xOffset, int[] labels, int offset) {
      images.copy(indices, from, count, x, xOffset, labels, offset);
      copied.add(indices[from]);
      readers.add(Thread.currentThread());
    }

    @Override
    public Dataset slice(int from, int to) {
      throw new UnsupportedOperationException();
    }
  }

  /** One of its files cannot be read. */
  private static final class Damaged extends OnDisk {
    @Override
    public void copy(
        int[] indices, int from, int count, float[] x, int xOffset, int[] labels, int offset) {
      if (indices[from] == BAD || indices[from] == BAD + 1) {
        Path file = Path.of("image-" + indices[from] + ".png");
        throw new UncheckedIOException(new DataException(file, "is truncated"));
      }
      super.copy(indices, from, count, x, xOffset, labels, offset);
    }
  }

  private static void noise(float[] image, int offset, Transform.Context context) {
    for (int i = 0; i < context.shape().size(); i++) {
      image[offset + i] += (float) (0.1 * context.random().nextDouble());
    }
  }

  private static TrainerBuilder builder(Network network, WorkerTeam team) {
    return TrainerTest.builder(network, team, BATCH, 0.01f).transform(PrefetchTest::noise);
  }

  private static void assertSameTensors(Network expected, Network actual) {
    Map<String, Tensor> tensors = ModelFile.tensors(actual.graph());
    ModelFile.tensors(expected.graph())
        .forEach(
            (name, tensor) ->
                assertArrayEquals(Tensors.values(tensor), Tensors.values(tensors.get(name)), name));
  }

  private static Network trained(Dataset data) {
    Network network = TrainerTest.simple(8);
    builder(network, WorkerTeam.single()).prefetch(0).build().fit(3, data);
    return network;
  }

  /** Whoever prepares the images. */
  @ParameterizedTest
  @CsvSource({"1, 0", "1, 1", "2, 1", "2, 2", "3, 7"})
  void theBitsAreThoseWithoutIt(int workers, int threads) {
    Network expected = trained(new Stripes(IMAGES, 8, 4));
    Network network = TrainerTest.simple(8);
    OnDisk data = new OnDisk();
    Evaluation[] evaluation = new Evaluation[1];
    try (WorkerTeam team = new WorkerTeam(workers)) {
      builder(network, team)
          .prefetch(threads)
          .validation(data)
          .build()
          .fit(
              3,
              data,
              new TrainingListener() {
                @Override
                public void onEpoch(EpochReport report) {
                  evaluation[0] = report.validation();
                }
              });
      Evaluation same = Evaluation.of(expected, new Stripes(IMAGES, 8, 4), team);
      assertEquals(same.loss(), evaluation[0].loss());
    }
    assertSameTensors(expected, network);
    long others =
        data.readers.stream().filter(t -> t.getName().startsWith("lanewise-prefetch-")).count();
    assertEquals(threads > 0, others > 0);
    assertTrue(
        data.readers.stream().noneMatch(t -> t.getName().startsWith("lanewise-") && t.isAlive()),
        "a thread is left");
  }

  /** By default images on the disk are prepared in advance, those in memory are not. */
  @Test
  void onlyWhatDoesNotLieInMemoryIsPreparedByDefault() {
    OnDisk data = new OnDisk();
    try (WorkerTeam team = new WorkerTeam(2)) {
      builder(TrainerTest.simple(8), team).build().fit(1, data);
      assertTrue(data.readers.stream().allMatch(t -> t.getName().startsWith("lanewise-prefetch-")));
      OnDisk inMemory =
          new OnDisk() {
            @Override
            public boolean inMemory() {
              return true;
            }
          };
      builder(TrainerTest.simple(8), team).build().fit(1, inMemory);
      assertTrue(
          inMemory.readers.stream().noneMatch(t -> t.getName().startsWith("lanewise-prefetch-")));
    }
  }

  /** While the listener holds the training up, the images of the next two batches are copied. */
  @Test
  void theNextBatchesArePreparedMeanwhile() {
    OnDisk data = new OnDisk();
    List<Integer> seen = new ArrayList<>();
    TrainingListener slow =
        new TrainingListener() {
          @Override
          public void onStep(int images, double meanLoss) {
            int expected = Math.min(images + 2 * BATCH, IMAGES);
            while (data.copied.size() < expected) {
              Thread.onSpinWait(); // the timeout of the test ends this
            }
            seen.add(data.copied.size());
          }
        };
    builder(TrainerTest.simple(8), WorkerTeam.single()).prefetch(1).build().fit(1, data, slow);
    assertEquals(List.of(15, 20, 23, 23, 23), seen);
  }

  @ParameterizedTest
  @CsvSource({"0", "1", "3"})
  void aFileThatCannotBeReadEndsTheTrainingBeforeItsStep(int threads) {
    Network network = TrainerTest.simple(8);
    List<Integer> steps = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void onStep(int images, double meanLoss) {
            steps.add(images);
          }
        };
    try (WorkerTeam team = new WorkerTeam(2)) {
      Trainer trainer = builder(network, team).prefetch(threads).build();
      for (int i = 0; i < 3; i++) {
        UncheckedIOException e =
            assertThrows(UncheckedIOException.class, () -> trainer.fit(3, new Damaged(), listener));
        String message = e.getCause().getMessage();
        assertTrue(message.matches("image-1[12]\\.png: is truncated"), message);
      }
      // Where the batch with the first of the bad images stands in the order of seed 7.
      int[] order = new int[IMAGES];
      new TrainingState(7, BATCH, 1, 1).draw(Sampling.shuffled().newSampler(new OnDisk()), order);
      int first = 0;
      while (order[first] != BAD && order[first] != BAD + 1) {
        first++;
      }
      List<Integer> before = new ArrayList<>();
      for (int end = BATCH; end <= first; end += BATCH) {
        before.add(end);
      }
      assertEquals(before, steps);
      trainer.fit(3, new OnDisk());
    }
    assertSameTensors(trained(new Stripes(IMAGES, 8, 4)), network);
  }

  /** From within an epoch, with another number of threads. */
  @Test
  void aTrainingIsResumedWithTheSameBits() throws IOException {
    Network expected = trained(new Stripes(IMAGES, 8, 4));
    Network network = TrainerTest.simple(8);
    try (WorkerTeam team = new WorkerTeam(2);
        CheckpointFolder checkpoints = CheckpointFolder.open(folder)) {
      Trainer first = builder(network, team).prefetch(2).build();
      TrainingListener killing =
          new TrainingListener() {
            @Override
            public void onStep(int images, double meanLoss) {
              if (first.epochs() == 1 && images == 2 * BATCH) {
                throw new IllegalStateException("killed");
              }
            }
          };
      assertThrows(IllegalStateException.class, () -> first.fit(3, new OnDisk(), killing));
      checkpoints.save(first.checkpoint(Map.of()));
      Network again = TrainerTest.simple(8);
      Trainer second = builder(again, team).prefetch(1).build();
      second.restore(checkpoints.newest(warning -> {}).orElseThrow());
      second.fit(2, new OnDisk());
      assertSameTensors(expected, again);
    }
  }

  @Test
  void targetsThatAreValuesComeAlong() {
    Shape shape = new Shape(1, 1, 2);
    float[] images = new float[2 * 9];
    float[] values = new float[3 * 9];
    for (int i = 0; i < images.length; i++) {
      images[i] = i;
    }
    for (int i = 0; i < values.length; i++) {
      values[i] = 100 + i;
    }
    Dataset data = new FloatDataset(shape, 3, images, values);
    Batches batches = new Batches(WorkerTeam.single());
    int[] order = {8, 1, 2, 7, 3};
    batches.prefetch(data, order, 1, 3, 2);
    Tensor x = Tensor.zeros(3, 1, 1, 2);
    Targets targets = new Targets(3, 3);
    batches.copy(data, order, 1, 3, x, targets);
    assertArrayEquals(new float[] {2, 3, 4, 5, 14, 15}, Tensors.values(x));
    assertEquals(100 + 3 * 7, Tensors.values(targets.values())[6]);
    batches.copy(data, order, 4, 1, x, targets);
    assertEquals(6, Tensors.values(x)[0]);
    assertEquals(109, Tensors.values(targets.values())[0]);
    batches.endPrefetch();
  }

  /** An interrupt is left to whoever waits for it, and no image is lost. */
  @Test
  void anInterruptIsKept() {
    OnDisk data = new OnDisk();
    Network network = TrainerTest.simple(8);
    Thread.currentThread().interrupt();
    builder(network, WorkerTeam.single()).prefetch(1).build().fit(3, data);
    assertTrue(Thread.interrupted());
    assertSameTensors(trained(new Stripes(IMAGES, 8, 4)), network);
  }

  @Test
  void aNegativeNumberOfThreadsIsRefused() {
    assertEquals(
        "threads must be at least 0, but is -1",
        assertThrows(
                IllegalArgumentException.class,
                () -> Trainer.of(TrainerTest.simple(8)).prefetch(-1))
            .getMessage());
  }
}
