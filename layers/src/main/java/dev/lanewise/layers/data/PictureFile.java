// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.file.FileKind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A file that holds a picture, of which its structure has been read and no pixel been decoded: so
 * its size can be judged before memory is taken. Immutable, and so safe for any number of threads.
 *
 * <p>PNG, JPEG, BMP and GIF are decoded by the JDK's ImageIO, whatever the file's name says. Of the
 * file ImageIO gets those parts alone that make pixels: no text, profile or thumbnail is ever
 * unpacked. Values are taken as they are: what a file says of gamma or colour profiles is left
 * unread, as Pillow and torchvision leave it; but a photo is turned the way up that its camera was
 * held. Values of 16 bits are rounded to 8, those of fewer bits are spread over 0 to 255. Of an
 * animated GIF the first frame is the picture.
 */
public final class PictureFile {
  /** The most pixels that are decoded. */
  public static final int MAX_PIXELS = Encoded.MAX_PIXELS;

  /** More than a phone's picture needs. */
  private static final int MAX_FILE = 1 << 24;

  private static final String EXPECTED = "a PNG, JPEG, BMP or GIF file";

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

  /**
   * Reads the structure of a file that is in memory already, such as one that was sent to a server.
   *
   * @param content that of a PNG, JPEG, BMP or GIF file of at most 16 MiB; not copied
   * @return the file, which messages call {@code picture}
   * @throws DataException as {@link #open}
   */
  public static PictureFile of(byte[] content) throws DataException {
    return of(Path.of("picture"), content);
  }

  static PictureFile of(Path file, byte[] bytes) throws DataException {
    if (bytes.length > MAX_FILE) {
      throw new DataException(
          file, "is longer than " + MAX_FILE + " bytes, the most that a picture may have here");
    }
    return new PictureFile(file, structure(file, bytes));
  }

  private static Encoded structure(Path file, byte[] bytes) throws DataException {
    if (bytes.length == 0) {
      throw new DataException(file, "is empty, expected " + EXPECTED);
    }
    FileKind kind = FileKind.of(bytes);
    return switch (kind) {
      case PNG -> PngChunks.read(file, bytes);
      case JPEG -> JpegSegments.read(file, bytes);
      case GIF -> GifBlocks.read(file, bytes);
      case BMP -> BmpHeader.read(file, bytes);
      case null ->
          throw new DataException(file, "is not a picture: it does not begin as " + EXPECTED);
      default ->
          throw new DataException(
              file, "is " + kind.what + ", expected " + EXPECTED + advice(kind));
    };
  }

  /** What to do with a file of another kind. */
  private static String advice(FileKind kind) {
    if (kind.isPicture() || kind == FileKind.PDF) {
      return ": convert it, for example by 'magick IN OUT.png'";
    }
    return switch (kind) {
      case GIT_LFS -> ": fetch the file itself with 'git lfs pull'";
      case HTML, XML -> ": download the file itself";
      default -> kind.isArchive() ? ": unpack it first" : "";
    };
  }

  /**
   * The height of the picture.
   *
   * @return rows, from 1 to {@value #MAX_PIXELS}
   */
  public int height() {
    return isOnItsSide() ? encoded.width() : encoded.height();
  }

  /**
   * The width of the picture.
   *
   * @return columns, from 1 to {@value #MAX_PIXELS}
   */
  public int width() {
    return isOnItsSide() ? encoded.height() : encoded.width();
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
    Picture read = ImageIoDecoder.decode(file, encoded);
    try {
      byte[] rgba =
          ExifOrientation.upright(read.rgba(), read.height(), read.width(), encoded.orientation());
      return new Picture(height(), width(), rgba);
    } catch (OutOfMemoryError e) { // the one array that did not fit
      throw DataException.tooLarge(file);
    }
  }

  private boolean isOnItsSide() {
    return ExifOrientation.isOnItsSide(encoded.orientation());
  }
}
