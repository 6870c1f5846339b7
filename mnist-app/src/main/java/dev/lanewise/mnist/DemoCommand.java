// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The first contact: what the program can do, by one command. */
@Command(
    name = "demo",
    description = {
      "Trains a network on digits drawn by the program, which takes some seconds and needs no"
          + " network; then opens the report of the training, and the page on which the network"
          + " reads what you draw. Without a desktop it prints where they are.",
      "Ctrl-C ends it."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  mnist-app demo", "  mnist-app demo --folder /tmp/demo --port 9000"})
final class DemoCommand implements Callable<Integer> {
  private static final List<String> TRAINING =
      List.of("train", "--data", "procedural", "--epochs", "5");

  @Option(
      names = "--folder",
      paramLabel = "<folder>",
      description =
          "Where weights.safetensors and report.html go; it is made if it is not there."
              + " Default: ${DEFAULT-VALUE}")
  private Path folder = Path.of("lanewise-demo");

  @Option(
      names = "--port",
      paramLabel = "<number>",
      description = "Where the page is; 0: wherever is free. Default: ${DEFAULT-VALUE}")
  private int port = ServeCommand.PORT;

  @Option(names = "--no-open", description = "Open no browser; only print where the pages are.")
  private boolean closed;

  @Mixin private CommonOptions common;

  @Override
  public Integer call() throws IOException {
    common.validate();
    ServeCommand.requirePort(port, common);
    Files.createDirectories(folder);
    Path weights = folder.resolve("weights.safetensors");
    Path report = folder.resolve("report.html");
    List<String> training = new ArrayList<>(TRAINING);
    training.addAll(List.of("--save", weights.toString(), "--report", report.toString()));
    int code = run(training);
    if (code != Main.OK) {
      return code;
    }
    common.print("");
    common.print("report    %s", report.toUri());
    if (!closed) {
      Browser.open(report.toAbsolutePath().toUri());
    }
    List<String> page = new ArrayList<>(List.of("serve", "--data", "procedural"));
    page.addAll(List.of("--weights", weights.toString(), "--port", Integer.toString(port)));
    if (!closed) {
      page.add("--open");
    }
    return run(page);
  }

  private int run(List<String> command) {
    List<String> line = new ArrayList<>(command);
    line.addAll(List.of("--threads", Integer.toString(common.threads)));
    if (common.quiet) {
      line.add("--quiet");
    }
    PrintWriter out = common.command.commandLine().getOut();
    PrintWriter err = common.command.commandLine().getErr();
    return Main.run(out, err, line.toArray(String[]::new));
  }
}
