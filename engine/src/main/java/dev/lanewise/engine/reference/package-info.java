/**
 * The back end in plain Java: the fallback where the Vector API is not there, and the oracle of the
 * tests.
 */
package dev.lanewise.engine.reference;
