/** Products of matrices, and the gradients of dense layers made of them. */
package dev.lanewise.engine.matrix;
