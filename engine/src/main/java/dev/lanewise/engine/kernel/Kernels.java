// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.kernel;

/**
 * A back end: the arithmetic of the engine, on one thread, one implementation of each family.
 *
 * <p>Two back ends exist, {@code dev.lanewise.engine.simd} on the Vector API and {@code
 * dev.lanewise.engine.reference} in plain loops, and they agree bit for bit: NaN, infinities, -0.0
 * and denormals included (one NaN counts as equal to another). Each output element is a fixed chain
 * of operations, written down at the kernel, in which every product is a fused multiply-add;
 * neither the number of lanes nor the size of a tile changes it.
 *
 * <p>Kernels trust their callers. The facades have checked shapes, offsets and overlap: unless said
 * otherwise an output shares no element with an input. Kernels allocate nothing and may run in
 * several threads at once on different outputs.
 *
 * @param description which back end this is, for people, such as {@code Vector API, 512 bits}
 * @param tuning what it is fastest with
 * @param matrix products of matrices
 * @param taps products with what the taps of a kernel see
 * @param groups convolutions with groups of few channels
 * @param pooling max-pooling
 * @param normalization what normalisations do
 * @param elements operations on one element or column at a time
 * @param winograd Winograd's transforms
 */
public record Kernels(
    String description,
    Tuning tuning,
    MatrixKernels matrix,
    TapKernels taps,
    GroupKernels groups,
    PoolKernels pooling,
    NormalizationKernels normalization,
    ElementKernels elements,
    WinogradKernels winograd) {}
