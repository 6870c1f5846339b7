/**
 * Benchmarks: JMH classes for the kernels and a training step, {@code Throughput} for whole
 * networks, {@code FmaPeak} for what the machine could do at best. They are run, not called.
 *
 * <p>All of them find a JDK 25 by themselves, whatever {@code java} starts them.
 */
package dev.lanewise.bench;
