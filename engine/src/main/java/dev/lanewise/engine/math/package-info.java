/** Arithmetic on single numbers that is exact on every machine. */
package dev.lanewise.engine.math;
