/** Tensors, parameters, the layers and the network that chains them. */
package dev.lanewise.layers;
