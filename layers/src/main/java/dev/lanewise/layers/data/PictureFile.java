package dev.lanewise.layers.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A file that holds a picture, of which its structure has been read and no pixel been decoded: so
 * its size can be judged before memory is taken. Immutable, and so safe for any number of threads.
 *
 * <p>PNG, JPEG, BMP and GIF are decoded by the JDK's ImageIO, whatever the file's name says. Of the
 * file ImageIO gets those parts alone that make pixels: no text, profile or thumbnail is ever
 * unpacked. Values are taken as they are: what a file says of gamma, colour profiles or the way up
 * it was photographed is left unread, as Pillow and torchvision leave it. Values of 16 bits are
 * rounded to 8, those of fewer bits are spread over 0 to 255. Of an animated GIF the first frame is
 * the picture.
 */
public final class PictureFile {
  /** The most pixels that are decoded. */
  public static final int MAX_PIXELS = Encoded.MAX_PIXELS;

  /** More than a phone's picture needs. */
  private static final int MAX_FILE = 1 << 24;

  private static final int BEGINNING = 64;

  private static final String CONVERT =
      ", which is not read here: convert it to PNG, for example by 'magick IN OUT.png'";

  /** How other files begin that are given for pictures, and what there is to say of them. */
  private static final Map<String, String> OTHERS = new LinkedHashMap<>();

  static {
    OTHERS.put("RIFF....WEBP", "is a WebP picture" + CONVERT);
    OTHERS.put("....ftyp(avif|avis)", "is an AVIF picture" + CONVERT);
    OTHERS.put("....ftyp(hei|hev|mif1|msf1)", "is a HEIC picture" + CONVERT);
    OTHERS.put("II[*+]\0|MM\0[*+]", "is a TIFF picture" + CONVERT);
    OTHERS.put("\0\0\0\fJXL |\u00ff\n", "is a JPEG XL picture" + CONVERT);
    OTHERS.put("\0\0\0\fjP  |\u00ffO\u00ffQ", "is a JPEG 2000 picture" + CONVERT);
    OTHERS.put("\0\0\1\0", "is a Windows icon" + CONVERT);
    OTHERS.put("8BPS", "is a Photoshop picture" + CONVERT);
    OTHERS.put("gimp xcf", "is a GIMP picture" + CONVERT);
    OTHERS.put("P[1-7]\\s", "is a Netpbm picture" + CONVERT);
    OTHERS.put("%PDF", "is a PDF document" + CONVERT);
    OTHERS.put("\\s*<(!doctype html|html)", "is a web page, not a picture: get the file itself");
    OTHERS.put("\\s*<(svg|\\?xml)", "is an SVG drawing or other XML" + CONVERT);
    OTHERS.put(
        "version https://git-lfs",
        "is a pointer to a picture: 'git lfs pull' gets the file itself");
  }

  private final Path file;
  private final Encoded encoded;

  private PictureFile(Path file, Encoded encoded) {
    this.file = file;
    this.encoded = encoded;
  }

  /**
   * Reads a file's structure.
   *
   * @param file a PNG, JPEG, BMP or GIF file of at most 16 MiB
   * @return the file
   * @throws DataException if it is another file, is truncated, or is damaged where a checksum or
   *     its structure shows it
   * @throws IOException if the file cannot be read
   */
  public static PictureFile open(Path file) throws IOException {
    if (Files.isDirectory(file)) { // can be opened, and reading it fails without naming it
      throw new FileSystemException(file.toString(), null, "is a folder, expected a picture");
    }
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_FILE + 1);
    }
    return of(file, bytes);
  }

  static PictureFile of(Path file, byte[] bytes) throws DataException {
    if (bytes.length > MAX_FILE) {
      throw new DataException(
          file, "is longer than " + MAX_FILE + " bytes, the most that a picture may have here");
    }
    return new PictureFile(file, structure(file, bytes));
  }

  private static Encoded structure(Path file, byte[] bytes) throws DataException {
    String beginning =
        new String(bytes, 0, Math.min(bytes.length, BEGINNING), StandardCharsets.ISO_8859_1);
    if (beginning.startsWith(PngChunks.SIGNATURE)) {
      return PngChunks.read(file, bytes);
    } else if (beginning.startsWith("\u00ff\u00d8\u00ff")) {
      return JpegSegments.read(file, bytes);
    } else if (beginning.startsWith("GIF87a") || beginning.startsWith("GIF89a")) {
      return GifBlocks.read(file, bytes);
    } else if (beginning.startsWith("BM")) {
      return BmpHeader.read(file, bytes);
    } else if (bytes.length == 0) {
      throw new DataException(file, "is empty, expected a PNG, JPEG, BMP or GIF file");
    }
    for (Map.Entry<String, String> other : OTHERS.entrySet()) {
      if (beginning.matches("(?is)(" + other.getKey() + ").*")) {
        throw new DataException(file, other.getValue());
      }
    }
    throw new DataException(
        file, "is not a picture: it does not begin as a PNG, JPEG, BMP or GIF file");
  }

  /**
   * The height of the picture.
   *
   * @return rows, from 1 to {@value #MAX_PIXELS}
   */
  public int height() {
    return encoded.height();
  }

  /**
   * The width of the picture.
   *
   * @return columns, from 1 to {@value #MAX_PIXELS}
   */
  public int width() {
    return encoded.width();
  }

  /**
   * What is wrong with the file but leaves the pixels whole.
   *
   * @return a phrase for each, such as {@code "has 5 bytes after its end, which are ignored"}
   */
  public List<String> warnings() {
    return encoded.warnings();
  }

  /**
   * Decodes the pixels.
   *
   * @return the picture
   * @throws DataException if there are more than {@value #MAX_PIXELS} of them or more than fit into
   *     memory, or if they are damaged or missing as far as the decoder can see
   */
  public Picture decode() throws DataException {
    if ((long) height() * width() > MAX_PIXELS) {
      throw Encoded.tooManyPixels(file, height(), width());
    }
    return ImageIoDecoder.decode(file, encoded);
  }
}
