// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** What the page gets from the application: networks and images. Thread-safe. */
public interface Sources {
  /**
   * A network that visitors look at.
   *
   * @param name what it is called
   * @param origin where it comes from, in a few words
   * @param network the network; the page looks at copies
   */
  record Start(String name, String origin, Network network) {}

  /**
   * Images to train with.
   *
   * @param train the training images
   * @param test the images to validate with
   * @param description where they come from, in a few words
   */
  record Images(Dataset train, Dataset test, String description) {}

  /**
   * The network that visitors begin with.
   *
   * @return always the same
   */
  Start start();

  /**
   * Reads a model file that a visitor has sent.
   *
   * @param file the file, which is deleted afterwards
   * @param name what the visitor calls it
   * @return the network
   * @throws dev.lanewise.layers.data.DataException if it is no such file
   * @throws IOException if it cannot be read
   */
  Start read(Path file, String name) throws IOException;

  /**
   * Images to train with, read or drawn when they are first asked for.
   *
   * @param tell receives, line by line, what the visitor should know
   * @return the images
   * @throws IOException if they cannot be read
   */
  Images images(Consumer<String> tell) throws IOException;

  /**
   * A network to be trained, not yet initialised.
   *
   * @param model its name, or a list of its layers
   * @param input the shape of an image
   * @param classes how many there are
   * @return the network
   * @throws IllegalArgumentException if there is no such network
   */
  Network build(String model, Shape input, int classes);
}
