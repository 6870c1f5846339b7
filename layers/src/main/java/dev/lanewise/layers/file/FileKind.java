// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.file;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * What a file is, known by its first bytes. Where several signatures fit, the first one counts.
 * Formats of data sets come first, the likeliest of them at the beginning.
 */
public enum FileKind {
  NPZ("a NumPy archive (NPZ)", Part.ZIP + ".*\\.npy\\z"),
  NPY("a NumPy array (NPY)", "\u0093NUMPY"),
  PARQUET("a Parquet file", "PAR1"),
  ARROW("an Arrow file", "ARROW1"),
  MAT("a MATLAB file", "MATLAB "),
  HDF5("an HDF5 file", "\u0089HDF\r\n"),
  /** Has no signature: files of this kind are known by their names and sizes. */
  CIFAR("CIFAR in its binary version", "(?!)"),
  CSV(
      "a table of text (CSV)",
      Part.START + "[\\w.+\"'-]+([,;\t] ?[\\w.+\"'-]+){2,}[,;\t]? *([\r\n]|\\z)"),
  TORCHSCRIPT("a TorchScript file", Part.ZIP + "[^/]+/(data|code)/"),
  /** From PyTorch 1.6 on a zip archive, before that a pickle that begins with a magic number. */
  PYTORCH(
      "a file of PyTorch's torch.save",
      (Part.ZIP + "((.*/)?data\\.pkl|.*/(version|byteorder))\\z")
          + "|\u0080[\2-\5]\u008a\nl\u00fc\u009cF\u00f9 "),
  PICKLE("a Python pickle", "\u0080[\2-\5]"),
  IDX("an IDX file of images or labels", "\0\0\b[\1\3]"),
  /** Its first dimension is not zero; the same bytes of a safetensors file are. */
  LITTLE_ENDIAN_IDX("IDX of little-endian numbers", "[\1-\4][\b-\16]\0\0(?!\0{4})"),

  KERAS("a Keras file", Part.ZIP + "((metadata|config)\\.json|(model\\.)?weights\\.h5)\\z"),
  GGUF("a GGUF file", "GGUF"),
  /** Protocol buffers have no signature: field 1, a small number, then another field of a model. */
  ONNX("an ONNX model", "\b[\0-\37][\22\32\"2:B]."),

  GIT_LFS("a Git LFS pointer", Part.START + "version https://git-lfs"),
  HTML("an HTML page", Part.START + "(?i)<((!doctype )?html|head|body)"),

  TRUNCATED_ZIP("a zip archive that is cut off", "PK\3\4.{0,25}\\z"),
  ZIP("a zip archive", "PK\3\4"),
  TAR("a tar archive", ".{257}ustar"),
  SEVEN_ZIP("a 7z archive", "7z\u00bc\u00af"),
  RAR("a RAR archive", "Rar!"),
  XZ("compressed with xz", "\u00fd7zXZ"),
  BZIP2("compressed with bzip2", "BZh"),
  ZSTD("compressed with zstd", "\\(\u00b5/\u00fd"),
  COMPRESS("compressed with compress", "\37\u009d[\t-\20\u0089-\u0090]"),
  GZIP("compressed with gzip", "\37\u008b\b"),

  PNG("a PNG picture", "\u0089PNG\r\n\32\n"),
  JPEG("a JPEG picture", "\u00ff\u00d8\u00ff"),
  GIF("a GIF picture", "GIF8[79]a"),
  /** Its header, unlike text, has zeros. */
  BMP("a BMP picture", "BM.*[\0-\b]"),
  WEBP("a WebP picture", "RIFF.{4}WEBP"),
  AVIF("an AVIF picture", ".{4}ftyp(avif|avis)"),
  HEIC("a HEIC picture", ".{4}ftyp(hei|hev|mif1|msf1)"),
  TIFF("a TIFF picture", "II[*+]\0|MM\0[*+]"),
  JPEG_XL("a JPEG XL picture", "\0\0\0\fJXL |\u00ff\n"),
  JPEG_2000("a JPEG 2000 picture", "\0\0\0\fjP  |\u00ffO\u00ffQ"),
  ICON("a Windows icon", "\0\0\1\0[\1-\u00ff]\0"),
  PHOTOSHOP("a Photoshop picture", "8BPS"),
  GIMP("a GIMP picture", "gimp xcf"),
  NETPBM("a Netpbm picture", "P[1-6]\\s+[#\\d]|P7\n"),
  SVG("an SVG drawing", Part.START + "(?i)<(\\?xml.*<)?(!doctype )?svg"),

  PDF("a PDF document", "%PDF"),
  XML("an XML document", Part.START + "<(\\?xml|" + Part.TEXT + ")"),
  JSON("JSON", Part.START + "[{\\[]" + Part.TEXT),
  TEXT("text", Part.TEXT + Part.START + "\\S");

  /** How many of the first bytes tell. */
  public static final int HEAD = 512;

  /** Parts of signatures. */
  private static final class Part {
    /** What comes before the name of the first entry, with which the head of an archive ends. */
    static final String ZIP = "PK\3\4.{26}";

    /** A byte order mark and blanks may come before any text. */
    static final String START = "(\u00ef\u00bb\u00bf)?\\s*";

    /** From here on there is only UTF-8, of which the last letter may be cut. */
    static final String TEXT =
        "(?=([\t\n\f\r -~]|[\u00c2-\u00f4][\u0080-\u00bf]{1,3})*+[\u00c2-\u00f4]?\\z)";
  }

  private static final int ZIP_NAME = 30; // where the name of the first entry begins

  /** What it is, in words that follow "is". */
  public final String what;

  /** A character for each byte. */
  private final Pattern signature;

  FileKind(String what, String signature) {
    this.what = what;
    this.signature = Pattern.compile(signature, Pattern.DOTALL);
  }

  /**
   * Recognises a file.
   *
   * @param start its first bytes: all of them, or {@value #HEAD} or more
   * @return what it is; {@code null} if that cannot be told
   */
  public static FileKind of(byte[] start) {
    String head = new String(start, 0, Math.min(start.length, HEAD), StandardCharsets.ISO_8859_1);
    if (head.startsWith("PK\3\4") && head.length() > ZIP_NAME) {
      int length = head.charAt(ZIP_NAME - 4) | head.charAt(ZIP_NAME - 3) << 8;
      head = head.substring(0, Math.min(head.length(), ZIP_NAME + length));
    }
    for (FileKind kind : values()) {
      if (kind.signature.matcher(head).lookingAt()) {
        return kind;
      }
    }
    return null;
  }

  /**
   * Whether other files are in it.
   *
   * @return true for archives and compressed files
   */
  public boolean isArchive() {
    return compareTo(ZIP) >= 0 && compareTo(GZIP) <= 0;
  }

  /**
   * Whether it is a picture.
   *
   * @return true for pictures, drawings and icons
   */
  public boolean isPicture() {
    return compareTo(PNG) >= 0 && compareTo(SVG) <= 0;
  }
}
