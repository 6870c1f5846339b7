// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.optim.Schedule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A short training whose learning rate grows from step to step, to find one that suits: Smith
 * ("Cyclical learning rates for training neural networks", 2017, section 3.3). At first the loss
 * hardly moves, then it falls, then it rises again.
 *
 * <pre>{@code
 * TrainerBuilder choices = Trainer.of(network).optimizer(new Adam()).batchSize(64).team(team);
 * RateSearch search = RateSearch.of(choices, images, 1e-6, 1, 200);
 * Trainer trainer = choices.learningRate(search.suggestion()).build();
 * }</pre>
 *
 * @param points the steps that were made; the last one is where the loss had risen to four times
 *     its least value, if it had. Unmodifiable
 */
public record RateSearch(List<Point> points) {
  /** Of the smoothed loss, how much is kept from step to step. */
  private static final double KEPT = 0.9;

  /** A smoothed loss of this times the least one ends the search. */
  private static final double RISEN = 4;

  /**
   * One step.
   *
   * @param rate its learning rate
   * @param loss the mean loss of its images, before the step
   * @param smoothed the mean of this and earlier losses, the latest weighed most
   */
  public record Point(float rate, double loss, double smoothed) {}

  /** Takes over the list. */
  public RateSearch {
    points = List.copyOf(points);
  }

  /** Thrown by the listener when enough is known. */
  private static final class Ended extends RuntimeException {
    private static final long serialVersionUID = 1;

    Ended() {
      super(null, null, false, false);
    }
  }

  /** Keeps the loss of every step. */
  private static final class Log implements TrainingListener {
    final List<Point> points = new ArrayList<>();
    final Schedule rates;
    final int steps;
    private int images;
    private double sum;
    private double mean;
    private double weight;
    private double least = Double.POSITIVE_INFINITY;

    Log(Schedule rates, int steps) {
      this.rates = rates;
      this.steps = steps;
    }

    @Override
    public void onStep(int images, double meanLoss) {
      double loss = (meanLoss * images - sum) / (images - this.images);
      this.images = images;
      sum = meanLoss * images;
      mean = KEPT * mean + (1 - KEPT) * loss;
      weight = KEPT * weight + (1 - KEPT); // of all losses in the mean
      double smoothed = mean / weight;
      least = Math.min(least, smoothed);
      points.add(new Point(rates.rate(points.size()), loss, smoothed));
      if (points.size() == steps || smoothed > RISEN * least) {
        throw new Ended();
      }
    }

    @Override
    public void onEpoch(EpochReport report) {
      images = 0;
      sum = 0;
    }
  }

  /**
   * Searches. Trains a copy of the network, which stays as it is.
   *
   * @param choices how the network is to be trained; schedule, validation and averages do not count
   * @param images the images to train on
   * @param least the rate of the first step; positive
   * @param most that of the last step; above {@code least}
   * @param steps how many at most, each with a rate that is higher by the same factor; at least 2
   * @return the search; the same for any number of threads
   * @throws IllegalArgumentException if a number is out of its range, or as {@link Trainer#fit(int,
   *     Dataset)}
   */
  public static RateSearch of(
      TrainerBuilder choices, Dataset images, double least, double most, int steps) {
    if (!(least > 0 && most > least && most <= Float.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "rates must rise from above 0 to a finite one, but are " + least + " and " + most);
    }
    if (steps < 2) {
      throw new IllegalArgumentException("a search needs at least 2 steps, but has " + steps);
    }
    Schedule rates =
        step -> (float) (least * StrictMath.pow(most / least, (double) step / (steps - 1)));
    Log log = new Log(rates, steps);
    try {
      choices.forSearch(rates).build().fit(steps, images, log); // an epoch has a step or more
    } catch (Ended | DivergedException e) {
      // As it should be.
    }
    return new RateSearch(log.points);
  }

  /**
   * A tenth of the rate at which the smoothed loss was least: with it a training makes good
   * progress and is far from diverging (Howard and Gugger, "Fastai: a layered API for deep
   * learning", 2020).
   *
   * @return the rate
   * @throws IllegalStateException if no step was made, for the loss was infinite
   */
  public float suggestion() {
    return points.stream()
            .min(Comparator.comparingDouble(Point::smoothed))
            .orElseThrow(() -> new IllegalStateException("the loss was infinite at the first step"))
            .rate
        / 10;
  }
}
