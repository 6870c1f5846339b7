/** Checks of numbers, for all packages. */
package dev.lanewise.engine.check;
