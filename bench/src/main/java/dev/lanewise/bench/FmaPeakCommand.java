// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.profile.FmaLoop;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures the rate of fused multiply-adds that the machine can reach, by {@link FmaLoop}. */
@Command(
    name = "FmaPeak",
    mixinStandardHelpOptions = true,
    versionProvider = Commands.Version.class,
    description = {
      "Prints the peak rate of float multiply-adds for 1 to --threads threads,",
      "counting two operations each."
    })
final class FmaPeakCommand implements Callable<Integer> {
  @Option(
      names = "--threads",
      description = "The largest number of threads (default: all processors).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--seconds",
      description = "How long to try for each number of threads (default: ${DEFAULT-VALUE}).")
  private double seconds = 3;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (threads < 1 || threads > 1024 || !(seconds > 0)) {
      throw new ParameterException(
          spec.commandLine(), "--threads must be from 1 to 1024, --seconds above 0");
    }
    for (int t = 1; t <= threads; t++) {
      try (WorkerTeam team = new WorkerTeam(t)) {
        double peak = FmaLoop.peak(team, Duration.ofMillis(Math.round(1e3 * seconds)));
        spec.commandLine().getOut().printf("fma peak T=%d %d GFLOP/s%n", t, Math.round(peak));
      }
    }
    return 0;
  }
}
