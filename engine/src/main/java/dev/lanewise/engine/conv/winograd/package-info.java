/** Convolutions by the minimal filtering F(4x4, 3x3). */
package dev.lanewise.engine.conv.winograd;
