/** Data sets of labelled images. */
package dev.lanewise.layers.data;
