package dev.lanewise.layers.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/** What a file is that is not the IDX file it should be, by its first bytes. */
enum ForeignFile {
  NPZ("a NumPy archive (NPZ)", Advice.CONVERT),
  NPY("a NumPy array (NPY)", Advice.CONVERT),
  PARQUET("a Parquet file", Advice.CONVERT),
  ARROW("an Arrow file", Advice.CONVERT),
  MAT("a MATLAB file", Advice.CONVERT),
  HDF5("an HDF5 file", Advice.CONVERT),
  CIFAR("CIFAR in its binary version", Advice.CONVERT),
  CSV("a table of text (CSV)", Advice.CONVERT),
  PYTORCH("a file of torch.save", Advice.CONVERT),
  PICKLE("a Python pickle", Advice.CONVERT),
  LITTLE_ENDIAN("IDX of little-endian numbers", "write its numbers big-endian"),
  GIT_LFS("a Git LFS pointer", "fetch the file itself with 'git lfs pull'"),
  HTML("an HTML page", Advice.AGAIN),
  XML("an XML document", Advice.AGAIN),
  JSON("JSON", Advice.AGAIN),
  ZIP("a zip archive", Advice.UNPACK),
  TAR("a tar archive", Advice.UNPACK),
  SEVEN_ZIP("a 7z archive", Advice.UNPACK),
  RAR("a RAR archive", Advice.UNPACK),
  XZ("compressed by xz", Advice.UNPACK),
  BZIP2("compressed by bzip2", Advice.UNPACK),
  ZSTD("compressed by zstd", Advice.UNPACK),
  COMPRESS("compressed by compress", Advice.UNPACK),
  GZIP("compressed by gzip twice", Advice.UNPACK),
  PICTURE("a picture", Advice.CONVERT),
  PDF("a PDF document", Advice.AGAIN),
  TEXT("text", Advice.AGAIN);

  /** How many of the first bytes tell. */
  static final int HEAD = 512;

  private static final class Advice {
    static final String CONVERT = "docs/formats.md says how to convert it";
    static final String AGAIN = "download it again: this came instead of the file";
    static final String UNPACK = "unpack it first";
  }

  /** What it is, in words that follow "is". */
  final String what;

  /** What to do. */
  final String advice;

  ForeignFile(String what, String advice) {
    this.what = what;
    this.advice = advice;
  }

  /**
   * Recognises a file.
   *
   * @param file its name tells what has no signature
   * @param size its length
   * @return what it is; {@code null} if that cannot be told, or it cannot be read
   */
  static ForeignFile of(Path file, long size) {
    if (isCifar(file.getFileName().toString().toLowerCase(Locale.ROOT), size)) {
      return CIFAR;
    }
    try (InputStream in = GunzipStream.open(file)) {
      return of(in.readNBytes(HEAD));
    } catch (IOException e) {
      return null;
    }
  }

  /** A label of one byte, or two, and 32x32 colours for each image; there is no header. */
  private static boolean isCifar(String name, long size) {
    return name.matches("(data_batch_\\d|test_batch|train|test)\\.bin")
        && size > 0
        && (size % 3073 == 0 || size % 3074 == 0);
  }

  /**
   * Recognises content.
   *
   * @param head its first bytes, after unzipping, at most {@link #HEAD}
   * @return what it is; {@code null} if that cannot be told
   */
  static ForeignFile of(byte[] head) {
    String bytes = new String(head, StandardCharsets.ISO_8859_1);
    ForeignFile binary = binary(bytes);
    if (binary != null) {
      return binary;
    }
    String text = new String(head, StandardCharsets.UTF_8).strip().toLowerCase(Locale.ROOT);
    return isText(bytes) ? text(text) : null;
  }

  private static ForeignFile binary(String head) {
    if (head.startsWith("PK\3\4")) {
      return zip(head);
    } else if (head.startsWith("\u0093NUMPY")) {
      return NPY;
    } else if (head.startsWith("PAR1")) {
      return PARQUET;
    } else if (head.startsWith("ARROW1")) {
      return ARROW;
    } else if (head.startsWith("MATLAB ")) {
      return MAT;
    } else if (head.startsWith("\u0089HDF\r\n")) {
      return HDF5;
    } else if (head.matches("(?s)[\1-\4][\\x08-\\x0e]\\x00\\x00.*")) {
      return LITTLE_ENDIAN;
    } else if (head.startsWith("\u001f\u008b")) {
      return GZIP;
    } else if (head.startsWith("\u001f\u009d")) {
      return COMPRESS;
    } else if (head.startsWith("7z\u00bc\u00af")) {
      return SEVEN_ZIP;
    } else if (head.startsWith("Rar!")) {
      return RAR;
    } else if (head.startsWith("\u00fd7zXZ")) {
      return XZ;
    } else if (head.startsWith("BZh")) {
      return BZIP2;
    } else if (head.startsWith("\u0028\u00b5\u002f\u00fd")) {
      return ZSTD;
    } else if (head.startsWith("ustar", 257)) {
      return TAR;
    } else if (head.startsWith("%PDF")) {
      return PDF;
    } else if (head.startsWith("\u0089PNG\r\n\u001a\n")
        || head.startsWith("\u00ff\u00d8\u00ff")
        || head.startsWith("GIF8")
        || head.startsWith("RIFF")
        || head.startsWith("BM") && !isText(head)) {
      return PICTURE;
    } else if (head.matches("(?s)\u0080[\2-\5].*")) {
      return PICKLE;
    }
    return null;
  }

  /** By the name of the first entry. */
  private static ForeignFile zip(String head) {
    int length = head.length() < 30 ? 0 : head.charAt(26) | head.charAt(27) << 8;
    String name = head.substring(Math.min(30, head.length()), Math.min(30 + length, head.length()));
    if (name.endsWith(".npy")) {
      return NPZ;
    }
    return name.endsWith("/data.pkl") ? PYTORCH : ZIP;
  }

  private static boolean isText(String bytes) {
    return !bytes.isBlank() && bytes.chars().noneMatch(c -> c < ' ' && "\t\r\n\f".indexOf(c) < 0);
  }

  private static ForeignFile text(String text) {
    String start = text.startsWith("\ufeff") ? text.substring(1) : text;
    if (start.startsWith("version https://git-lfs")) {
      return GIT_LFS;
    } else if (start.startsWith("<?xml")) {
      return XML;
    } else if (start.startsWith("<")) {
      return HTML;
    } else if (start.startsWith("{") || start.startsWith("[")) {
      return JSON;
    }
    String line = start.lines().findFirst().orElse("");
    boolean table = line.matches("[\\w.+\"'-]+([,;\\t] ?[\\w.+\"'-]+){2,}[,;\\t]?");
    return table ? CSV : TEXT;
  }
}
