/** What files are, whatever their names say. */
package dev.lanewise.layers.file;
