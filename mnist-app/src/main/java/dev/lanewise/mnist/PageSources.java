// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.io.Match;
import dev.lanewise.layers.models.Models;
import dev.lanewise.mnist.page.Sources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** What {@code serve} gives its page. */
final class PageSources implements Sources {
  private final Start start;
  private final DataOptions data;
  private final CommonOptions common;
  private MnistSource.Data read; // null until the images are first asked for

  PageSources(Start start, DataOptions data, CommonOptions common) {
    this.start = start;
    this.data = data;
    this.common = common;
  }

  /**
   * Reads a model file, or weights of a network that is known.
   *
   * @param name what the file is called
   * @param notice receives a line if something had to be done to make the weights fit
   */
  static Start read(Path file, String name, Consumer<String> notice) throws IOException {
    SavedNetwork saved = SavedNetwork.read(file, Match.NAMES, null);
    Network network = saved.network(Match.NAMES, notice);
    saved.requireClasses(network);
    return new Start(saved.name() == null ? name : saved.name(), "from " + name, network);
  }

  @Override
  public Start start() {
    return start;
  }

  @Override
  public Start read(Path file, String name) throws IOException {
    return read(file, name, line -> {});
  }

  @Override
  public synchronized Images images(Consumer<String> tell) throws IOException {
    if (read == null) {
      read =
          data.load(
              line -> {
                tell.accept(line);
                common.tell(line);
              });
    }
    return new Images(read.train(), read.test(), read.description());
  }

  @Override
  public synchronized Network build(String model, Shape input, int classes) {
    Network network = Models.of(model, input, classes);
    return read == null ? network : read.tell(network);
  }
}
