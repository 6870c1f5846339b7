package dev.lanewise.layers.data;

/**
 * Brings each channel to about mean 0 and standard deviation 1: {@code (x - mean[c]) /
 * deviation[c]}, as torchvision's {@code Normalize}. Immutable.
 */
public final class Normalize implements Transform {
  private final float[] mean;
  private final float[] deviation;

  /**
   * The same for every channel.
   *
   * @param mean subtracted
   * @param deviation divided by; finite and positive
   * @throws IllegalArgumentException if the mean is not finite, or the deviation not finite and
   *     positive
   */
  public Normalize(float mean, float deviation) {
    this(new float[] {mean}, new float[] {deviation});
  }

  /**
   * Numbers for each channel.
   *
   * @param mean {@code [C]}, subtracted
   * @param deviation {@code [C]}, divided by; finite and positive
   * @throws IllegalArgumentException if the arrays differ in length, a mean is not finite, or a
   *     deviation not finite and positive
   */
  public Normalize(float[] mean, float[] deviation) {
    if (mean.length == 0 || mean.length != deviation.length) {
      throw new IllegalArgumentException(
          "expected a mean and a deviation for each channel, but there are "
              + (mean.length + " and " + deviation.length));
    }
    for (int c = 0; c < mean.length; c++) {
      if (!Float.isFinite(mean[c]) || !(deviation[c] > 0 && Float.isFinite(deviation[c]))) {
        throw new IllegalArgumentException(
            ("the mean must be finite and the deviation finite and positive, but for channel " + c)
                + (" they are " + mean[c] + " and " + deviation[c]));
      }
    }
    this.mean = mean.clone();
    this.deviation = deviation.clone();
  }

  /**
   * Normalises an image.
   *
   * @throws IllegalArgumentException if there are numbers for several channels, and the image does
   *     not have as many
   */
  @Override
  public void apply(float[] image, int offset, Context context) {
    int channels = context.shape().channels();
    if (mean.length != 1 && mean.length != channels) {
      throw new IllegalArgumentException(
          "there are means of " + mean.length + " channels, but images " + context.shape());
    }
    int last = mean.length - 1;
    int to = offset + context.shape().size();
    for (int pixel = offset; pixel < to; pixel += channels) {
      for (int c = 0; c < channels; c++) {
        int n = Math.min(c, last);
        image[pixel + c] = (image[pixel + c] - mean[n]) / deviation[n];
      }
    }
  }
}
