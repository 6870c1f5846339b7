/** Convolutions with several groups of channels, among them depthwise ones. */
package dev.lanewise.engine.conv.grouped;
