/** The training loop, checkpoints and evaluation. */
package dev.lanewise.layers.train;
