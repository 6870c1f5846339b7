// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.mnist.page.PageServer;
import dev.lanewise.mnist.page.Sources;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Serves a page on which a network can be looked at while it computes and learns. */
@Command(
    name = "serve",
    description = {
      "Opens a page for a browser on this machine: draw a digit and see what every layer makes of"
          + " it, how the loss goes back through them, and how a network is trained.",
      "Every visitor has a copy of the network. Ctrl-C ends it."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mnist-app serve",
      "  mnist-app serve --weights weights.safetensors --port 9000",
      "  mnist-app serve --data procedural"
    })
final class ServeCommand implements Callable<Integer> {
  static final int PORT = 8517;
  private static final int LAST_PORT = 65_535;

  @Option(
      names = "--weights",
      paramLabel = "<file>",
      description = {
        "A safetensors file: saved by 'train', or PyTorch's of a network that 'train' knows; or an"
            + " ONNX model (.onnx).",
        "Default: a small network that is trained at the start, in some seconds"
      })
  private Path weights;

  @Option(
      names = "--port",
      paramLabel = "<number>",
      description = "Where the page is; 0: wherever is free. Default: ${DEFAULT-VALUE}")
  private int port = PORT;

  @Option(
      names = "--host",
      paramLabel = "<name>",
      description = {
        "The address to listen on. Others than this machine reach the page only if it is one of"
            + " theirs to see, such as 0.0.0.0: then whoever reaches this machine can compute on"
            + " it.",
        "Default: ${DEFAULT-VALUE}"
      })
  private String host = "127.0.0.1";

  @Option(names = "--open", description = "Open the page in the browser, where there is a desktop.")
  private boolean open;

  @Mixin private DataOptions source;

  @Mixin private CommonOptions common;

  @Override
  public Integer call() throws IOException {
    common.validate();
    source.validate(common);
    requirePort(port, common);
    try (PageServer server = new PageServer(host, port)) { // first: the port may be taken
      StopSignals signals = new StopSignals(code -> stop(server));
      try {
        server.start(new PageSources(start(), source, common));
        common.print("page      %s", server.address());
        common.print("          Ctrl-C ends it");
        if (open) {
          Browser.open(URI.create(server.address()));
        }
        new CountDownLatch(1).await(); // a signal ends the program
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        signals.close();
      }
    }
    return Main.OK;
  }

  static void requirePort(int port, CommonOptions common) {
    common.require(
        port >= 0 && port <= LAST_PORT,
        "--port must be from 0 to " + LAST_PORT + ", but is " + port);
  }

  private static boolean stop(PageServer server) {
    server.close();
    return true;
  }

  private Sources.Start start() throws IOException {
    if (weights != null) {
      return PageSources.read(weights, weights.getFileName().toString(), common::tell);
    }
    try (WorkerTeam team = new WorkerTeam(common.threads)) {
      Network network = StartNetwork.train(team, line -> common.print("start     %s", line));
      return new Sources.Start("simple", StartNetwork.ORIGIN, network);
    }
  }
}
