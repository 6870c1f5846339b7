/**
 * The back end on the Vector API; the only importer of {@code jdk.incubator.vector}. Vectors live
 * in locals only, species in {@code static final} fields, and every hot kernel is a small static
 * method with one loop: what C2 compiles without boxing.
 */
package dev.lanewise.engine.simd;
