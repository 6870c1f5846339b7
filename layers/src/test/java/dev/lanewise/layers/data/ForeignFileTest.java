package dev.lanewise.layers.data;

import static dev.lanewise.layers.data.IdxWriter.gzip;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What people put where an IDX file should be. */
class ForeignFileTest {
  @TempDir Path folder;

  private static byte[] bytes(String latin) {
    return latin.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] zip(String entry) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry(entry));
      zip.write(new byte[100]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static byte[] tar() {
    byte[] tar = new byte[1024];
    System.arraycopy(bytes("cifar-10-batches-bin/"), 0, tar, 0, 21);
    System.arraycopy(bytes("ustar"), 0, tar, 257, 5);
    return tar;
  }

  static Stream<Arguments> files() {
    return Stream.of(
        arguments(ForeignFile.NPZ, zip("x_train.npy")),
        arguments(ForeignFile.PYTORCH, zip("archive/data.pkl")),
        arguments(ForeignFile.ZIP, zip("train-images-idx3-ubyte")),
        arguments(ForeignFile.NPY, bytes("\u0093NUMPY\1\0v\0{'descr': '|u1', }")),
        arguments(ForeignFile.PARQUET, bytes("PAR1\25\4\25")),
        arguments(ForeignFile.ARROW, bytes("ARROW1\0\0")),
        arguments(ForeignFile.MAT, bytes("MATLAB 5.0 MAT-file, Platform: GLNXA64")),
        arguments(ForeignFile.HDF5, bytes("\u0089HDF\r\n\032\n")),
        arguments(ForeignFile.PICKLE, bytes("\u0080\2}q\1(U\nbatch_label")),
        arguments(ForeignFile.CSV, bytes("label,pixel0,pixel1,pixel2\n1,0,0,0\n")),
        arguments(ForeignFile.CSV, bytes("5,0,0,254,0\r\n3,0,0,0,0\r\n")),
        arguments(ForeignFile.LITTLE_ENDIAN, bytes("\3\10\0\0\140\352\0\0")),
        arguments(ForeignFile.GIT_LFS, bytes("version https://git-lfs.github.com/spec/v1\noid")),
        arguments(ForeignFile.HTML, bytes("\n  <!DOCTYPE html>\n<html>")),
        arguments(ForeignFile.HTML, bytes("\u00ef\u00bb\u00bf<html lang='en'>")),
        arguments(ForeignFile.XML, bytes("<?xml version='1.0'?><Error><Code>AccessDenied</Code>")),
        arguments(ForeignFile.JSON, bytes("{\"error\": \"not found\"}")),
        arguments(ForeignFile.TAR, tar()),
        arguments(ForeignFile.TAR, gzip(tar())),
        arguments(ForeignFile.SEVEN_ZIP, bytes("7z\u00bc\u00af\47\34")),
        arguments(ForeignFile.RAR, bytes("Rar!\32\7\0")),
        arguments(ForeignFile.XZ, bytes("\u00fd7zXZ\0")),
        arguments(ForeignFile.BZIP2, bytes("BZh91AY&SY")),
        arguments(ForeignFile.ZSTD, bytes("(\u00b5/\u00fd\4")),
        arguments(ForeignFile.COMPRESS, bytes("\37\u009d\u0090\0")),
        arguments(ForeignFile.GZIP, gzip(gzip(new byte[100]))),
        arguments(ForeignFile.PICTURE, bytes("\u0089PNG\r\n\32\n\0")),
        arguments(ForeignFile.PICTURE, bytes("\u00ff\u00d8\u00ff\u00e0\0\20JFIF")),
        arguments(ForeignFile.PICTURE, bytes("GIF89a")),
        arguments(ForeignFile.PICTURE, bytes("RIFF\0\0\0\0WEBP")),
        arguments(ForeignFile.PICTURE, bytes("BM\0\0\0")),
        arguments(ForeignFile.PDF, bytes("%PDF-1.7\n%\u00e2\u00e3")),
        arguments(ForeignFile.TEXT, bytes("Not Found")),
        arguments(ForeignFile.TEXT, bytes("Too many requests, try later, or sign in. Thanks.")));
  }

  @ParameterizedTest
  @MethodSource("files")
  void isNamedWithWhatToDo(ForeignFile kind, byte[] content) throws IOException {
    Path file = IdxWriter.write(folder, "train-images-idx3-ubyte", content);
    assertEquals(kind, ForeignFile.of(file, content.length));
    DataException e =
        assertThrows(
            DataException.class, () -> IdxReader.readImages(file, null, IdxOptions.DEFAULT));
    assertEquals(
        file + ": is " + kind.what + ", expected an IDX file: " + kind.advice, e.getMessage());
  }

  @Test
  void everyKindIsTried() {
    assertEquals(
        ForeignFile.values().length - 1, // CIFAR has no signature
        files().map(each -> each.get()[0]).distinct().count());
  }

  @Test
  void cifarIsKnownByNameAndSize() throws IOException {
    Path ten = IdxWriter.write(folder, "data_batch_1.bin", new byte[2 * 3073]);
    assertEquals(ForeignFile.CIFAR, ForeignFile.of(ten, Files.size(ten)));
    Path hundred = IdxWriter.write(folder, "Train.bin", new byte[3074]);
    assertEquals(ForeignFile.CIFAR, ForeignFile.of(hundred, Files.size(hundred)));
    Path other = IdxWriter.write(folder, "test.bin", new byte[3075]);
    assertNull(ForeignFile.of(other, Files.size(other)));
  }

  @Test
  void whatIsNotKnownHasNoName() throws IOException {
    assertNull(ForeignFile.of(new byte[0]));
    assertNull(ForeignFile.of(new byte[ForeignFile.HEAD]));
    assertNull(ForeignFile.of(IdxWriter.idx(new byte[4], 4)));
    assertNull(ForeignFile.of(folder.resolve("missing"), 0));
    byte[] damaged = Arrays.copyOf(gzip(new byte[100]), 12);
    assertNull(ForeignFile.of(IdxWriter.write(folder, "cut.gz", damaged), damaged.length));
    for (Arguments each : files().toList()) {
      byte[] content = (byte[]) each.get()[1];
      for (int length = 0; length < Math.min(content.length, 40); length++) {
        ForeignFile kind = ForeignFile.of(Arrays.copyOf(content, length)); // no exception
        assertTrue(kind == null || !kind.what.isEmpty());
      }
    }
  }
}
