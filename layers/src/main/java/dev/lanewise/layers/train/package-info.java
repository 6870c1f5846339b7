/** The training loop, evaluation, and a check of gradients. */
package dev.lanewise.layers.train;
