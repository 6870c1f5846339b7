/** Well-known networks, by name. */
package dev.lanewise.layers.models;
