/** The training loop and evaluation. */
package dev.lanewise.layers.train;
