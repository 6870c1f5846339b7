/** What the ways to compute a convolution have in common. */
package dev.lanewise.engine.conv;
