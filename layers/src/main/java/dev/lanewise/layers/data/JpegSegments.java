// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The structure of a JPEG file (ITU-T T.81, annex B): segments that begin with a marker, and after
 * the header of a scan its coded pixels, in which a marker cannot occur.
 */
final class JpegSegments {
  private static final int SOF0 = 0xC0;
  private static final int DHT = 0xC4;
  private static final int JPG = 0xC8;
  private static final int DAC = 0xCC;
  private static final int SOF15 = 0xCF;
  private static final int RST0 = 0xD0;
  private static final int RST7 = 0xD7;
  private static final int SOI = 0xD8;
  private static final int EOI = 0xD9;
  private static final int SOS = 0xDA;
  private static final int DQT = 0xDB;
  private static final int DRI = 0xDD;
  private static final int APP0 = 0xE0;
  private static final int APP1 = 0xE1;
  private static final int ADOBE = 0xEE;

  private static final String EXIF = "Exif\0\0";

  /** Progressive pictures have about ten; each may be some bytes that cost a pass over all. */
  private static final int MAX_SCANS = 100;

  /** Says that three components are brightness and colour, as all but Adobe's files have it. */
  private static final byte[] JFIF = {
    (byte) 0xFF, (byte) APP0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0
  };

  private final Path file;
  private final ByteBuffer bytes;
  private final ByteArrayOutputStream content = new ByteArrayOutputStream();
  private int height; // 0 before the header
  private int width;
  private boolean namedRgb;
  private boolean jfif;
  private int scans;
  private byte[] adobe = {};
  private int orientation = ExifOrientation.UPRIGHT;

  private JpegSegments(Path file, byte[] bytes) {
    this.file = file;
    this.bytes = ByteBuffer.wrap(bytes);
  }

  static Encoded read(Path file, byte[] bytes) throws DataException {
    return new JpegSegments(file, bytes).read();
  }

  private Encoded read() throws DataException {
    bytes.position(2);
    for (int marker = marker(); marker != EOI; marker = marker()) {
      segment(marker);
    }
    if (scans == 0) {
      throw new DataException(file, "has no pixels: a JPEG file without a scan");
    }
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.writeBytes(new byte[] {(byte) 0xFF, (byte) SOI});
    // Without either ImageIO guesses, and other readers do not guess as it does.
    whole.writeBytes(jfif || adobe.length == 0 && !namedRgb ? JFIF : adobe);
    whole.writeBytes(content.toByteArray());
    whole.writeBytes(new byte[] {(byte) 0xFF, (byte) EOI});
    return new Encoded(
        "jpeg",
        height,
        width,
        whole.toByteArray(),
        Encoded.NOTHING_HIDDEN,
        Encoded.bytesAfterEnd(bytes.remaining()),
        orientation);
  }

  private int marker() throws DataException {
    int begin = bytes.position();
    int marker = 0xFF;
    if (next() != 0xFF) {
      throw new DataException(file, "is damaged: it has no JPEG marker at byte " + begin);
    }
    while (marker == 0xFF) { // any number of them may stand before a marker
      marker = next();
    }
    return marker;
  }

  private int next() throws DataException {
    requireBytes(1);
    return bytes.get() & 0xFF;
  }

  private void requireBytes(int count) throws DataException {
    if (bytes.remaining() < count) {
      throw new DataException(
          file, "is truncated: it ends at byte " + bytes.capacity() + ", before its end marker");
    }
  }

  private void segment(int marker) throws DataException {
    int begin = bytes.position();
    requireBytes(2);
    int length = bytes.getShort(begin) & 0xFFFF;
    requireBytes(length);
    if (length < 2) {
      throw new DataException(file, "is damaged: it has a JPEG segment without its length");
    }
    ByteBuffer inside = bytes.slice(begin + 2, length - 2);
    bytes.position(begin + length);
    if (marker == SOS) {
      require(height > 0 && ++scans <= MAX_SCANS, "scan", marker);
      skipScan();
    } else if (marker >= SOF0
        && marker <= SOF15
        && marker != DHT
        && marker != JPG
        && marker != DAC) {
      require(height == 0, "header", marker);
      header(marker, inside);
    } else if (marker == APP0 && startsWith(inside, "JFIF\0")) {
      jfif = true;
      return;
    } else if (marker == APP1 && startsWith(inside, EXIF)) {
      orientation = ExifOrientation.of(inside.position(EXIF.length()));
      return;
    } else if (marker == ADOBE && startsWith(inside, "Adobe")) {
      adobe = part(begin - 2);
      return;
    } else if (marker != DHT && marker != DAC && marker != DQT && marker != DRI) {
      return; // profiles, thumbnails, texts
    }
    content.writeBytes(part(begin - 2));
  }

  private void header(int marker, ByteBuffer inside) throws DataException {
    require(
        inside.remaining() >= 6 && inside.remaining() == 6 + 3 * inside.get(5), "header", marker);
    height = inside.getShort(1) & 0xFFFF;
    width = inside.getShort(3) & 0xFFFF;
    Encoded.requireSides(file, height, width);
    int components = inside.get(5);
    if (components != 1 && components != 3) {
      throw new DataException(
          file,
          "has "
              + components
              + " colours per pixel, such as those of a printer, expected 1 or 3: convert it,"
              + " for example by 'magick picture.jpg -colorspace sRGB picture.png'");
    }
    namedRgb =
        components == 3 && inside.get(6) == 'R' && inside.get(9) == 'G' && inside.get(12) == 'B';
  }

  /** Goes to the next marker that is none of those within coded pixels. */
  private void skipScan() throws DataException {
    while (true) {
      if (next() == 0xFF) {
        requireBytes(1);
        int marker = bytes.get(bytes.position()) & 0xFF;
        if (marker != 0 && marker != 0xFF && (marker < RST0 || marker > RST7)) {
          bytes.position(bytes.position() - 1);
          return;
        }
      }
    }
  }

  private byte[] part(int begin) {
    byte[] part = new byte[bytes.position() - begin];
    bytes.get(begin, part);
    return part;
  }

  private static boolean startsWith(ByteBuffer inside, String name) {
    byte[] begin = new byte[Math.min(name.length(), inside.remaining())];
    inside.get(0, begin);
    return new String(begin, StandardCharsets.ISO_8859_1).equals(name);
  }

  private void require(boolean condition, String what, int marker) throws DataException {
    if (!condition) {
      throw new DataException(
          file,
          "has a JPEG %s (0x%02X) where none belongs, of another length, or too many of them"
              .formatted(what, marker));
    }
  }
}
