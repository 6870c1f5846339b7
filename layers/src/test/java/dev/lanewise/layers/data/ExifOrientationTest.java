// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ExifOrientationTest {
  /** As Pillow's {@code ImageOps.exif_transpose} turns 0 1 2 above 3 4 5. */
  @ParameterizedTest
  @CsvSource({
    "1, 2, 012345",
    "2, 2, 210543",
    "3, 2, 543210",
    "4, 2, 345012",
    "5, 3, 031425",
    "6, 3, 304152",
    "7, 3, 524130",
    "8, 3, 251403"
  })
  void picturesAreTurnedAsInPillow(int orientation, int height, String expected) {
    byte[] rgba = new byte[4 * 6];
    for (int i = 0; i < rgba.length; i++) {
      rgba[i] = (byte) (i / 4);
    }
    byte[] upright = ExifOrientation.upright(rgba, 2, 3, orientation);
    assertEquals(height == 3, ExifOrientation.isOnItsSide(orientation));
    for (int i = 0; i < rgba.length; i++) {
      assertEquals(expected.charAt(i / 4) - '0', upright[i]);
    }
  }

  private static byte[] tiff(ByteOrder order, int orientation) {
    ByteBuffer tiff = ByteBuffer.allocate(8 + 2 + 2 * 12 + 4).order(order);
    tiff.putShort((short) (order == ByteOrder.LITTLE_ENDIAN ? 0x4949 : 0x4D4D));
    tiff.putShort((short) 42).putInt(8).putShort((short) 2);
    tiff.putShort((short) 0x0100).putShort((short) 3).putInt(1).putInt(0);
    tiff.putShort((short) 0x0112).putShort((short) 3).putInt(1);
    tiff.putShort((short) orientation).putShort((short) 0);
    return tiff.array();
  }

  /** Eight rows by sixteen columns, dark on the left, with Exif or without. */
  private static byte[] jpeg(byte[] tiff) throws IOException {
    BufferedImage image = new BufferedImage(16, 8, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < 16 * 8; i++) {
      image.getRaster().setSample(i % 16, i / 16, 0, i % 16 < 8 ? 0 : 250);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertTrue(ImageIO.write(image, "jpeg", out));
    byte[] plain = out.toByteArray();
    ByteBuffer whole = ByteBuffer.allocate(plain.length + 10 + tiff.length);
    whole.put(plain, 0, 2).putShort((short) 0xFFE1).putShort((short) (8 + tiff.length));
    whole.put(new byte[] {'E', 'x', 'i', 'f', 0, 0}).put(tiff);
    return whole.put(plain, 2, plain.length - 2).array();
  }

  @Test
  void aPhotoIsTurnedTheWayUpItWasTaken() throws IOException {
    for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
      PictureFile file = PictureFile.of(jpeg(tiff(order, 6)));
      assertEquals(16, file.height());
      assertEquals(8, file.width());
      byte[] pixels = file.decode().pixels(1, 0);
      assertTrue((pixels[0] & 0xFF) < 10, "dark above");
      assertTrue((pixels[pixels.length - 1] & 0xFF) > 240, "light below");
    }
  }

  /** It is no part of the picture: what is wrong with it does no harm. */
  @Test
  void whatIsNotUnderstoodIsLeftOut() throws IOException {
    byte[] whole = tiff(ByteOrder.BIG_ENDIAN, 8);
    byte[] upright = PictureFile.of(jpeg(tiff(ByteOrder.BIG_ENDIAN, 1))).decode().rgba();
    for (int length = 0; length < 22 + 12; length++) { // the tag's entry ends there
      byte[] cut = Arrays.copyOf(whole, length);
      assertArrayEquals(upright, PictureFile.of(jpeg(cut)).decode().rgba(), "" + length);
    }
    for (int wrong : new int[] {0, 9, 0xFFFF}) {
      assertEquals(8, PictureFile.of(jpeg(tiff(ByteOrder.LITTLE_ENDIAN, wrong))).height());
    }
    Random random = new Random(1);
    for (int i = 0; i < 2000; i++) {
      byte[] damaged = whole.clone();
      for (int k = 0; k < 4; k++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      int orientation = ExifOrientation.of(ByteBuffer.wrap(damaged));
      assertTrue(orientation >= 1 && orientation <= 8);
    }
  }
}
