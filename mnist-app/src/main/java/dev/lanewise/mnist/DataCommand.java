// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.data.ContactSheet;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.Normalize;
import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Looks at data sets, without a network. */
@Command(
    name = "data",
    description = "Shows, downloads, checks and pictures data sets.",
    subcommands = {
      DataCommand.Show.class,
      DataCommand.Download.class,
      DataCommand.Verify.class,
      DataCommand.Sheet.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mnist-app data show --data folder",
      "  mnist-app data download",
      "  mnist-app data verify",
      "  mnist-app data sheet --data folder --save sheet.png"
    })
final class DataCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Override
  public Integer call() {
    throw new ParameterException(
        command.commandLine(),
        "a command is missing, expected one of "
            + String.join(", ", command.subcommands().keySet()));
  }

  /** What is in a data set. */
  @Command(
      name = "show",
      description = {
        "Prints what is in a data set: how many images to train and to test with, their size, how"
            + " many there are of each class, and mean and standard deviation of each channel of"
            + " the training images, white being 1."
      },
      footerHeading = "%nExamples:%n",
      footer = {
        "  mnist-app data show",
        "  mnist-app data show --data folder --transpose",
        "  mnist-app data show --data procedural"
      })
  static final class Show implements Callable<Integer> {
    @Option(
        names = "--json",
        description =
            "Print one JSON object instead: data, image (height, width, channels), train, test,"
                + " mean, deviation, classes (of each: class, name, train, test).")
    private boolean json;

    @Mixin private DataOptions source;

    @Mixin private CommonOptions common;

    @Override
    public Integer call() throws IOException {
      common.validate();
      source.validate(common);
      MnistSource.Data data = source.load(common::tell);
      Normalize normalize = data.train().size() == 0 ? null : normalize(data.train());
      if (json) {
        common.print("%s", json(data, normalize));
      } else {
        print(data, normalize);
      }
      return Main.OK;
    }

    private Normalize normalize(Dataset train) {
      try (WorkerTeam team = new WorkerTeam(common.threads)) {
        return Normalize.of(train, team);
      }
    }

    private void print(MnistSource.Data data, Normalize normalize) {
      Dataset train = data.train();
      common.print("data      %s", data.description());
      common.print("          %s", CommonOptions.describe(train));
      common.print("          %d to train, %d to test", train.size(), data.test().size());
      if (normalize != null) {
        common.print("mean      %s", numbers(normalize.mean()));
        common.print("deviation %s", numbers(normalize.deviation()));
      }
      List<String> names = train.classNames();
      int[] trained = train.classCounts();
      int[] tested = data.test().classCounts();
      Table table = new Table(names.isEmpty() ? 0 : 1, "class", "train", "test");
      for (int c = 0; c < train.classes(); c++) {
        table.row(
            Messages.oneLine(names.isEmpty() ? Integer.toString(c) : c + " " + names.get(c)),
            Integer.toString(trained[c]),
            Integer.toString(tested[c]));
      }
      common.print("");
      table.lines().forEach(line -> common.print("%s", line));
    }

    private static ObjectNode json(MnistSource.Data data, Normalize normalize) {
      Dataset train = data.train();
      Shape shape = train.shape();
      ObjectNode json = JsonNodeFactory.instance.objectNode().put("data", data.description());
      json.putArray("image").add(shape.height()).add(shape.width()).add(shape.channels());
      json.put("train", train.size()).put("test", data.test().size());
      ArrayNode mean = json.putArray("mean");
      ArrayNode deviation = json.putArray("deviation");
      for (int c = 0; normalize != null && c < normalize.mean().length; c++) {
        mean.add(normalize.mean()[c]);
        deviation.add(normalize.deviation()[c]);
      }
      int[] trained = train.classCounts();
      int[] tested = data.test().classCounts();
      ArrayNode classes = json.putArray("classes");
      for (int c = 0; c < train.classes(); c++) {
        ObjectNode row = classes.addObject().put("class", c);
        row.put("name", train.classNames().isEmpty() ? null : train.classNames().get(c));
        row.put("train", trained[c]).put("test", tested[c]);
      }
      return json;
    }

    private static String numbers(float[] values) {
      StringBuilder text = new StringBuilder();
      for (float value : values) {
        text.append(text.isEmpty() ? "" : ", ").append(String.format(Locale.ROOT, "%.4f", value));
      }
      return text.toString();
    }
  }

  /** Fetches MNIST. */
  @Command(
      name = "download",
      description = {
        "Downloads MNIST from a public mirror to the user's cache folder, where the other commands"
            + " find it. What is there already, whole and right, is not fetched again."
      },
      footerHeading = "%nExamples:%n",
      footer = {"  mnist-app data download"})
  static final class Download implements Callable<Integer> {
    @Mixin private CommonOptions common;

    @Override
    public Integer call() throws IOException {
      common.validate();
      fetch(MnistCache.ofUser(), line -> common.print("%s", line), common::tell);
      return Main.OK;
    }

    /**
     * Fills a cache.
     *
     * @param print receives the result
     * @param tell receives what is being done
     */
    static void fetch(MnistCache cache, Consumer<String> print, Consumer<String> tell)
        throws IOException {
      boolean there = cache.states().stream().allMatch(state -> state.fault() == null);
      if (!there) {
        tell.accept("note: downloading MNIST to " + cache.folder());
        cache.fill(line -> tell.accept("note: " + line));
      }
      print.accept("MNIST     " + (there ? "is in " : "downloaded to ") + cache.folder());
    }
  }

  /** Checks files. */
  @Command(
      name = "verify",
      description = {
        "Checks a data set. MNIST in the user's cache folder: whether each file is the published"
            + " one, by the SHA-256 of its content. A folder: whether every file can be read to its"
            + " end and is as its format wants it, and images and labels belong together."
      },
      footerHeading = "%nExamples:%n",
      footer = {"  mnist-app data verify", "  mnist-app data verify --data folder"})
  static final class Verify implements Callable<Integer> {
    @Mixin private DataOptions source;

    @Mixin private CommonOptions common;

    @Override
    public Integer call() throws IOException {
      common.validate();
      source.validate(common);
      if (!MnistSource.isFolder(source.data)) {
        common.require(
            !"procedural".equals(source.data),
            "--data procedural is drawn, not read: nothing to check");
        check(MnistCache.ofUser(), line -> common.print("%s", line));
        return Main.OK;
      }
      MnistSource.Data data = source.load(common::tell);
      common.print(
          "right     %s: %d to train, %d to test; %s",
          data.description(),
          data.train().size(),
          data.test().size(),
          CommonOptions.describe(data.train()));
      return Main.OK;
    }

    /**
     * Checks a cache.
     *
     * @param print receives a line for each file
     * @throws DataException if a file is not the published one
     * @throws NoSuchFileException if one is missing
     */
    static void check(MnistCache cache, Consumer<String> print) throws IOException {
      MnistCache.State wrong = null;
      for (MnistCache.State state : cache.states()) {
        boolean right = state.fault() == null;
        print.accept("%-9s %s".formatted(right ? "right" : state.fault(), state.file()));
        wrong = wrong == null && !right ? state : wrong;
      }
      if (wrong == null) {
        return;
      }
      String advice = "'mnist-app data download' fetches it";
      if (wrong.fault().equals(MnistCache.State.MISSING)) {
        throw new NoSuchFileException(wrong.file().toString(), null, "is missing: " + advice);
      }
      throw new DataException(wrong.file(), "is not the published file of MNIST: " + advice);
    }
  }

  /** Draws images of each class. */
  @Command(
      name = "sheet",
      description = {
        "Writes a contact sheet as a PNG file: a row for each class, its number in front, and its"
            + " first images."
      },
      footerHeading = "%nExamples:%n",
      footer = {
        "  mnist-app data sheet --save sheet.png",
        "  mnist-app data sheet --data folder --part test --per-class 50 --save sheet.png"
      })
  static final class Sheet implements Callable<Integer> {
    private static final List<String> PARTS = List.of("train", "test");
    private static final int MOST = 1000;

    @Option(
        names = "--save",
        required = true,
        paramLabel = "<file>",
        description = "Where the PNG file goes; it appears whole or not at all.")
    private Path save;

    @Option(
        names = "--part",
        paramLabel = "train|test",
        description = "Which images. Default: ${DEFAULT-VALUE}")
    private String part = "train";

    @Option(
        names = "--per-class",
        paramLabel = "<images>",
        description = "How many of each class, at most. Default: ${DEFAULT-VALUE}")
    private int perClass = 20;

    @Mixin private DataOptions source;

    @Mixin private CommonOptions common;

    @Override
    public Integer call() throws IOException {
      common.validate();
      source.validate(common);
      common.require(
          PARTS.contains(part), "--part must be one of " + PARTS + ", but is '" + part + "'");
      common.require(
          perClass >= 1 && perClass <= MOST,
          "--per-class must be from 1 to " + MOST + ", but is " + perClass);
      OutputFile.requireWritable(save);
      MnistSource.Data data = source.load(common::tell);
      Dataset images = part.equals("test") ? data.test() : data.train();
      common.fit(
          "--per-class " + perClass,
          images,
          () -> {
            write(images);
            return null;
          });
      common.print("data      %s", data.description());
      int[] counts = images.classCounts();
      int shown = Arrays.stream(counts).map(count -> Math.min(count, perClass)).sum();
      common.print("saved     %d of %d images to %s", shown, images.size(), save);
      for (int c = 0; c < images.classNames().size(); c++) {
        common.print("%7d   %s", c, Messages.oneLine(images.classNames().get(c)));
      }
      return Main.OK;
    }

    private void write(Dataset images) {
      try {
        ContactSheet.write(images, perClass, save);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
