/** Metrics: how well a network does, in figures other than its loss. */
package dev.lanewise.layers.metric;
