/**
 * The public face of the engine. Each class validates its arguments once, chooses an algorithm by
 * the shapes alone, and divides the outputs among the threads of a {@link
 * dev.lanewise.engine.WorkerTeam}; the arithmetic itself is done by a {@code Kernels} back end that
 * trusts what it is given.
 *
 * <p>All data is {@code float[]} with an element offset, row-major; activations are {@code [N, H,
 * W, C]}, convolution weights {@code [KH, KW, C, OC]}, dense weights {@code [out, in]}.
 */
package dev.lanewise.engine;
