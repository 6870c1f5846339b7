/**
 * Benchmarks: JMH classes for the kernels and a training step, {@code Throughput} for whole
 * networks, {@code Division} for how a step divides among threads, {@code LayerCost} for what a
 * layer of a user adds to one, {@code FmaPeak} for what the machine could do at best. They are run,
 * not called.
 */
package dev.lanewise.bench;
