// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.ImageDataset;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.models.Models;
import dev.lanewise.layers.optim.Sgd;
import dev.lanewise.layers.train.Trainer;

/**
 * A step of training on a blank image and a network of its own, so that the JVM loads and links
 * what the first real step needs while the images are still being read.
 */
final class WarmUp implements Runnable {
  private static final Shape INPUT = new Shape(28, 28, 1);
  private static final int CLASSES = 10;

  private final String model;

  /**
   * A step that has not begun.
   *
   * @param model the network that will be trained, by its name or its layers
   */
  WarmUp(String model) {
    this.model = model;
  }

  /** Begins the step in a thread of its own, which does not keep the program from ending. */
  void begin() {
    try {
      Thread.ofPlatform().daemon().name("warm-up").start(this);
    } catch (OutOfMemoryError e) {
      // No further native threads: one thread can train all the same.
    }
  }

  @Override
  public void run() {
    try {
      byte[] label = {0};
      ImageDataset blank = new ImageDataset(INPUT, CLASSES, new byte[INPUT.size()], label);
      Network network = Models.of(model, INPUT, CLASSES);
      network.initialize(1);
      Trainer.of(network)
          .optimizer(new Sgd())
          .learningRate(0.1f)
          .batchSize(1)
          .build()
          .fit(1, blank);
    } catch (OutOfMemoryError | IllegalArgumentException e) {
      // Whether there is enough memory, and images are large enough, the training will say.
    }
  }
}
