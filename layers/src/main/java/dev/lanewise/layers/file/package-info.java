/** What files are, whatever their names say; and how they are written so that they are whole. */
package dev.lanewise.layers.file;
