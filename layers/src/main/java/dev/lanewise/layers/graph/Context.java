// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;

/**
 * What a layer has to know of the moment in which it runs: the mode, the step of the training,
 * which images of the batch it has before it, random numbers, threads and scratch memory. One
 * object serves all layers that run one after the other, and is used again for the next batch. Not
 * thread-safe.
 */
public final class Context {
  private final Mode mode;
  private final long seed;
  private final Workspace workspace;
  private final RandomStream random = new RandomStream(0);
  private int images;
  private int first;
  private long step;

  /**
   * A context of a batch that has not begun.
   *
   * @param mode what the pass is for
   * @param seed decides all random numbers, together with the layer, the step and the image
   * @param workspace the threads and the scratch memory
   */
  public Context(Mode mode, long seed, Workspace workspace) {
    this.mode = mode;
    this.seed = seed;
    this.workspace = workspace;
  }

  /**
   * Sets what the layers run on.
   *
   * @param step of the training, from 0
   * @param first the number of the first image in its batch
   * @param images how many images
   */
  public void set(long step, int first, int images) {
    this.step = step;
    this.first = first;
    this.images = images;
  }

  /**
   * What the pass is for.
   *
   * @return the mode; it never changes
   */
  public Mode mode() {
    return mode;
  }

  /**
   * How many images the tensors hold.
   *
   * @return from 0 to {@link Site#maxBatch}
   */
  public int images() {
    return images;
  }

  /**
   * Which image of its batch the first one is.
   *
   * @return 0, unless a batch is cut into slices
   */
  public int first() {
    return first;
  }

  /**
   * The step of the training.
   *
   * @return from 0
   */
  public long step() {
    return step;
  }

  /**
   * The seed of the pass.
   *
   * @return what all its random numbers come from
   */
  public long seed() {
    return seed;
  }

  /**
   * Random numbers for one image in this step. They depend on the seed, the layer, the step and the
   * image's number in its batch alone, so forward and backward find the same ones, and so do any
   * number of threads.
   *
   * @param key {@link Site#key} of the layer
   * @param image counted from {@link #first}
   * @return a stream that starts anew; valid until the next call. Allocates nothing
   */
  public RandomStream random(long key, int image) {
    random(key, image, random);
    return random;
  }

  /**
   * The same random numbers, for a layer that draws in several threads.
   *
   * @param key {@link Site#key} of the layer
   * @param image counted from {@link #first}
   * @param stream starts anew; one for each thread
   */
  public void random(long key, int image, RandomStream stream) {
    stream.restart(key);
    stream.splitInto(stream, step);
    stream.splitInto(stream, first + image);
  }

  /**
   * The threads to use.
   *
   * @return the team; a single thread for a slice of a batch
   */
  public WorkerTeam team() {
    return workspace.team();
  }

  /**
   * Scratch memory that all layers share one after the other.
   *
   * @return the workspace, with the threads of {@link #team}
   */
  public Workspace workspace() {
    return workspace;
  }
}
