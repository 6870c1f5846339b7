/**
 * The page that {@code serve} opens: an HTTP server of the JDK, its resources and its interface.
 */
package dev.lanewise.mnist.page;
