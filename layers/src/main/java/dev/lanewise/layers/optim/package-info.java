/** Optimizers: in-place updates of parameters. */
package dev.lanewise.layers.optim;
