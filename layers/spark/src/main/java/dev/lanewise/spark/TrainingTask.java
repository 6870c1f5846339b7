// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.io.CheckpointFolder;
import dev.lanewise.layers.train.DivergedException;
import dev.lanewise.layers.train.EpochReport;
import dev.lanewise.layers.train.Evaluation;
import dev.lanewise.layers.train.Sampling;
import dev.lanewise.layers.train.Trainer;
import dev.lanewise.layers.train.TrainingListener;
import java.io.File;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkEnv;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One of the tasks that train a network together: it computes its shards of each batch, adds its
 * gradients to those of the others, and updates its own copy of the network, which stays the same
 * as theirs, bit by bit. The first task writes the checkpoints.
 *
 * @param recipe how to train
 * @param shares which rows and shards each task has
 * @param model the network to begin with
 * @param kind what the rows are
 * @param folder where the checkpoints are; empty for none
 * @param settings of Hadoop
 * @param secret which only tasks of this training know
 * @param encrypted whether what they exchange is encrypted
 * @param timeoutSeconds how long a task waits for another one
 */
record TrainingTask(
    TrainingRecipe recipe,
    Shares shares,
    byte[] model,
    TaskRows kind,
    String folder,
    Map<String, String> settings,
    byte[] secret,
    boolean encrypted,
    int timeoutSeconds)
    implements Serializable {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingTask.class);
  private static final String EPOCHS = "lanewise.spark.epochs";
  private static final int FIGURES = 3; // of the validation of a shard

  /** Trains, in a task of a barrier stage. */
  TrainingOutcome run(Iterator<byte[]> rows) throws IOException {
    BarrierTaskContext context = BarrierTaskContext.get();
    int task = context.partitionId();
    Network network = ModelBytes.network(model);
    try (TaskImages images =
            new TaskImages(rows, shares, task, network.inputShape(), kind, localFolder());
        PeerLinks links =
            new PeerLinks(task, shares.tasks(), host(), timeoutSeconds, context::isInterrupted);
        WorkerTeam team = new WorkerTeam(Math.max(1, context.cpus()))) {
      HadoopCheckpoints checkpoints =
          folder.isEmpty() ? null : new HadoopCheckpoints(folder, settings);
      try (SocketExchange exchange = new SocketExchange(links, task, shares)) {
        int resumed = meet(context, links, task == 0 ? newest(checkpoints) : 0);
        List<EpochSummary> epochs =
            train(network, images, exchange, team, checkpoints, resumed, task == 0);
        exchange.finish();
        return new TrainingOutcome(task == 0 ? ModelBytes.of(network) : null, epochs, null);
      } catch (LanewiseSparkException
          | DivergedException
          | IllegalArgumentException
          | DataException e) { // trying again would not help
        links.sendFault(e.getMessage());
        return new TrainingOutcome(null, List.of(), e.getMessage());
      } catch (PeerLink.FaultException e) {
        return new TrainingOutcome(null, List.of(), e.getMessage());
      } catch (UncheckedIOException e) {
        if (e.getCause() instanceof PeerLink.FaultException fault) {
          return new TrainingOutcome(null, List.of(), fault.getMessage());
        }
        throw e;
      }
    }
  }

  private static String host() {
    return SparkEnv.get().blockManager().blockManagerId().host();
  }

  private static Path localFolder() {
    File[] folders = SparkEnv.get().blockManager().diskBlockManager().localDirs();
    return folders[0].toPath();
  }

  /** The version of this library; of class files nobody knows. */
  private static String version() {
    return Objects.requireNonNullElse(
        TrainingTask.class.getPackage().getImplementationVersion(), "unknown");
  }

  /** The epoch after which there is a whole checkpoint; 0 if there is none. */
  private static int newest(HadoopCheckpoints checkpoints) throws IOException {
    if (checkpoints == null) {
      return 0;
    }
    for (int epoch : checkpoints.epochs()) {
      try {
        checkpoints.read(epoch);
        return epoch;
      } catch (DataException e) {
        LOG.warn("{}; looking for the checkpoint before it", e.getMessage());
      }
    }
    return 0;
  }

  /**
   * Connects the tasks.
   *
   * @param newest of the first task: the epoch to resume after
   * @return what the first task has said
   */
  private int meet(BarrierTaskContext context, PeerLinks links, int newest) throws IOException {
    Introduction own = new Introduction(host(), links.port(), version(), newest);
    List<Introduction> all = Introduction.of(context.allGather(own.line()));
    links.connect(
        all.stream().map(Introduction::address).toList(),
        new Handshake(secret, context.stageAttemptNumber()),
        encrypted);
    return all.getFirst().newest();
  }

  private List<EpochSummary> train(
      Network network,
      TaskImages images,
      SocketExchange exchange,
      WorkerTeam team,
      HadoopCheckpoints checkpoints,
      int resumed,
      boolean writes)
      throws IOException {
    Dataset trained = images.trained();
    Trainer trainer =
        Trainer.of(network)
            .optimizer(recipe.newOptimizer())
            .schedule(recipe.newSchedule(trained.size()))
            .loss(recipe.newLoss())
            .batchSize(recipe.batchSize())
            .seed(recipe.seed())
            .shards(exchange)
            .sampling(Sampling.byShards(recipe.shards(), recipe.batchSize()))
            .team(team)
            .build();
    List<EpochSummary> epochs = new ArrayList<>();
    if (resumed > 0) {
      CheckpointFolder.Entry checkpoint = checkpoints.read(resumed);
      trainer.restore(checkpoint);
      String lines = checkpoint.content().metadata().getOrDefault(EPOCHS, "");
      lines.lines().map(EpochSummary::of).forEach(epochs::add);
    }
    EpochReport[] last = new EpochReport[1];
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void onEpoch(EpochReport report) {
            last[0] = report;
          }
        };
    while (trainer.epochs() < recipe.epochs()) {
      trainer.fit(1, trained, listener);
      epochs.add(summary(network, images, exchange, team, last[0]));
      if (checkpoints != null && writes) {
        String lines = epochs.stream().map(EpochSummary::line).collect(Collectors.joining("\n"));
        checkpoints.write(trainer.epochs(), trainer.checkpoint(Map.of(EPOCHS, lines)));
      }
    }
    return epochs;
  }

  /** Each task validates with the rows of its shards; their figures are added in a fixed order. */
  private EpochSummary summary(
      Network network,
      TaskImages images,
      SocketExchange exchange,
      WorkerTeam team,
      EpochReport report)
      throws IOException {
    double[] figures = new double[FIGURES * shares.shards()];
    for (int shard = exchange.first(); shard < exchange.end(); shard++) {
      Dataset held = images.held(shard);
      if (held.size() > 0) {
        Evaluation result = Evaluation.of(network, held, recipe.newLoss(), Transform.NONE, team);
        figures[FIGURES * shard] = result.loss() * held.size();
        figures[FIGURES * shard + 1] = result.accuracy() * held.size();
        figures[FIGURES * shard + 2] = held.size();
      }
    }
    if (shares.held() > 0) {
      exchange.combine(figures);
    }
    double loss = 0;
    double correct = 0;
    double count = 0;
    for (int i = 0; i < figures.length; i += FIGURES) {
      loss += figures[i];
      correct += Math.rint(figures[i + 1]);
      count += figures[i + 2];
    }
    return new EpochSummary(report.epoch(), report.trainLoss(), loss / count, correct / count);
  }
}
