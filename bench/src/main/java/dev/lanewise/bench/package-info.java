/**
 * Benchmarks: JMH classes for the kernels and a training step, {@code Throughput} for whole
 * networks, {@code FmaPeak} for what the machine could do at best. They are run, not called.
 *
 * <p>The last two find a JDK 25 by themselves whatever {@code java} starts them; JMH, the main
 * class of the jar, does not: {@code java -jar benchmarks.jar} needs the {@code java} of a JDK 25.
 */
package dev.lanewise.bench;
