// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.models.Models;
import dev.lanewise.layers.optim.Sgd;
import dev.lanewise.layers.train.EpochReport;
import dev.lanewise.layers.train.Trainer;
import dev.lanewise.layers.train.TrainingListener;
import java.util.Locale;
import java.util.function.Consumer;

/** The network of {@code serve} where no weights are given: trained at once on drawn digits. */
final class StartNetwork {
  static final String ORIGIN = "trained at the start, on digits drawn by the program";

  private static final int IMAGES = 20_000;
  private static final int VALIDATION = 2_000;
  private static final int EPOCHS = 3;
  private static final int BATCH = 10;
  private static final float RATE = 0.05f;
  private static final long SEED = 1;

  private StartNetwork() {}

  /**
   * Trains it.
   *
   * @param team the threads
   * @param tell receives a line for each epoch
   */
  static Network train(WorkerTeam team, Consumer<String> tell) {
    tell.accept("no --weights: drawing " + IMAGES + " digits to train the network simple");
    Dataset train = ProceduralDigits.draw(SEED, "train", IMAGES);
    Network network = Models.simple(train.shape(), train.classes());
    network.initialize(SEED);
    Trainer.of(network)
        .optimizer(new Sgd())
        .learningRate(RATE)
        .batchSize(BATCH)
        .seed(SEED)
        .team(team)
        .validation(ProceduralDigits.draw(SEED, "test", VALIDATION))
        .build()
        .fit(EPOCHS, train, new Told(tell));
    return network;
  }

  private record Told(Consumer<String> tell) implements TrainingListener {
    @Override
    public void onEpoch(EpochReport report) {
      tell.accept(
          String.format(
              Locale.ROOT,
              "epoch %d of %d: accuracy %.1f %%",
              report.epoch(),
              EPOCHS,
              100 * report.validation().accuracy()));
    }
  }
}
