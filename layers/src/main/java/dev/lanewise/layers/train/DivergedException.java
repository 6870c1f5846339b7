package dev.lanewise.layers.train;

/** A training has left the finite numbers; to go on would make no sense. */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * Says where.
   *
   * @param message what is not finite, and at which step
   */
  public DivergedException(String message) {
    super(message);
  }
}
