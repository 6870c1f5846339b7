/** Where the time of a network goes, and what the processor could do in it. */
package dev.lanewise.layers.profile;
