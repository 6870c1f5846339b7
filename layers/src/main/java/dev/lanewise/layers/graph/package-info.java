/** What a network is made of, and what a layer has to say and do: the contract of {@link Layer}. */
package dev.lanewise.layers.graph;
