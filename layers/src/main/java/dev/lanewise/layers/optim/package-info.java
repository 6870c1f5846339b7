/** Optimizers, which update parameters in place, and schedules of their learning rates. */
package dev.lanewise.layers.optim;
