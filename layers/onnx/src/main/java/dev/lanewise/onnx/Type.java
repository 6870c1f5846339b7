// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

/** What the elements of a value are; how many bits they had in the file does not matter. */
enum Type {
  /** Numbers, kept in single precision. */
  FLOAT,
  /** Whole numbers. */
  INT,
  /** Whole numbers of 8 bits, with a sign. */
  INT8,
  /** Whole numbers from 0 to 255. */
  UINT8,
  /** 0 or 1. */
  BOOL
}
