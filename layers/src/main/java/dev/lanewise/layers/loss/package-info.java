/** Losses: the head of the backward pass. */
package dev.lanewise.layers.loss;
