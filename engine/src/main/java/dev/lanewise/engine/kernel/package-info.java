/**
 * What a back end offers: one interface per family of kernels, and the scalar models that both back
 * ends follow operation for operation.
 */
package dev.lanewise.engine.kernel;
