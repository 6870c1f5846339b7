// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Tensors;
import dev.lanewise.layers.optim.Sgd;
import dev.lanewise.layers.train.RateSearch.Point;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RateSearchTest {
  private static final Stripes TRAIN = new Stripes(200, 8, 4);

  private static TrainerBuilder choices(Network network, WorkerTeam team) {
    return Trainer.of(network).optimizer(new Sgd()).batchSize(8).seed(7).team(team);
  }

  private static float[] values(Network network) {
    return Tensors.values(network.parameters().values().iterator().next().value());
  }

  @Test
  void theRatesGrowByTheSameFactorAndTheNetworkStaysAsItIs() {
    Network network = TrainerTest.simple(8);
    float[] before = values(network);
    RateSearch search = RateSearch.of(choices(network, WorkerTeam.single()), TRAIN, 1e-4, 1e-2, 41);

    assertArrayEquals(before, values(network));
    List<Point> points = search.points();
    assertEquals(41, points.size(), "two epochs of 25 steps");
    assertEquals(1e-4f, points.getFirst().rate());
    assertEquals(1e-3f, points.get(20).rate(), 1e-9f);
    assertEquals(1e-2f, points.getLast().rate());
    assertEquals(points.getFirst().loss(), points.getFirst().smoothed(), 1e-12);
  }

  /** Each loss is that of a step, not of an epoch so far. */
  @Test
  void theLossesAreThoseOfATrainingWithTheseRates() {
    RateSearch search =
        RateSearch.of(choices(TrainerTest.simple(8), WorkerTeam.single()), TRAIN, 0.01, 0.02, 30);
    double[] sums = new double[30];
    int[] at = {0, 0};
    double[] last = {0};
    choices(TrainerTest.simple(8), WorkerTeam.single())
        .schedule(step -> (float) (0.01 * StrictMath.pow(2, step / 29.0)))
        .build()
        .fit(
            2,
            TRAIN,
            new TrainingListener() {
              @Override
              public void onStep(int images, double meanLoss) {
                if (at[0] < sums.length) {
                  sums[at[0]++] = (meanLoss * images - last[0]) / (images - at[1]);
                }
                at[1] = images % TRAIN.size();
                last[0] = at[1] == 0 ? 0 : meanLoss * images;
              }
            });
    assertArrayEquals(sums, search.points().stream().mapToDouble(Point::loss).toArray(), 1e-9);
  }

  @Test
  void endsWhereTheLossHasRisen() {
    TrainerBuilder choices = choices(TrainerTest.simple(8), WorkerTeam.single());
    RateSearch search = RateSearch.of(choices, TRAIN, 1e-4, 1e4, 200);

    assertTrue(search.points().size() < 200);
    float suggestion = search.suggestion();
    assertTrue(suggestion > 1e-3 && suggestion < 1, "a usable rate, not " + suggestion);
    Trainer trainer = choices.learningRate(suggestion).build();
    double first = 1.4; // log 4: the loss of guessing
    double[] loss = {0};
    trainer.fit(
        5,
        TRAIN,
        new TrainingListener() {
          @Override
          public void onEpoch(EpochReport report) {
            loss[0] = report.trainLoss();
          }
        });
    assertTrue(loss[0] < first / 2, "trains well: " + loss[0]);
  }

  @Test
  void theSuggestionIsATenthOfTheRateOfTheLeastLoss() {
    List<Point> points =
        List.of(
            new Point(1, 0, 5),
            new Point(2, 0, 4.9),
            new Point(4, 0, 3),
            new Point(8, 0, 2.5),
            new Point(16, 0, 9));
    assertEquals(0.8f, new RateSearch(points).suggestion());
    assertThrows(IllegalStateException.class, () -> new RateSearch(List.of()).suggestion());
  }

  @Test
  void threadsDoNotChangeIt() {
    try (WorkerTeam three = new WorkerTeam(3)) {
      assertEquals(
          RateSearch.of(choices(TrainerTest.simple(8), WorkerTeam.single()), TRAIN, 1e-3, 1, 30),
          RateSearch.of(choices(TrainerTest.simple(8), three), TRAIN, 1e-3, 1, 30));
    }
  }

  @Test
  void whatCannotBeIsRefused() {
    TrainerBuilder choices = choices(TrainerTest.simple(8), WorkerTeam.single());
    for (double[] range : new double[][] {{0, 1}, {1, 1}, {-1, 1}, {Double.NaN, 1}, {1, 1e39}}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> RateSearch.of(choices, TRAIN, range[0], range[1], 10));
    }
    assertThrows(IllegalArgumentException.class, () -> RateSearch.of(choices, TRAIN, 0.1, 1, 1));
  }
}
