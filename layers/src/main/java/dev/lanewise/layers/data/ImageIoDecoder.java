// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Decodes pixels by the JDK's ImageIO. */
final class ImageIoDecoder {
  private ImageIoDecoder() {}

  static Picture decode(Path file, Encoded encoded) throws DataException {
    ImageReader reader = reader(encoded.format());
    List<String> warnings = new ArrayList<>();
    reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
    // Not ImageIO.createImageInputStream, which makes files beside.
    try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(encoded.content()))) {
      reader.setInput(in, true, true);
      BufferedImage image = reader.read(0);
      if (!warnings.isEmpty()) { // ImageIO has filled in what is missing
        throw damaged(file, encoded, warnings.getFirst());
      }
      if (image.getHeight() != encoded.height() || image.getWidth() != encoded.width()) {
        throw damaged(file, encoded, "it is not of the size that its header says");
      }
      return picture(image, encoded.hidden());
    } catch (DataException e) {
      throw e;
    } catch (IOException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      if (cause instanceof OutOfMemoryError) {
        throw DataException.tooLarge(file);
      }
      String fault = cause instanceof EOFException ? "its pixels end early" : cause.getMessage();
      throw damaged(file, encoded, "" + fault);
    } catch (RuntimeException e) { // of many kinds, from damage that ImageIO does not foresee
      throw damaged(file, encoded, "Java's decoder fails with " + e.getClass().getSimpleName());
    } catch (OutOfMemoryError e) {
      throw DataException.tooLarge(file);
    } finally {
      reader.dispose();
    }
  }

  private static DataException damaged(Path file, Encoded encoded, String fault) {
    return new DataException(
        file, "is not a whole " + encoded.format().toUpperCase(Locale.ROOT) + " file: " + fault);
  }

  /** The JDK's own, even where a program has brought others: they might make other pixels. */
  private static ImageReader reader(String format) {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (reader.getClass().getModule() == ImageIO.class.getModule()) {
        return reader;
      }
    }
    throw new IllegalStateException("this Java has no reader of " + format);
  }

  /** Takes the values as they are in the file: colour models would bend grey ones. */
  private static Picture picture(BufferedImage image, int[] hidden) {
    Raster raster = image.getRaster();
    int height = image.getHeight();
    int width = image.getWidth();
    int bands = raster.getNumBands();
    int[] sizes = raster.getSampleModel().getSampleSize();
    IndexColorModel palette = image.getColorModel() instanceof IndexColorModel m ? m : null;
    byte[] rgba = new byte[4 * height * width];
    int[] row = new int[width * bands];
    for (int y = 0, to = 0; y < height; y++) {
      raster.getPixels(0, y, width, 1, row);
      for (int x = 0; x < width; x++, to += 4) {
        int from = x * bands;
        if (palette != null) {
          int argb = palette.getRGB(row[from]);
          for (int c = 0; c < 4; c++) {
            rgba[to + c] = (byte) (argb >> (c == 3 ? 24 : 16 - 8 * c));
          }
        } else {
          for (int c = 0; c < 4; c++) {
            int band = c == 3 ? bands - 1 : bands < 3 ? 0 : c;
            boolean opaque = c == 3 && bands % 2 == 1;
            rgba[to + c] = opaque ? -1 : to8Bits(row[from + band], sizes[band]);
          }
        }
        if (hidden.length > 0 && Arrays.equals(row, from, from + bands, hidden, 0, hidden.length)) {
          rgba[to + 3] = 0;
        }
      }
    }
    return new Picture(height, width, rgba);
  }

  /** Rounds 16 bits, and spreads fewer than 8 over the whole range. */
  private static byte to8Bits(int value, int bits) {
    int most = (1 << bits) - 1;
    return (byte) ((value * 255L + most / 2) / most);
  }
}
