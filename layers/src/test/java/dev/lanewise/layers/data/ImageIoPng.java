package dev.lanewise.layers.data;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;

/** What the JDK's own reader makes of a PNG file, as the oracle of the tests. */
final class ImageIoPng {
  static {
    ImageIO.setUseCache(false); // no files beside
  }

  private ImageIoPng() {}

  static PngImage read(byte[] png) throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
    Raster raster = image.getRaster();
    int width = image.getWidth();
    int height = image.getHeight();
    byte[] rgba = new byte[4 * width * height];
    int bands = raster.getNumBands();
    int depth = raster.getSampleModel().getSampleSize(0);
    for (int i = 0; i < width * height; i++) {
      int x = i % width;
      int y = i / width;
      if (image.getColorModel() instanceof IndexColorModel model) {
        int argb = model.getRGB(raster.getSample(x, y, 0));
        for (int c = 0; c < 4; c++) {
          rgba[4 * i + c] = (byte) (argb >> (c == 3 ? 24 : 16 - 8 * c));
        }
        continue;
      }
      for (int c = 0; c < 3; c++) { // samples: colour models would bend grey values
        rgba[4 * i + c] = to8Bits(raster.getSample(x, y, bands < 3 ? 0 : c), depth);
      }
      boolean opaque = bands % 2 == 1;
      rgba[4 * i + 3] = opaque ? -1 : to8Bits(raster.getSample(x, y, bands - 1), depth);
    }
    return new PngImage(height, width, rgba);
  }

  private static byte to8Bits(int value, int depth) {
    return (byte) Math.round(value * 255.0 / ((1 << depth) - 1));
  }
}
