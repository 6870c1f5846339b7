/** Model files. */
package dev.lanewise.layers.io;
