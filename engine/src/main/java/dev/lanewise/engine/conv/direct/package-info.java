/** Convolutions by every product of their definition; im2col as a view where possible. */
package dev.lanewise.engine.conv.direct;
