/**
 * Augmentation: random changes of the images that are trained on, which make of few images many
 * that are as good. Each class is a {@link dev.lanewise.layers.data.Transform} of single images,
 * and {@code a.then(b)} applies two. For MNIST and for CIFAR, respectively, people take
 *
 * <pre>{@code
 * new RandomAffine().shift(0.1).rotate(10).scale(0.9, 1.1).bilinear()
 * RandomFlip.horizontal().then(new RandomCrop(4))
 * }</pre>
 *
 * <p>What is drawn depends on the seed, the epoch and the number of the image alone: not on the
 * threads, the batch, or where a training was resumed. Definitions, names and defaults are those of
 * torchvision, unless a class says otherwise; images come with values from 0 to 1, before they are
 * {@linkplain dev.lanewise.layers.data.Normalize normalised}. All classes are immutable, and
 * allocate nothing once every thread has its memory.
 */
package dev.lanewise.layers.augment;
