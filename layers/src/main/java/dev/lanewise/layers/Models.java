package dev.lanewise.layers;

/** stub while the layers are being written. */
public final class Models {
  private Models() {}

  /** Conv 8@3x3 same, ReLU, MaxPool 2, Flatten, Dense. */
  public static Network simple(Shape input, int classes) {
    return null;
  }

  /**
   * [Conv 32, ReLU] x2, MaxPool 2, [Conv 64, ReLU] x2, MaxPool 2, Flatten, Dense 128, ReLU, Dense.
   */
  public static Network complex(Shape input, int classes) {
    return null;
  }
}
