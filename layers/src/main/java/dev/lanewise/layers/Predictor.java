// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.CrossEntropy;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.data.Normalize;
import dev.lanewise.layers.data.Picture;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Runs a trained network on images: probabilities of classes, the best few of them, or what any
 * layer makes of an image.
 *
 * <pre>{@code
 * Predictor digits = new Predictor(Network.load(file));
 * float[] p = digits.probabilities(pixels);
 * Predictor embedding = new Predictor(network.upTo("4"));
 * float[] features = embedding.outputs(pixels);
 * }</pre>
 *
 * <p>Images are given as a data set hands them out, for pictures with values from 0 to 1; what the
 * network says of their {@linkplain Network#preparation preparation} is done to them here, on a
 * copy. A network that says nothing, such as one from elsewhere, gets them as they are.
 *
 * <p>Thread-safe: as many calls as there are processors run at the same time; further ones wait.
 * Each has memory of its own, weights that are prepared for convolutions included: about as much as
 * the network. It is taken once and used again; the methods that write to a given array allocate
 * nothing. The parameters are taken as they were when the predictor was made: make a new one after
 * the network has been trained on.
 *
 * <p>Where weights or images are so large that an output is infinite or NaN, so are outputs, and
 * probabilities are NaN: look at them with {@link Float#isFinite} if you do not know the weights.
 */
public final class Predictor {
  private final Network network;
  private final WorkerTeam team;
  private final int maxBatch;
  private final int size; // of an image
  private final int outputs; // of an image
  private final AtomicReferenceArray<Session> idle;
  private final Semaphore permits;

  /** A pass, used by one call at a time. */
  private record Session(Network.Pass pass, Tensor probabilities) {}

  /**
   * A predictor for single images, and for batches image by image.
   *
   * @param network the network, trained or loaded
   */
  public Predictor(Network network) {
    this(network, 1);
  }

  /**
   * A predictor.
   *
   * @param network the network, trained or loaded
   * @param maxBatch how many images go through the network at a time; more are faster for each, and
   *     need more memory
   * @throws IllegalArgumentException if {@code maxBatch} is not positive
   */
  public Predictor(Network network, int maxBatch) {
    this(network, maxBatch, WorkerTeam.single());
  }

  /**
   * A predictor whose calls are divided among threads, while only one runs.
   *
   * @param network the network, trained or loaded
   * @param maxBatch how many images go through the network at a time
   * @param team the threads; not closed by the predictor
   * @throws IllegalArgumentException if {@code maxBatch} is not positive
   */
  public Predictor(Network network, int maxBatch, WorkerTeam team) {
    this.team = team;
    this.network = network;
    this.maxBatch = maxBatch;
    size = network.inputShape().size();
    outputs = network.outputShape().size();
    int processors = Runtime.getRuntime().availableProcessors();
    idle = new AtomicReferenceArray<>(processors);
    permits = new Semaphore(processors);
    idle.set(0, newSession()); // also checks maxBatch
  }

  private Session newSession() {
    Network.Pass pass = network.inferencePass(maxBatch, team);
    pass.freezeParameters();
    return new Session(pass, Tensor.zeros(maxBatch, outputs));
  }

  /**
   * What the network accepts.
   *
   * @return the shape of one image
   */
  public Shape inputShape() {
    return network.inputShape();
  }

  /**
   * What the network makes of an image.
   *
   * @return the shape of one output
   */
  public Shape outputShape() {
    return network.outputShape();
  }

  /**
   * What the outputs are called.
   *
   * @return a name for each; empty if they have none
   */
  public List<String> classNames() {
    return network.preparation().classNames();
  }

  /**
   * Makes an image of a picture as the network was trained with: of the size that it takes, grey or
   * coloured as it has 1 or 3 channels.
   *
   * @param picture the picture
   * @return {@code [H, W, C]}, for the other methods
   * @throws IllegalArgumentException if the picture has another size and the network does not say
   *     what is to be done about that
   */
  public float[] image(Picture picture) {
    return network.preparation().image(picture, network.inputShape());
  }

  /**
   * Outputs of one image: logits, or an embedding.
   *
   * @param image {@code [H, W, C]}
   * @return a new array
   * @throws IllegalArgumentException if the image has another size
   */
  public float[] outputs(float[] image) {
    checkSize(image);
    float[] result = new float[outputs];
    outputs(1, image, result);
    return result;
  }

  /**
   * Outputs of images: logits, or embeddings.
   *
   * @param count how many images, N
   * @param images {@code [N, H, W, C]}
   * @param result receives {@code [N, outputs]}
   * @throws IllegalArgumentException if an array is too short
   */
  public void outputs(int count, float[] images, float[] result) {
    check(count, images, result.length, outputs);
    for (int from = 0; from < count; from += maxBatch) {
      int batch = Math.min(maxBatch, count - from);
      Session session = forward(from, batch, images);
      try {
        Tensor y = session.pass.output();
        System.arraycopy(y.data, y.offset, result, from * outputs, batch * outputs);
      } finally {
        release(session);
      }
    }
  }

  /**
   * Probabilities of the classes for one image.
   *
   * @param image {@code [H, W, C]}
   * @return a new array; it adds up to 1
   * @throws IllegalArgumentException if the image has another size
   */
  public float[] probabilities(float[] image) {
    checkSize(image);
    float[] result = new float[outputs];
    probabilities(1, image, result);
    return result;
  }

  /**
   * Probabilities of the classes for images.
   *
   * @param count how many images, N
   * @param images {@code [N, H, W, C]}
   * @param result receives {@code [N, classes]}
   * @throws IllegalArgumentException if an array is too short
   */
  public void probabilities(int count, float[] images, float[] result) {
    check(count, images, result.length, outputs);
    for (int from = 0; from < count; from += maxBatch) {
      int batch = Math.min(maxBatch, count - from);
      Session session = forward(from, batch, images);
      try {
        Tensor p = softmax(session, batch);
        System.arraycopy(p.data, p.offset, result, from * outputs, batch * outputs);
      } finally {
        release(session);
      }
    }
  }

  /**
   * The most probable classes of images, best first; of equal ones the lower class first.
   *
   * @param count how many images, N
   * @param images {@code [N, H, W, C]}
   * @param k how many classes of each
   * @param classes receives {@code [N, k]}: the classes
   * @param probabilities receives {@code [N, k]}: how probable they are
   * @throws IllegalArgumentException if k is not from 1 to the number of classes, or an array is
   *     too short
   */
  public void top(int count, float[] images, int k, int[] classes, float[] probabilities) {
    if (k < 1 || k > outputs) {
      throw new IllegalArgumentException("k must be from 1 to " + outputs + ", but is " + k);
    }
    check(count, images, Math.min(classes.length, probabilities.length), k);
    for (int from = 0; from < count; from += maxBatch) {
      int batch = Math.min(maxBatch, count - from);
      Session session = forward(from, batch, images);
      try {
        Tensor p = softmax(session, batch);
        for (int i = 0; i < batch; i++) {
          int at = p.offset + i * outputs;
          best(p.data, at, k, classes, probabilities, (from + i) * k);
        }
      } finally {
        release(session);
      }
    }
  }

  /** By insertion: k is small. */
  private void best(float[] p, int at, int k, int[] classes, float[] best, int to) {
    int found = 0;
    for (int c = 0; c < outputs; c++) {
      float value = p[at + c];
      int place = found;
      while (place > 0 && best[to + place - 1] < value) {
        place--;
      }
      if (place < k) {
        found = Math.min(found + 1, k);
        for (int j = found - 1; j > place; j--) {
          best[to + j] = best[to + j - 1];
          classes[to + j] = classes[to + j - 1];
        }
        best[to + place] = value;
        classes[to + place] = c;
      }
    }
  }

  private Tensor softmax(Session session, int batch) {
    CrossEntropy.softmax(batch, outputs, session.pass.output(), session.probabilities);
    return session.probabilities;
  }

  private void checkSize(float[] image) {
    if (image.length != size) {
      throw new IllegalArgumentException(
          ("an image of shape " + inputShape() + " needs " + size)
              + (" values, but there are " + image.length));
    }
  }

  private void check(int count, float[] images, int length, int each) {
    if (count < 0 || images.length < (long) count * size || length < (long) count * each) {
      throw new IllegalArgumentException(
          count
              + " images need "
              + (long) count * size
              + " values and room for "
              + (long) count * each
              + " results, but there are "
              + images.length
              + " and "
              + length);
    }
  }

  /** The session has to be released. */
  private Session forward(int from, int batch, float[] images) {
    Session session = acquire();
    try {
      Tensor x = session.pass.input();
      System.arraycopy(images, from * size, x.data, x.offset, batch * size);
      Normalize normalize = network.preparation().normalize();
      for (int i = 0; normalize != null && i < batch; i++) {
        normalize.apply(x.data, x.offset + i * size, network.inputShape());
      }
      session.pass.forward(batch);
      return session;
    } catch (Throwable e) {
      release(session);
      throw e;
    }
  }

  private Session acquire() {
    permits.acquireUninterruptibly();
    for (int i = 0; i < idle.length(); i++) {
      Session session = idle.getAndSet(i, null);
      if (session != null) {
        return session;
      }
    }
    try {
      return newSession();
    } catch (Throwable e) {
      permits.release();
      throw e;
    }
  }

  private void release(Session session) {
    for (int i = 0; i < idle.length(); i++) {
      if (idle.compareAndSet(i, null, session)) {
        break;
      }
    }
    permits.release();
  }
}
