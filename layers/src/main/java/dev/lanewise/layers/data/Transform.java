// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import java.util.Arrays;

/**
 * Changes images on their way from a data set into a batch, such as normalising or augmenting. The
 * shape stays.
 *
 * <p>Several threads apply a transform at the same time, each to an image of its own:
 * implementations are immutable. What they make of an image depends on the image and on its {@link
 * Context} alone; then it does not depend on the threads. Allocates nothing.
 */
@FunctionalInterface
public interface Transform {
  /** Leaves images as they are. */
  Transform NONE = (image, offset, context) -> {};

  /**
   * Changes one image.
   *
   * @param image holds it, {@code [H, W, C]}; changed in place
   * @param offset its first element
   * @param context what is known of it
   */
  void apply(float[] image, int offset, Context context);

  /**
   * Refuses images that this transform cannot be applied to. Asked before the first of them.
   *
   * @param shape the shape of every image
   * @throws IllegalArgumentException if images of this shape do not fit, with a message that says
   *     why
   */
  default void requireFit(Shape shape) {}

  /**
   * This transform, then another.
   *
   * @param next applied to the result of this one
   * @return both
   */
  default Transform then(Transform next) {
    Transform first = this;
    return new Transform() {
      @Override
      public void apply(float[] image, int offset, Context context) {
        first.apply(image, offset, context);
        next.apply(image, offset, context);
      }

      @Override
      public void requireFit(Shape shape) {
        first.requireFit(shape);
        next.requireFit(shape);
      }
    };
  }

  /**
   * What is known of the image that is being transformed. An object for each thread, reused from
   * image to image.
   */
  final class Context {
    private final long seed;
    private final RandomStream random = new RandomStream(0);
    private final RandomStream randomOfImage = new RandomStream(0);
    private final RandomStream ofImages;
    private RandomStream ofEpoch;
    private Shape shape;
    private int epoch;
    private int image;
    private float[][] scratch = {};

    /**
     * A context that knows no image yet.
     *
     * @param seed of all random numbers
     */
    public Context(long seed) {
      this.seed = seed;
      ofImages = new RandomStream(seed).split("augment image");
      ofEpoch = ofEpoch(0);
    }

    private RandomStream ofEpoch(int epoch) {
      return new RandomStream(seed).split("augment").split(epoch);
    }

    /**
     * Turns to an image. Allocates only where an epoch begins.
     *
     * @param shape the shape of the image
     * @param epoch the number of the epoch, from 0
     * @param image the number of the image in its data set
     */
    public void begin(Shape shape, int epoch, int image) {
      begin(shape, epoch, image, 0);
    }

    /**
     * Turns to an image that may come several times in an epoch, each time with random numbers of
     * its own. Allocates only where an epoch begins.
     *
     * @param shape the shape of the image
     * @param epoch the number of the epoch, from 0
     * @param image the number of the image in its data set
     * @param repeat how often it has come before in this epoch
     */
    public void begin(Shape shape, int epoch, int image, int repeat) {
      if (epoch != this.epoch) {
        ofEpoch = ofEpoch(epoch);
      }
      this.shape = shape;
      this.epoch = epoch;
      this.image = image;
      ofEpoch.splitInto(random, image + ((long) repeat << 32));
      ofImages.splitInto(randomOfImage, image);
    }

    /**
     * The shape of the image.
     *
     * @return {@code [H, W, C]}
     */
    public Shape shape() {
      return shape;
    }

    /**
     * The epoch.
     *
     * @return its number, from 0; 0 outside of training
     */
    public int epoch() {
      return epoch;
    }

    /**
     * The image.
     *
     * @return its number in the data set
     */
    public int image() {
      return image;
    }

    /**
     * Random numbers for this image in this epoch: {@code seed, "augment", epoch, image}.
     *
     * @return the stream, which goes on from transform to transform; not to be kept
     */
    public RandomStream random() {
      return random;
    }

    /**
     * Random numbers for this image, the same in every epoch: {@code seed, "augment image", image}.
     *
     * @return the stream, which goes on from transform to transform; not to be kept
     */
    public RandomStream randomOfImage() {
      return randomOfImage;
    }

    /**
     * Memory for a copy of the image. Allocated in the first call for images of a larger size.
     *
     * @return at least {@code shape().size()} floats, of unspecified content; the same as {@code
     *     scratch(0, shape().size())}
     */
    public float[] scratch() {
      return scratch(0, shape.size());
    }

    /**
     * Memory for several arrays. Each is allocated in the first call for a larger size.
     *
     * @param number which array, from 0
     * @param size how many floats it must have
     * @return at least {@code size} floats, of unspecified content
     */
    public float[] scratch(int number, int size) {
      if (number >= scratch.length) {
        int before = scratch.length;
        scratch = Arrays.copyOf(scratch, number + 1);
        Arrays.fill(scratch, before, number + 1, new float[0]);
      }
      if (scratch[number].length < size) {
        scratch[number] = new float[size];
      }
      return scratch[number];
    }
  }
}
