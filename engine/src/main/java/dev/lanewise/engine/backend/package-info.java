/** The choice of the back end. */
package dev.lanewise.engine.backend;
