// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What people put where another file should be; the tests of the readers use it, too. */
public class FileKindTest {
  private static byte[] bytes(String latin) {
    return latin.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static Stream<Arguments> kind(FileKind kind, String... beginnings) {
    return Stream.of(beginnings).map(each -> arguments(kind, bytes(each)));
  }

  /** The beginning of an archive whose first entry has this name. */
  private static String zip(String name) {
    return "PK\3\4" + "\0".repeat(22) + (char) name.length() + "\0\0\0" + name + "/data.pkl";
  }

  /** Kinds, and beginnings of files, each of at least 8 bytes. */
  public static Stream<Arguments> files() {
    return Stream.of(
            kind(FileKind.NPZ, zip("x_train.npy"), zip("0.weight.npy")),
            kind(FileKind.NPY, "\u0093NUMPY\1\0v\0{'descr': '|u1', }"),
            kind(FileKind.PARQUET, "PAR1\25\4\25\0"),
            kind(FileKind.ARROW, "ARROW1\0\0"),
            kind(FileKind.MAT, "MATLAB 5.0 MAT-file, Platform: GLNXA64"),
            kind(FileKind.HDF5, "\u0089HDF\r\n\32\n"),
            kind(FileKind.CSV, "label,pixel0,pixel1,pixel2\n1,0,0,0\n", "5,0,0,254,0\r\n3,0,0\r\n"),
            kind(FileKind.CSV, "BMI;age;height", "pixel,".repeat(100)),
            kind(FileKind.TORCHSCRIPT, zip("script/data/0"), zip("net/code/__torch__.py")),
            kind(FileKind.PYTORCH, zip("archive/data.pkl"), zip("data.pkl"), zip("a/version")),
            kind(FileKind.PYTORCH, "\u0080\2\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\31."),
            kind(FileKind.PICKLE, "\u0080\2}q\1(U\nbatch_label", "\u0080\4\u0095\u0087\0\0\0\0"),
            kind(FileKind.IDX, "\0\0\b\3\0\0\u00ea\u0060", "\0\0\b\1\0\0\u00ea\u0060"),
            kind(FileKind.LITTLE_ENDIAN_IDX, "\3\b\0\0\140\352\0\0"),
            kind(FileKind.KERAS, zip("metadata.json")),
            kind(FileKind.GGUF, "GGUF\3\0\0\0\1"),
            kind(FileKind.ONNX, "\b\b\22\7pytorch\32\0062.13.0:\u00aa", "\b\4:\u00e3\7\n\0\0"),
            kind(FileKind.GIT_LFS, "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
            kind(FileKind.HTML, "\n  <!DOCTYPE html>\n<html>", "<html><title>Stra\u00dfe</title>"),
            kind(FileKind.HTML, "\u00ef\u00bb\u00bf<HTML lang='en'><body>x</body></HTML>"),
            kind(FileKind.TRUNCATED_ZIP, "PK\3\4 cut off"),
            kind(FileKind.ZIP, zip("train-images-idx3-ubyte")),
            kind(FileKind.TAR, "w".repeat(257) + "ustar\00000"),
            kind(FileKind.SEVEN_ZIP, "7z\u00bc\u00af\47\34\0\4"),
            kind(FileKind.RAR, "Rar!\32\7\1\0"),
            kind(FileKind.XZ, "\u00fd7zXZ\0\0\4"),
            kind(FileKind.BZIP2, "BZh91AY&SY"),
            kind(FileKind.ZSTD, "(\u00b5/\u00fd\4\0\0\0"),
            kind(FileKind.COMPRESS, "\37\u009d\u0090\0\0\0\0\0"),
            kind(FileKind.GZIP, "\37\u008b\b\0\0\0\0\0"),
            kind(FileKind.PNG, "\u0089PNG\r\n\32\n"),
            kind(FileKind.JPEG, "\u00ff\u00d8\u00ff\u00e0\0\20JFIF"),
            kind(FileKind.GIF, "GIF89a\1\0", "GIF87a\1\0"),
            kind(FileKind.BMP, "BM6\f\0\0\0\0"),
            kind(FileKind.WEBP, "RIFF\0\0\0\0WEBP"),
            kind(FileKind.AVIF, "\0\0\0\40ftypavif"),
            kind(FileKind.HEIC, "\0\0\0\30ftypheic"),
            kind(FileKind.TIFF, "II*\0\b\0\0\0", "MM\0*\0\0\0\b"),
            kind(FileKind.JPEG_XL, "\0\0\0\fJXL \r\n\u0087\n", "\u00ff\n\u00fa\37\1\0\0\0"),
            kind(FileKind.JPEG_2000, "\0\0\0\fjP  \r\n\u0087\n", "\u00ffO\u00ffQ\0/\0\0"),
            kind(FileKind.ICON, "\0\0\1\0\2\0\20\20"),
            kind(FileKind.PHOTOSHOP, "8BPS\0\1\0\0"),
            kind(FileKind.GIMP, "gimp xcf v011\0"),
            kind(FileKind.NETPBM, "P5 28 28 255\n", "P7\nWIDTH 28\n"),
            kind(FileKind.SVG, "<svg xmlns='h'>", "<?xml version='1.0'?>\n<!DOCTYPE svg PUBLIC"),
            kind(FileKind.PDF, "%PDF-1.7\n%\u00e2\u00e3"),
            kind(FileKind.XML, "<?xml version='1.0'?><Error><Code>A</Code>", "<Error>no</Error>"),
            kind(FileKind.JSON, "{\"error\": \"not found\"}", "[{\"weight_map\": 1}]"),
            kind(FileKind.TEXT, "Not Found", "BM and no zeros", "a" + "\u00c3\u00a9".repeat(999)),
            kind(FileKind.TEXT, "Too many requests, try later, or sign in. Thanks."))
        .flatMap(each -> each);
  }

  @ParameterizedTest
  @MethodSource("files")
  void isRecognised(FileKind kind, byte[] content) {
    assertEquals(kind, FileKind.of(content));
    for (int length = 0; length < content.length; length++) {
      FileKind cut = FileKind.of(Arrays.copyOf(content, length)); // no exception
      assertTrue(length < FileKind.HEAD || cut == kind);
    }
  }

  @Test
  void everyKindIsTried() {
    Set<FileKind> tried = new TreeSet<>(Set.of(FileKind.CIFAR)); // has no signature
    files().forEach(each -> tried.add((FileKind) each.get()[0]));
    assertEquals(List.of(FileKind.values()), List.copyOf(tried));
  }

  @Test
  void whatIsNotKnownHasNoKind() {
    assertNull(FileKind.of(new byte[0]));
    assertNull(FileKind.of(new byte[FileKind.HEAD]));
    assertNull(FileKind.of(bytes(" \n ")));
    assertNull(FileKind.of(bytes("\u00ff\u00ff{}")));
    assertNull(FileKind.of(bytes("\3\b\0\0\0\0\0\0[]")), "a damaged safetensors file");
    Random random = new Random(1);
    for (int i = 0; i < 1000; i++) {
      byte[] noise = new byte[FileKind.HEAD];
      random.nextBytes(noise);
      boolean jpegXl = noise[0] == -1 && noise[1] == '\n'; // its signature has two bytes only
      assertEquals(jpegXl ? FileKind.JPEG_XL : null, FileKind.of(noise), "noise " + i);
    }
  }
}
