/** The command line of the MNIST application. */
package dev.lanewise.mnist;
