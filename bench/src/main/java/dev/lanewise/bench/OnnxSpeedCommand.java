// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.onnx.Onnx;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Measures an imported network on one image, for {@code bench/peers/imported.py}. {@code
 * bench/peers/onnx_session.py} measures the same of ONNX Runtime, in the same way.
 */
@Command(
    name = "OnnxSpeed",
    mixinStandardHelpOptions = true,
    versionProvider = Commands.Version.class,
    description = {
      "Prints one line: the median microseconds of",
      "  image   an inference of one random image that is ready in memory, after a warm-up, and of",
      "  load    reading the model, once; and",
      "  memory  resident megabytes more than before the model was read (Linux)."
    })
final class OnnxSpeedCommand implements Callable<Integer> {
  private static final double MAX_SECONDS = 86_400; // a day
  private static final double NANOS = 1e9;
  private static final double MICROS = 1e6;
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String RESIDENT = "VmRSS:";
  private static final double KILOBYTES = 1024;

  @Option(names = "--model", required = true, description = "An ONNX model of images.")
  private Path model;

  @Option(names = "--threads", description = "Threads to use (default: all processors).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(names = "--seconds", description = "How long to measure (default: ${DEFAULT-VALUE}).")
  private double seconds = 6;

  @Option(
      names = "--warm-up",
      description = "Seconds before that, for the JIT compilers (default: ${DEFAULT-VALUE}).")
  private double warmUp = 10;

  @Option(
      names = "--turns",
      description = {
        "Measure when told to: each line on standard input is a number of seconds. The line of",
        "figures is printed, then an empty one. --seconds and --warm-up do not count."
      })
  private boolean turns;

  @Spec private CommandSpec spec;

  private final InputStream in;

  /**
   * A command that nobody has given options to.
   *
   * @param in tells it when to measure, if it is to be told
   */
  OnnxSpeedCommand(InputStream in) {
    this.in = in;
  }

  @Override
  public Integer call() throws IOException {
    require(threads >= 1 && threads <= 1024, "--threads must be from 1 to 1024");
    require(seconds >= 0 && seconds <= MAX_SECONDS, "--seconds must be from 0 to a day");
    require(warmUp >= 0 && warmUp <= MAX_SECONDS, "--warm-up must be from 0 to a day");
    double before = residentBytes();
    long start = System.nanoTime();
    Network network = Onnx.read(model);
    double load = (System.nanoTime() - start) / NANOS * MICROS;
    try (WorkerTeam team = new WorkerTeam(threads)) {
      Network.Pass pass = network.inferencePass(1, team);
      pass.freezeParameters();
      draw(pass.input());
      if (turns) {
        Turns.take(in, spec, length -> print(micros(pass, length), load, before));
      } else {
        micros(pass, warmUp);
        print(micros(pass, seconds), load, before);
      }
    }
    return 0;
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private static void draw(Tensor image) {
    RandomStream random = new RandomStream(1);
    for (int i = 0; i < image.size(); i++) {
      image.data[image.offset + i] = (float) random.nextDouble();
    }
  }

  /** The median of the inferences of a window. */
  private static double micros(Network.Pass pass, double length) {
    double[] micros = new double[16];
    int count = 0;
    long begin = System.nanoTime();
    long now;
    do {
      long start = System.nanoTime();
      pass.forward(1);
      now = System.nanoTime();
      if (count == micros.length) {
        micros = Arrays.copyOf(micros, 2 * count);
      }
      micros[count++] = (now - start) / NANOS * MICROS;
    } while (now - begin < length * NANOS);
    Arrays.sort(micros, 0, count);
    return micros[count / 2];
  }

  /** NaN where the system does not tell. */
  private static double residentBytes() {
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith(RESIDENT))
          .mapToDouble(line -> KILOBYTES * Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElse(Double.NaN);
    } catch (IOException e) {
      return Double.NaN;
    }
  }

  private void print(double image, double load, double before) {
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "lanewise %s T=%d image %.1f us  load %.1f us  memory %.1f MB%n",
            model.getFileName(),
            threads,
            image,
            load,
            (residentBytes() - before) / MICROS);
  }
}
