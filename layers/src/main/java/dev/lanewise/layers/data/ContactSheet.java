// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.file.AtomicFile;
import dev.lanewise.layers.graph.Shape;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * A picture of some images of each class, to look at a data set as a whole: a row for each class,
 * with its number in front, and the first images of the class in it. Small images are enlarged by a
 * whole number, large ones shrunk. Images of three and more channels are shown in the colours of
 * the first three, others by the brightness of the first; values below 0 and above 1 as 0 and 1.
 */
public final class ContactSheet {
  /** Images are enlarged as far as this goes; below the size of a thumb they cannot be judged. */
  private static final int SMALL = 64;

  /** Larger images are shrunk to this. */
  private static final int LARGE = 96;

  private static final int GAP = 4;
  private static final int GREY = 0xD8D8D8; // behind the images: they may be black or white
  private static final int BLACK = 0;
  private static final int DIGIT_SCALE = 3;
  private static final int DIGIT_WIDTH = 3;
  private static final int DIGIT_HEIGHT = 5;

  /** The digits, row by row, three bits each: a font may not be there. */
  private static final int[] DIGITS = {
    0b111_101_101_101_111, 0b010_110_010_010_111, 0b111_001_111_100_111, 0b111_001_111_001_111,
    0b101_101_111_001_001, 0b111_100_111_001_111, 0b111_100_111_101_111, 0b111_001_010_010_010,
    0b111_101_111_101_111, 0b111_101_111_001_111
  };

  /** 400 MB: more is no sheet to look at. */
  private static final long MOST_PIXELS = 100_000_000;

  private final Dataset data;
  private final Shape shape;
  private final List<List<Integer>> rows;
  private final int height; // of an image on the sheet
  private final int width;
  private final int margin; // for the numbers
  private final BufferedImage sheet;

  private ContactSheet(Dataset data, int perClass) {
    if (data.classes() < 1 || perClass < 1) {
      throw new IllegalArgumentException(
          "a sheet needs classes and at least 1 image of each, but there are "
              + (data.classes() + " classes, and " + perClass + " images of each are wanted"));
    }
    this.data = data;
    shape = data.shape();
    int side = Math.max(shape.height(), shape.width());
    int larger = Math.max(1, SMALL / side);
    double scale = side > LARGE ? (double) LARGE / side : larger;
    height = Math.max(1, (int) Math.round(shape.height() * scale));
    width = Math.max(1, (int) Math.round(shape.width() * scale));
    rows = rows(data, perClass);
    int digits = Integer.toString(data.classes() - 1).length();
    margin = 2 * GAP + digits * (DIGIT_WIDTH + 1) * DIGIT_SCALE;
    int columns = rows.stream().mapToInt(List::size).max().orElse(0);
    long sheetWidth = margin + (long) columns * (width + GAP);
    long sheetHeight = GAP + (long) rows.size() * (height + GAP);
    if (sheetWidth * sheetHeight > MOST_PIXELS) {
      throw new IllegalArgumentException(
          "a sheet of %dx%d pixels is too large: take fewer than %d images of each class"
              .formatted(sheetWidth, sheetHeight, perClass));
    }
    sheet = new BufferedImage((int) sheetWidth, (int) sheetHeight, BufferedImage.TYPE_INT_RGB);
  }

  /** The first images of each class. */
  private static List<List<Integer>> rows(Dataset data, int perClass) {
    List<List<Integer>> rows = new ArrayList<>();
    for (int c = 0; c < data.classes(); c++) {
      rows.add(new ArrayList<>());
    }
    int missing = data.classes();
    for (int i = 0; i < data.size() && missing > 0; i++) {
      List<Integer> row = rows.get(data.label(i));
      if (row.size() < perClass) {
        row.add(i);
        missing -= row.size() == perClass ? 1 : 0;
      }
    }
    return rows;
  }

  /**
   * Writes a sheet as a PNG file, which appears whole or not at all.
   *
   * @param data the images; their targets are labels
   * @param perClass how many of each class, at most
   * @param file where to; an old file is replaced
   * @throws IllegalArgumentException if there are no classes, {@code perClass} is not positive, or
   *     the sheet would have more than a hundred million pixels
   * @throws IOException if the file cannot be written; an old file is then as it was
   * @throws java.io.UncheckedIOException if an image cannot be read; no file is written then
   */
  public static void write(Dataset data, int perClass, Path file) throws IOException {
    byte[] png = png(new ContactSheet(data, perClass).draw());
    AtomicFile.write(
        file,
        channel -> {
          ByteBuffer bytes = ByteBuffer.wrap(png);
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        });
  }

  private static byte[] png(BufferedImage image) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
    try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(image);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  private BufferedImage draw() {
    fill(0, 0, sheet.getWidth(), sheet.getHeight(), GREY);
    for (int row = 0; row < rows.size(); row++) {
      int top = GAP + row * (height + GAP);
      number(row, top + Math.max(0, (height - DIGIT_HEIGHT * DIGIT_SCALE) / 2));
      for (int column = 0; column < rows.get(row).size(); column++) {
        image(rows.get(row).get(column), top, margin + column * (width + GAP));
      }
    }
    return sheet;
  }

  /** The number of a class, on the right of the margin. */
  private void number(int number, int top) {
    int left = margin - GAP;
    for (int rest = number, digit = 0; digit == 0 || rest > 0; rest /= 10, digit++) {
      left -= (DIGIT_WIDTH + 1) * DIGIT_SCALE;
      for (int bit = 0; bit < DIGIT_WIDTH * DIGIT_HEIGHT; bit++) {
        if ((DIGITS[rest % 10] >> (DIGIT_WIDTH * DIGIT_HEIGHT - 1 - bit) & 1) == 1) {
          fill(
              left + bit % DIGIT_WIDTH * DIGIT_SCALE,
              top + bit / DIGIT_WIDTH * DIGIT_SCALE,
              DIGIT_SCALE,
              DIGIT_SCALE,
              BLACK);
        }
      }
    }
  }

  private void image(int image, int top, int left) {
    byte[] rgb = colours(image);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int at = 3 * (y * width + x);
        int colour = (rgb[at] & 0xFF) << 16 | (rgb[at + 1] & 0xFF) << 8 | rgb[at + 2] & 0xFF;
        set(left + x, top + y, colour);
      }
    }
  }

  /** Red, green and blue of an image in the size that it has on the sheet. */
  private byte[] colours(int image) {
    float[] x = new float[shape.size()];
    data.copy(new int[] {image}, 0, 1, x, 0, new int[1], 0);
    byte[] rgb = new byte[3 * shape.height() * shape.width()];
    int c = shape.channels();
    for (int pixel = 0; pixel < rgb.length / 3; pixel++) {
      for (int i = 0; i < 3; i++) {
        float value = x[pixel * c + (c >= 3 ? i : 0)];
        rgb[3 * pixel + i] = (byte) Math.round(255 * Math.clamp(value, 0f, 1f)); // NaN: 0
      }
    }
    if (height < shape.height() || width < shape.width()) {
      return Resampling.window(
          rgb, shape.height(), shape.width(), 3, height, width, 0, 0, height, width);
    }
    int larger = height / shape.height();
    byte[] enlarged = new byte[3 * height * width];
    for (int y = 0; y < height; y++) {
      for (int column = 0; column < width; column++) {
        int from = 3 * (y / larger * shape.width() + column / larger);
        System.arraycopy(rgb, from, enlarged, 3 * (y * width + column), 3);
      }
    }
    return enlarged;
  }

  private void fill(int left, int top, int columns, int rows, int colour) {
    for (int y = top; y < Math.min(top + rows, sheet.getHeight()); y++) {
      for (int x = left; x < left + columns; x++) {
        set(x, y, colour);
      }
    }
  }

  private void set(int x, int y, int colour) {
    sheet.setRGB(x, y, colour);
  }
}
