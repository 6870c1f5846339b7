// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Transparency;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JPEG, BMP and GIF files, whatever their names, and those that are told to be converted. */
class PictureFormatsTest {
  private static final Path FILE = Path.of("picture.png");
  private static final int HEIGHT = 9;
  private static final int WIDTH = 13;

  @TempDir Path folder;

  private static PictureFile open(byte[] bytes) throws IOException {
    return PictureFile.of(FILE, bytes);
  }

  private static BufferedImage picture(int type) {
    BufferedImage picture = new BufferedImage(WIDTH, HEIGHT, type);
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        int red = 20 + 15 * x;
        int green = 250 - 20 * y;
        int blue = 10 * (x + y);
        picture.setRGB(x, y, 0xFF << 24 | red << 16 | green << 8 | blue);
      }
    }
    return picture;
  }

  private static byte[] encoded(String format, BufferedImage picture) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
    try (var out = new MemoryCacheImageOutputStream(bytes)) {
      ImageWriteParam param = writer.getDefaultWriteParam();
      if (format.equals("jpeg")) {
        param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        param.setCompressionQuality(1);
      }
      writer.setOutput(out);
      writer.write(null, new IIOImage(picture, null, null), param);
    }
    writer.dispose();
    return bytes.toByteArray();
  }

  /** The values of a picture, {@code [height, width, 4]}. */
  private static byte[] rgba(BufferedImage picture) {
    ByteBuffer rgba = ByteBuffer.allocate(4 * picture.getWidth() * picture.getHeight());
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        rgba.putInt(Integer.rotateLeft(picture.getRGB(x, y), 8));
      }
    }
    return rgba.array();
  }

  private static void assertRead(BufferedImage expected, int tolerance, byte[] bytes)
      throws IOException {
    PictureFile file = open(bytes);
    assertEquals(List.of(), file.warnings());
    assertEquals(expected.getHeight(), file.height());
    assertEquals(expected.getWidth(), file.width());
    Picture picture = file.decode();
    assertEquals(file.height(), picture.height());
    assertEquals(file.width(), picture.width());
    byte[] rgba = rgba(expected);
    assertEquals(rgba.length, picture.rgba().length);
    for (int i = 0; i < rgba.length; i++) {
      assertEquals(rgba[i] & 0xFF, picture.rgba()[i] & 0xFF, tolerance, "value " + i);
    }
  }

  private static void assertRefused(String fault, byte[] bytes) {
    DataException e = assertThrows(DataException.class, () -> open(bytes).decode());
    assertTrue(e.getMessage().startsWith(FILE + ": "), e.getMessage());
    assertTrue(e.getMessage().contains(fault), e.getMessage());
    assertEquals(1, e.getMessage().lines().count());
  }

  /** Damage behind the pixels may leave them as they are; it is never an error of another kind. */
  private static void assertDamageIsNoticed(byte[] whole) throws IOException {
    byte[] rgba = open(whole).decode().rgba();
    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThrows(DataException.class, () -> open(part).decode(), "length " + length);
    }
    Random random = new Random(1);
    for (int i = 0; i < 2_000; i++) {
      byte[] damaged = whole.clone();
      for (int n = random.nextInt(3); n >= 0; n--) {
        damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      }
      try {
        Picture picture = open(damaged).decode();
        assertEquals(4 * picture.height() * picture.width(), picture.rgba().length);
      } catch (DataException e) {
        assertEquals(1, e.getMessage().lines().count());
      }
    }
    byte[] longer = Arrays.copyOf(whole, whole.length + 5);
    assertArrayEquals(rgba, open(longer).decode().rgba());
  }

  @Test
  void jpegInColourAndInGrey() throws IOException {
    BufferedImage colours = picture(BufferedImage.TYPE_3BYTE_BGR);
    assertRead(colours, 60, encoded("jpeg", colours)); // colours have half the resolution
    BufferedImage even = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_3BYTE_BGR);
    for (int colour : new int[] {0xFF0000, 0x00FF00, 0x0000FF, 0x123456, 0xFFFFFF}) {
      int[] all = new int[WIDTH * HEIGHT];
      Arrays.fill(all, colour);
      even.setRGB(0, 0, WIDTH, HEIGHT, all, 0, WIDTH);
      assertRead(even, 2, encoded("jpeg", even));
    }
    BufferedImage grey = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_GRAY);
    byte[] values = new byte[WIDTH * HEIGHT];
    for (int i = 0; i < values.length; i++) {
      values[i] = (byte) (2 * i);
      grey.getRaster().setSample(i % WIDTH, i / WIDTH, 0, 2 * i);
    }
    byte[] read = open(encoded("jpeg", grey)).decode().pixels(1, 0);
    for (int i = 0; i < values.length; i++) { // as they are: no colour profile bends them
      assertEquals(values[i] & 0xFF, read[i] & 0xFF, 3);
    }
  }

  @Test
  void jpegInSeveralScans() throws IOException {
    BufferedImage colours = picture(BufferedImage.TYPE_3BYTE_BGR);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ImageWriteParam param = writer.getDefaultWriteParam();
    param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
    param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    param.setCompressionQuality(1);
    try (var out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(colours, null, null), param);
    }
    writer.dispose();
    byte[] expected = open(encoded("jpeg", colours)).decode().rgba(); // in one
    assertArrayEquals(expected, open(bytes.toByteArray()).decode().rgba());
    assertDamageIsNoticed(bytes.toByteArray());
  }

  /** Three components mean brightness and colours, whether a segment of JFIF says so or not. */
  @Test
  void jpegWithoutJfifIsReadAsOtherReadersReadIt() throws IOException {
    byte[] jpeg = fullyResolved(picture(BufferedImage.TYPE_3BYTE_BGR));
    assertRead(picture(BufferedImage.TYPE_3BYTE_BGR), 10, jpeg);
    byte[] expected = open(jpeg).decode().rgba();
    int jfif = 2 + 2 + ByteBuffer.wrap(jpeg).getShort(4);
    ByteArrayOutputStream other = new ByteArrayOutputStream();
    other.writeBytes(new byte[] {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF, (byte) 0xE5, 0, 4, 1, 2});
    other.write(jpeg, jfif, jpeg.length - jfif);
    assertArrayEquals(expected, open(other.toByteArray()).decode().rgba());
    byte[] numbered = other.toByteArray(); // from 0 instead of 1
    int sof = indexOf(numbered, 0xC0);
    int sos = indexOf(numbered, 0xDA);
    for (int i = 0; i < 3; i++) {
      numbered[sof + 10 + 3 * i]--;
      numbered[sos + 5 + 2 * i]--;
    }
    assertArrayEquals(expected, open(numbered).decode().rgba());
  }

  @Test
  void jpegOfNamedColoursIsReadAsThese() throws IOException {
    BufferedImage picture = picture(BufferedImage.TYPE_3BYTE_BGR);
    byte[] jpeg = fullyResolved(picture);
    byte[] expected = open(jpeg).decode().pixels(1, 0);
    int jfif = 2 + 2 + ByteBuffer.wrap(jpeg).getShort(4);
    byte[] named = Arrays.copyOfRange(jpeg, jfif - 2, jpeg.length);
    named[0] = (byte) 0xFF;
    named[1] = (byte) 0xD8;
    for (int i = 0; i < 3; i++) {
      named[indexOf(named, 0xC0) + 10 + 3 * i] = (byte) "RGB".charAt(i);
      named[indexOf(named, 0xDA) + 5 + 2 * i] = (byte) "RGB".charAt(i);
    }
    byte[] rgb = open(named).decode().pixels(3, 0);
    for (int i = 0; i < expected.length; i++) { // what was brightness is red now
      assertEquals(expected[i] & 0xFF, rgb[3 * i] & 0xFF, 12);
    }
  }

  /** ImageIO makes the rest grey, and warns. */
  @Test
  void jpegWhosePixelsEndEarlyIsRefused() throws IOException {
    byte[] jpeg = encoded("jpeg", picture(BufferedImage.TYPE_3BYTE_BGR));
    int scan = indexOf(jpeg, 0xDA);
    byte[] cut = Arrays.copyOf(jpeg, scan + (jpeg.length - scan) / 2);
    cut[cut.length - 2] = (byte) 0xFF;
    cut[cut.length - 1] = (byte) 0xD9;
    assertRefused("is not a whole JPEG file: Corrupt JPEG data", cut);
  }

  private static int indexOf(byte[] jpeg, int marker) {
    int at = 0;
    while (jpeg[at] != (byte) 0xFF || jpeg[at + 1] != (byte) marker) {
      at++;
    }
    return at;
  }

  /** Without the half resolution of colours, by which ImageIO would know that they are colours. */
  private static byte[] fullyResolved(BufferedImage picture) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ImageWriteParam param = writer.getDefaultWriteParam();
    param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    param.setCompressionQuality(1);
    IIOMetadata metadata =
        writer.getDefaultImageMetadata(ImageTypeSpecifier.createFromRenderedImage(picture), param);
    IIOMetadataNode tree = (IIOMetadataNode) metadata.getAsTree("javax_imageio_jpeg_image_1.0");
    IIOMetadataNode brightness =
        (IIOMetadataNode) tree.getElementsByTagName("componentSpec").item(0);
    brightness.setAttribute("HsamplingFactor", "1");
    brightness.setAttribute("VsamplingFactor", "1");
    metadata.setFromTree("javax_imageio_jpeg_image_1.0", tree);
    try (var out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(picture, null, metadata), param);
    }
    writer.dispose();
    return bytes.toByteArray();
  }

  @Test
  void bmpOfEveryKind() throws IOException {
    for (int type :
        new int[] {
          BufferedImage.TYPE_3BYTE_BGR,
          BufferedImage.TYPE_INT_RGB,
          BufferedImage.TYPE_USHORT_555_RGB,
          BufferedImage.TYPE_USHORT_565_RGB
        }) {
      boolean few =
          type == BufferedImage.TYPE_USHORT_555_RGB || type == BufferedImage.TYPE_USHORT_565_RGB;
      BufferedImage picture = picture(type);
      assertRead(picture, few ? 1 : 0, encoded("bmp", picture));
    }
    for (int bits : new int[] {1, 4, 8}) {
      BufferedImage picture = indexed(bits, -1);
      assertRead(picture, 0, encoded("bmp", picture));
    }
  }

  private static BufferedImage indexed(int bits, int transparent) {
    byte[][] palette = new byte[3][1 << bits];
    Random random = new Random(bits);
    for (byte[] band : palette) {
      random.nextBytes(band);
    }
    IndexColorModel model =
        new IndexColorModel(bits, 1 << bits, palette[0], palette[1], palette[2], transparent);
    int type = bits == 8 ? BufferedImage.TYPE_BYTE_INDEXED : BufferedImage.TYPE_BYTE_BINARY;
    BufferedImage picture = new BufferedImage(WIDTH, HEIGHT, type, model);
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
      picture.getRaster().setSample(i % WIDTH, i / WIDTH, 0, i % (1 << bits));
    }
    return picture;
  }

  @Test
  void bmpFromTopToBottomAndOfOs2() throws IOException {
    ByteBuffer down = bmp(40, 2, -2, 24, 16);
    down.position(54);
    down.put(new byte[] {3, 2, 1, 6, 5, 4, 0, 0}).put(new byte[] {9, 8, 7, 12, 11, 10, 0, 0});
    byte[] expected = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    assertArrayEquals(expected, open(down.array()).decode().pixels(3, 0));

    ByteBuffer os2 = ByteBuffer.allocate(26 + 8).order(ByteOrder.LITTLE_ENDIAN);
    os2.put((byte) 'B').put((byte) 'M').putInt(34).putInt(0).putInt(26).putInt(12);
    os2.putShort((short) 2).putShort((short) 1).putShort((short) 1).putShort((short) 24);
    os2.put(new byte[] {3, 2, 1, 6, 5, 4});
    assertArrayEquals(Arrays.copyOf(expected, 6), open(os2.array()).decode().pixels(3, 0));
  }

  private static ByteBuffer bmp(int header, int width, int height, int bits, int pixels) {
    ByteBuffer bmp = ByteBuffer.allocate(14 + header + pixels).order(ByteOrder.LITTLE_ENDIAN);
    bmp.put((byte) 'B').put((byte) 'M').putInt(bmp.capacity()).putInt(0).putInt(14 + header);
    bmp.putInt(header).putInt(width).putInt(height).putShort((short) 1).putShort((short) bits);
    return bmp;
  }

  /** A profile may be said to be of gigabytes: it is not looked for. */
  @Test
  void aProfileInABmpIsLeftUnread() throws IOException {
    ByteBuffer bmp = bmp(124, 1, 1, 24, 4);
    bmp.putInt(70, 0x4D424544); // an embedded profile
    bmp.putInt(126, 0x7FFFFFFF).putInt(130, 0x7FFFFFFF);
    bmp.put(138, new byte[] {3, 2, 1});
    assertArrayEquals(new byte[] {1, 2, 3}, open(bmp.array()).decode().pixels(3, 0));
  }

  @Test
  void gifWithAndWithoutTransparency() throws IOException {
    for (int transparent : new int[] {-1, 3}) {
      BufferedImage picture = indexed(4, transparent);
      assertEquals(
          transparent < 0 ? Transparency.OPAQUE : Transparency.BITMASK, picture.getTransparency());
      assertRead(picture, 0, encoded("gif", picture));
    }
    BufferedImage many = indexed(8, -1);
    assertRead(many, 0, encoded("gif", many));
  }

  /** Data that ends by its own end code within a row: from this row on all is of one colour. */
  @Test
  void gifThatEndsEarly() throws IOException {
    ByteBuffer gif = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    gif.put("GIF87a".getBytes(StandardCharsets.US_ASCII)).putShort((short) 3).putShort((short) 1);
    gif.put(new byte[] {(byte) 0x80, 0, 0, 9, 9, 9, 7, 7, 7}); // two colours
    gif.put((byte) 0x2C).putInt(0).putShort((short) 3).putShort((short) 1).put((byte) 0);
    // Codes of 3 bits: 4 clears, 1 is a pixel, 5 ends.
    gif.put(new byte[] {2, 2, (byte) (4 | 1 << 3 | 5 << 6), 5 >> 2, 0, 0x3B});
    byte[] whole = Arrays.copyOf(gif.array(), gif.position());
    assertArrayEquals(new byte[] {9, 9, 9}, open(whole).decode().pixels(1, 0));
  }

  @Test
  void ofAnAnimationTheFirstFrameIsRead() throws IOException {
    BufferedImage picture = indexed(4, -1);
    byte[] gif = encoded("gif", picture);
    ByteArrayOutputStream two = new ByteArrayOutputStream();
    int frames = 13 + 3 * 16;
    two.write(gif, 0, gif.length - 1);
    two.write(gif, frames, gif.length - frames);
    PictureFile file = open(two.toByteArray());
    assertEquals(List.of("has more than its first frame, left unread"), file.warnings());
    assertArrayEquals(rgba(picture), file.decode().rgba());
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpeg", "bmp", "gif"})
  void damageIsNoticedOrLeavesAPicture(String format) throws IOException {
    BufferedImage picture =
        format.equals("gif") ? indexed(4, 2) : picture(BufferedImage.TYPE_3BYTE_BGR);
    assertDamageIsNoticed(encoded(format, picture));
  }

  @Test
  void sizesAreJudgedByTheHeader() throws IOException {
    byte[] gif = encoded("gif", indexed(4, -1));
    ByteBuffer screen =
        ByteBuffer.wrap(gif.clone()).putShort(6, (short) -1).putShort(8, (short) -1);
    assertRefused("has a first frame of 13x9 on a screen of 65535x65535", screen.array());

    byte[] jpeg = encoded("jpeg", picture(BufferedImage.TYPE_3BYTE_BGR));
    int sof = indexOf(jpeg, 0xC0);
    ByteBuffer huge = ByteBuffer.wrap(jpeg.clone());
    huge.putShort(sof + 5, (short) -1).putShort(sof + 7, (short) -1);
    assertRefused("has a picture of 65535x65535, expected at most", huge.array());
    assertEquals(65535, open(huge.array()).height());
    ByteBuffer none = ByteBuffer.wrap(jpeg.clone()).putShort(sof + 5, (short) 0);
    assertRefused("has a picture of 13x0", none.array());
    ByteBuffer inks = ByteBuffer.allocate(sof + 24).put(jpeg, 0, sof);
    inks.put(new byte[] {-1, (byte) 0xC0, 0, 20, 8, 0, 1, 0, 1, 4});
    assertRefused("has 4 colours per pixel", inks.array());

    assertRefused("expected 12884901942", bmp(40, 65536, 65536, 24, 0).array());
    assertRefused("expected 12000054", bmp(40, 2000, 2000, 24, 0).array());
    assertRefused("of 0x1, expected sides", bmp(40, 0, 1, 24, 0).array());
    assertRefused(
        "of 1x2147483648, expected at most", bmp(40, 1, Integer.MIN_VALUE, 24, 0).array());
    ByteBuffer inside = bmp(40, 1, 1, 24, 4).putInt(30, 4); // a JPEG file as its pixels
    assertRefused("compressed pixels", inside.array());
    assertRefused("BMP header of 4294967295 bytes", bmp(40, 1, 1, 24, 4).putInt(14, -1).array());
    assertRefused("pixels from byte 0 on", bmp(40, 1, 1, 24, 4).putInt(10, 0).array());
  }

  /** Each scan may cost as much as the whole picture, and be of some bytes only. */
  @Test
  void scansAreCounted() throws IOException {
    byte[] jpeg = encoded("jpeg", picture(BufferedImage.TYPE_3BYTE_BGR));
    ByteArrayOutputStream scans = new ByteArrayOutputStream();
    scans.write(jpeg, 0, jpeg.length - 2);
    for (int i = 0; i < 100; i++) {
      scans.writeBytes(new byte[] {-1, (byte) 0xDA, 0, 2});
    }
    scans.write(jpeg, jpeg.length - 2, 2);
    assertRefused("has a JPEG scan (0xDA) where none belongs", scans.toByteArray());
  }

  @ParameterizedTest
  @CsvSource({
    "RIFF\u0001\u0001\u0001\u0001WEBPVP8 , is a WebP picture",
    "....ftypheic...., is a HEIC picture",
    "....ftypavif...., is an AVIF picture",
    "II*\0., is a TIFF picture",
    "MM\0*., is a TIFF picture",
    "8BPS\0\u0001, is a Photoshop picture",
    "%PDF-1.7, 'is a PDF document, expected a PNG, JPEG, BMP or GIF file: convert it'",
    "P5 28 28 255, is a Netpbm picture",
    "<svg xmlns=, 'is an SVG drawing, expected a PNG, JPEG, BMP or GIF file: convert it'",
    "<!DOCTYPE html><html>, is an HTML page",
    "version https://git-lfs.github.com/spec/v1, 'git lfs pull'",
    "'\37\u008b\b', : unpack it first",
    "BM\0 and no more, is truncated",
    "some text, is text",
    "GIF98, is text",
    "'\0\0\0\0', is not a picture: it does not begin as a PNG",
  })
  void otherFilesAreNamed(String beginning, String fault) {
    assertRefused(fault, beginning.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void theNameOfAFileSaysNothing() throws IOException {
    BufferedImage picture = indexed(4, -1);
    for (String format : List.of("gif", "bmp", "png")) {
      Path file = Files.write(folder.resolve("picture.jpg"), encoded(format, picture));
      assertArrayEquals(rgba(picture), Picture.read(file).rgba(), format);
    }
  }
}
