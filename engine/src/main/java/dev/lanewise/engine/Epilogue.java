package dev.lanewise.engine;

/** What ends a forward pass while its output is still in the cache. */
public enum Epilogue {
  /** Nothing. */
  NONE,
  /** The rectifier: {@code y = max(y, 0)}; NaN stays NaN. */
  RELU
}
