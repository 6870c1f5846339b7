// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.util.List;
import java.util.Random;

/**
 * Photos of digits on paper, made up: of many sizes, turned, under uneven light, with a shadow, on
 * paper of any tone, with pens of any width, with the noise of a camera; some beside the edge of
 * the paper, some in chalk on a board.
 */
final class DigitPhotos {
  private static final int[][] SIZES = {
    {300, 400}, {400, 300}, {480, 640}, {640, 480}, {800, 800}, {1200, 900}, {1200, 1600}
  };

  private static final int GRAINS = 1 << 16;

  private final Random random;

  DigitPhotos(long seed) {
    random = new Random(seed);
  }

  private double uniform(double low, double high) {
    return low + (high - low) * random.nextDouble();
  }

  /**
   * A photo of a digit that is drawn by the forms of {@link DigitStrokes}, with a pen.
   *
   * @param digit from 0 to 9
   */
  BufferedImage ofStrokes(int digit) {
    List<DigitStrokes> forms = DigitStrokes.of(digit);
    DigitStrokes form = forms.get(random.nextInt(forms.size()));
    double[] points = form.points();
    for (int i = 0; i < points.length; i++) {
      points[i] += 0.02 * random.nextGaussian();
    }
    Path2D path = new Path2D.Double();
    for (int[] curve : form.curves()) {
      path.moveTo(points[2 * curve[0]], points[2 * curve[0] + 1]);
      for (int i = 0; i + 1 < curve.length; i++) { // Catmull and Rom, as Bezier curves
        int a = 2 * curve[Math.max(i - 1, 0)];
        int b = 2 * curve[i];
        int c = 2 * curve[i + 1];
        int d = 2 * curve[Math.min(i + 2, curve.length - 1)];
        path.curveTo(
            points[b] + (points[c] - points[a]) / 6,
            points[b + 1] + (points[c + 1] - points[a + 1]) / 6,
            points[c] - (points[d] - points[b]) / 6,
            points[c + 1] - (points[d + 1] - points[b + 1]) / 6,
            points[c],
            points[c + 1]);
      }
    }
    double pen = uniform(0.02, 0.14); // of the digit's height
    double wide = uniform(0.65, 0.95);
    return photo(
        (g, side) -> {
          AffineTransform scale = AffineTransform.getScaleInstance(wide * side, side);
          scale.translate(-0.5, -0.5);
          g.setStroke(
              new BasicStroke((float) (pen * side), BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
          g.draw(scale.createTransformedShape(path));
        });
  }

  /**
   * A photo of an image that is light on dark, such as one of MNIST's, enlarged until its pixels
   * are not to be seen.
   *
   * @param pixels {@code [28, 28]}, unsigned
   */
  BufferedImage ofImage(byte[] pixels) {
    int side = DigitPainter.SIDE;
    int large = 20 * side;
    BufferedImage small = new BufferedImage(side, side, BufferedImage.TYPE_BYTE_GRAY);
    small.getRaster().setDataElements(0, 0, side, side, pixels);
    BufferedImage smooth = new BufferedImage(large, large, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D g = smooth.createGraphics();
    g.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    g.drawImage(small, 0, 0, large, large, null);
    g.dispose();
    BufferedImage shape = new BufferedImage(large, large, BufferedImage.TYPE_INT_ARGB);
    return photo(
        (to, size) -> {
          int ink = to.getColor().getRGB() & 0xFFFFFF;
          for (int y = 0; y < large; y++) {
            for (int x = 0; x < large; x++) {
              int value = smooth.getRaster().getSample(x, y, 0);
              int opacity = Math.clamp((value - 110L) * 9, 0, 255); // a pen's edge
              shape.setRGB(x, y, opacity << 24 | ink);
            }
          }
          double whole = size * side / 20.0;
          AffineTransform place = AffineTransform.getScaleInstance(whole / large, whole / large);
          place.translate(-large / 2.0, -large / 2.0);
          to.drawImage(shape, place, null);
        });
  }

  private interface Writing {
    /** Writes around the origin, so high. */
    void write(Graphics2D g, double side);
  }

  private BufferedImage photo(Writing writing) {
    int[] size = SIZES[random.nextInt(SIZES.length)];
    int width = size[0];
    int height = size[1];
    int shorter = Math.min(width, height);
    boolean chalk = random.nextInt(6) == 0;
    int tone = chalk ? 30 + random.nextInt(50) : 170 + random.nextInt(80);
    int warm = random.nextInt(25);
    int light = chalk ? 190 + random.nextInt(60) : 20 + random.nextInt(60);
    Color ground = new Color(tone, tone - warm / 3, Math.max(0, tone - warm));
    Color ink =
        chalk
            ? new Color(light, light, light)
            : new Color(light, light, light + random.nextInt(90));
    BufferedImage photo = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = photo.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    g.setColor(ground);
    g.fillRect(0, 0, width, height);
    if (random.nextInt(4) == 0) { // the table beside the paper
      g.setColor(new Color(90 + random.nextInt(40), 60 + random.nextInt(30), 40));
      AffineTransform before = g.getTransform();
      g.rotate(uniform(-0.05, 0.05));
      int edge = (int) (shorter * uniform(0.04, 0.12));
      g.fillRect(-width, -height, 3 * width, height + edge);
      g.setTransform(before);
    }
    double side = shorter * uniform(0.25, 0.62);
    double room = shorter * 0.14 + side * 0.6;
    g.translate(uniform(room, width - room), uniform(room, height - room));
    g.rotate(uniform(-0.22, 0.22)); // 12 degrees
    g.setColor(ink);
    writing.write(g, side);
    g.dispose();
    return lit(photo);
  }

  /** Light that falls off, a shadow with a soft or hard edge, and noise. */
  private BufferedImage lit(BufferedImage photo) {
    int width = photo.getWidth();
    int height = photo.getHeight();
    double angle = uniform(0, 2 * Math.PI);
    double fall = uniform(0, 0.35);
    double shadow = random.nextBoolean() ? uniform(0.2, 0.45) : 0;
    double shadowAngle = uniform(0, 2 * Math.PI);
    double at = uniform(-0.3, 0.3);
    double soft = uniform(0.01, 0.2);
    double noise = uniform(0, 9);
    double[] grain = new double[GRAINS];
    for (int i = 0; i < GRAINS; i++) {
      grain[i] = noise * random.nextGaussian();
    }
    double fallX = fall * Math.cos(angle) / (1.2 * width);
    double fallY = fall * Math.sin(angle) / (1.2 * height);
    double acrossX = Math.cos(shadowAngle) / (soft * width);
    double acrossY = Math.sin(shadowAngle) / (soft * height);
    int[] pixels = ((DataBufferInt) photo.getRaster().getDataBuffer()).getData();
    for (int i = 0, x = -width / 2, y = -height / 2; i < pixels.length; i++, x++) {
      if (x == width - width / 2) {
        x = -width / 2;
        y++;
      }
      double light = 1 - fall / 2.4 - x * fallX - y * fallY;
      double across = x * acrossX + y * acrossY - at / soft;
      light *= 1 - shadow * Math.clamp(0.5 + across, 0, 1);
      int draw = random.nextInt();
      double luma = grain[draw & GRAINS - 1];
      int result = 0;
      for (int shift = 16; shift >= 0; shift -= 8) {
        double chroma = grain[draw >>> shift / 2 & GRAINS - 1] / 3;
        double value = (pixels[i] >> shift & 0xFF) * light + luma + chroma;
        result |= Math.clamp((int) (value + 0.5), 0, 255) << shift;
      }
      pixels[i] = result;
    }
    return photo;
  }
}
