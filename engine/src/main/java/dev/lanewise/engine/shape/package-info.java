/** Windows, where they lie, and the shapes of convolutions. */
package dev.lanewise.engine.shape;
