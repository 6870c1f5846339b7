// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/**
 * The parameters of all that reads images from a DataFrame.
 *
 * @param <S> what has them, and its setters return
 */
public interface ImageParams<S> extends Params {
  /**
   * Where the images are.
   *
   * @return the column of images; by default {@code features}
   */
  Param<String> featuresCol();

  /** {@return the value of {@link #featuresCol}} */
  default String getFeaturesCol() {
    return getOrDefault(featuresCol());
  }

  /** Sets {@link #featuresCol}. */
  default S setFeaturesCol(String value) {
    return Declared.set(this, featuresCol(), value);
  }

  /**
   * What a binary column of images holds.
   *
   * @return {@code values}, the default: a byte for each value of an image; or {@code pictures}:
   *     whole PNG, JPEG, BMP or GIF files, as of Spark's {@code binaryFile} source
   */
  Param<String> binaryFormat();

  /** {@return the value of {@link #binaryFormat}} */
  default String getBinaryFormat() {
    return getOrDefault(binaryFormat());
  }

  /** Sets {@link #binaryFormat}. */
  default S setBinaryFormat(String value) {
    return Declared.set(this, binaryFormat(), value);
  }
}
