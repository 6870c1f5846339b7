// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.profile.FmaLoop;
import dev.lanewise.layers.profile.LayerTime;
import dev.lanewise.layers.profile.Profile;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Measures where the time of a network goes. */
@Command(
    name = "profile",
    description = {
      "Measures where the time of a network goes, layer by layer, on images of random pixels: the"
          + " time of a batch, what of it each layer has, how many floating-point operations a"
          + " second it does, and what part of the processor's peak that is.",
      "Operations are those of the definition, two for each multiply-add, whatever the algorithm:"
          + " a convolution by Winograd's may exceed the peak. A layer without a time is computed"
          + " as a part of the one before, or is only a view of it."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mnist-app profile --weights weights.safetensors",
      "  mnist-app profile --model complex --training --batch-size 64",
      "  mnist-app profile --model resnet20 --image-shape 32x32x3",
      "  mnist-app profile --model \"conv 32, relu, pool 2, dense 10\" --threads 1"
    })
final class ProfileCommand implements Callable<Integer> {
  private static final int MAX_BATCH = 65_536;
  private static final double MAX_SECONDS = 600;
  private static final Duration PEAK = Duration.ofMillis(500);

  @Mixin private NetworkOptions options;

  @Option(
      names = "--batch-size",
      paramLabel = "<images>",
      description = "Images of a batch. Default: 1, with --training 10")
  private Integer batchSize;

  @Option(
      names = "--training",
      description =
          "Measure a step of a training, forward and backward, without loss and optimizer; else a"
              + " prediction.")
  private boolean training;

  @Option(
      names = "--seconds",
      paramLabel = "<seconds>",
      description =
          "How long to measure, after rounds of this length in which the JVM compiles. Default:"
              + " ${DEFAULT-VALUE}")
  private double seconds = 1;

  @Option(
      names = "--json",
      description =
          "Print one JSON object instead: model, training, batchSize, threads, peak (GFLOP/s),"
              + " microseconds (of a batch), others (those in no layer), layers (of each: layer,"
              + " kind, output, forward, backward (microseconds), operations).")
  private boolean json;

  @Mixin private CommonOptions common;

  @Override
  public Integer call() throws IOException {
    common.validate();
    options.validate(common);
    int batch = batchSize == null ? training ? 10 : 1 : batchSize;
    common.require(
        batch >= 1 && batch <= MAX_BATCH,
        "--batch-size must be from 1 to " + MAX_BATCH + ", but is " + batch);
    common.require(
        seconds > 0 && seconds <= MAX_SECONDS,
        "--seconds must be above 0 and at most 600, but is " + seconds);
    NetworkOptions.Named named = options.network(common);
    Network network = named.network();
    if (!json) {
      common.print("model     %s, %s", named.name(), Reports.parameters(network));
      common.print("engine    %s", Reports.engine(common.threads));
    }
    try (WorkerTeam team = new WorkerTeam(common.threads)) {
      double before = FmaLoop.peak(team, PEAK);
      Profile profile = measure(network, batch, team);
      double peak = Math.max(before, FmaLoop.peak(team, PEAK));
      if (json) {
        common.print("%s", json(named.name(), profile, peak));
      } else {
        print(network.outputShape(), profile, peak);
      }
    }
    return Main.OK;
  }

  private Profile measure(Network network, int batch, WorkerTeam team) throws IOException {
    Duration time = Duration.ofNanos(Math.round(1e9 * seconds));
    try {
      return training
          ? Profile.training(network, batch, team, time)
          : Profile.inference(network, batch, team, time);
    } catch (IllegalArgumentException e) { // such as a batch normalisation of a single value
      throw new ParameterException(
          common.command.commandLine(),
          "--batch-size " + batch + " does not go with this network: " + e.getMessage(),
          e);
    } catch (UnsupportedOperationException e) {
      if (ModuleLayer.boot().findModule("jdk.jfr").isEmpty()) { // a Java of few modules
        throw new IOException(e.getMessage(), e);
      }
      throw new ParameterException(
          common.command.commandLine(), "--training: " + e.getMessage(), e);
    }
  }

  private void print(Shape none, Profile profile, double peak) {
    common.print("peak      %s GFLOP/s of multiply-adds", rate(peak));
    common.print(
        "%s  %s us for a batch of %d, %s images/s%n",
        training ? "training" : "predict ",
        micros(profile.nanos()),
        profile.batch(),
        String.format(Locale.ROOT, "%,.0f", 1e9 * profile.batch() / profile.nanos()));
    Table table =
        training
            ? table("forward us", "backward us", "share", "GFLOP/s", "of peak")
            : table("us", "share", "GFLOP/s", "of peak");
    long operations = 0;
    for (LayerTime layer : profile.rows()) {
      table.row(cells(layer, profile.nanos(), peak));
      operations += layer.operations();
    }
    table.row(
        cells(new LayerTime("others", "", none, profile.others(), 0, 0), profile.nanos(), peak));
    table.row(
        cells(
            new LayerTime("total", "", none, profile.nanos(), 0, operations),
            profile.nanos(),
            peak));
    table.lines().forEach(line -> common.print("%s", Messages.oneLine(line)));
  }

  private static Table table(String... figures) {
    List<String> head = new ArrayList<>(List.of("layer", "kind", "output"));
    head.addAll(List.of(figures));
    return new Table(3, head.toArray(String[]::new));
  }

  private String[] cells(LayerTime layer, double whole, double peak) {
    boolean sum = layer.kind().isEmpty();
    List<String> cells = new ArrayList<>(List.of(layer.layer(), layer.kind()));
    cells.add(sum ? "" : layer.output().toString());
    cells.add(micros(layer.forward()));
    if (training) {
      cells.add(sum ? "" : micros(layer.backward()));
    }
    double rate = layer.nanos() > 0 ? layer.operations() / layer.nanos() : 0;
    cells.add(percent(layer.nanos() / whole));
    cells.add(rate(rate));
    cells.add(percent(rate / peak));
    return cells.toArray(String[]::new);
  }

  private static String micros(double nanos) {
    return nanos == 0 ? "-" : String.format(Locale.ROOT, "%,.1f", nanos / 1e3);
  }

  private static String percent(double share) {
    return share == 0 ? "-" : String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  private static String rate(double gigaflops) {
    return gigaflops == 0 ? "-" : String.format(Locale.ROOT, "%,.1f", gigaflops);
  }

  private static ObjectNode json(String model, Profile profile, double peak) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("model", model);
    json.put("training", profile.training()).put("batchSize", profile.batch());
    json.put("threads", profile.threads()).put("peak", peak);
    json.put("microseconds", profile.nanos() / 1e3).put("others", profile.others() / 1e3);
    ArrayNode layers = json.putArray("layers");
    for (LayerTime row : profile.rows()) {
      ObjectNode layer = layers.addObject().put("layer", row.layer()).put("kind", row.kind());
      layer
          .putArray("output")
          .add(row.output().height())
          .add(row.output().width())
          .add(row.output().channels());
      layer.put("forward", row.forward() / 1e3).put("backward", row.backward() / 1e3);
      layer.put("operations", row.operations());
    }
    return json;
  }
}
