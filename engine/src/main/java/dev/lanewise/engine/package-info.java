/**
 * The public face of the engine. Each class checks its arguments once, chooses an algorithm by the
 * shapes alone, and divides the outputs among the threads of a {@link
 * dev.lanewise.engine.run.WorkerTeam}; the arithmetic itself is done by a back end that trusts what
 * it is given.
 *
 * <p>Operands are {@link dev.lanewise.engine.run.Floats}, views of an array, row-major and
 * contiguous unless strides are given; activations are {@code [N, H, W, C]}, convolution weights
 * {@code [KH, KW, C, OC]}, dense weights {@code [out, in]}.
 */
package dev.lanewise.engine;
