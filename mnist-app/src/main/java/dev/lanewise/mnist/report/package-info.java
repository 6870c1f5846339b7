/** The report of a training: one HTML page that needs nothing else. */
package dev.lanewise.mnist.report;
