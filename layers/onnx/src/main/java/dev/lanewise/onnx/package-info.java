/** Import of ONNX models. */
package dev.lanewise.onnx;
