/** Checks that the gradients of layers, networks and losses are right. */
package dev.lanewise.layers.check;
