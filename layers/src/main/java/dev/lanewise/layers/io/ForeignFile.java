package dev.lanewise.layers.io;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What people have in place of a safetensors file, known by its first bytes: weights in another
 * format, or what a server has sent in their place.
 */
final class ForeignFile {
  /** How many bytes are enough to tell. */
  static final int START = 512;

  private static final int TEXT = 60; // the characters of it that are quoted
  private static final int ZIP_NAME = 30; // where the name of the first entry begins
  private static final int TAR_MAGIC = 257;
  private static final byte[] TORCH_PICKLE = { // the magic number of torch.save before 1.6
    (byte) 0x8A, 0x0A, 0x6C, (byte) 0xFC, (byte) 0x9C, 0x46, (byte) 0xF9, 0x20
  };

  /** A field of length-prefixed bytes, or of a number, behind the version of the format. */
  private static final String ONNX_TAGS = "\u0012\u001A\"2:B";

  private static final Pattern REPLY = Pattern.compile("<(Message|Code|title)>([^<]+)<");

  private ForeignFile() {}

  /**
   * Says what a file is, and what to do; to follow the name of the file.
   *
   * @param start the first bytes of the file, all of them or {@value #START}
   * @return the words; {@code null} if it is nothing known
   */
  static String describe(byte[] start) {
    String latin = new String(start, StandardCharsets.ISO_8859_1); // a character for each byte
    if (start.length == 0) {
      return "is empty: 0 bytes are too few for a safetensors file; copy or download it again";
    }
    if (latin.startsWith("PK\3\4")) {
      return zip(latin);
    }
    if (latin.startsWith("\u0080") && start.length > 1 && start[1] >= 2 && start[1] <= 5) {
      byte[] magic = Arrays.copyOfRange(start, 2, 2 + TORCH_PICKLE.length);
      return Arrays.equals(magic, TORCH_PICKLE) ? torch() : pickle();
    }
    if (latin.startsWith("\u0089HDF\r\n")) {
      return keras("is an HDF5 file, as Keras writes them");
    }
    if (latin.startsWith("\u0093NUMPY")) {
      return "is a single NumPy array" + converted("numpy", "{name: array, ...}");
    }
    if (latin.startsWith("\u001F\u008B")) {
      return "is compressed with gzip, expected a safetensors file: unpack it first";
    }
    if (latin.startsWith("ustar", TAR_MAGIC)) {
      return "is a tar archive, expected a safetensors file: unpack it first";
    }
    if (latin.startsWith("\u0089PNG") || latin.startsWith("\u00FF\u00D8\u00FF")) {
      return "is a picture, expected a safetensors file";
    }
    if (latin.startsWith("\0\0\b\3") || latin.startsWith("\0\0\b\1")) {
      return "is an IDX file of images or labels, expected a safetensors file with weights";
    }
    if (latin.startsWith("GGUF")) {
      return "is a GGUF file, expected a safetensors file";
    }
    if (isOnnx(latin)) {
      return "is an ONNX model"
          + converted("numpy", "arrays")
          + ": onnx.numpy_helper.to_array gives those of graph.initializer, to be named as in"
          + " PyTorch";
    }
    return text(start);
  }

  private static String zip(String latin) {
    if (latin.length() < ZIP_NAME) {
      return "is a zip archive, and cut off: expected a safetensors file";
    }
    int length = latin.charAt(ZIP_NAME - 4) | latin.charAt(ZIP_NAME - 3) << 8;
    String name = latin.substring(ZIP_NAME, Math.min(latin.length(), ZIP_NAME + length));
    if (name.endsWith(".npy")) {
      return "is an NPZ file of NumPy" + converted("numpy", "dict(numpy.load(file))");
    }
    if (name.matches("[^/]+/(data|code)/.*")) {
      return "is a TorchScript file" + converted("torch", "torch.jit.load(file).state_dict()");
    }
    if (name.endsWith("data.pkl") || name.endsWith("/byteorder") || name.endsWith("/version")) {
      return torch();
    }
    if (name.equals("metadata.json") || name.equals("config.json") || name.endsWith(".h5")) {
      return keras("is a Keras file");
    }
    return "is a zip archive, expected a safetensors file: unpack it first";
  }

  private static String torch() {
    return "is a file of PyTorch's torch.save"
        + converted("torch", "torch.load(file, weights_only=True)")
        + ", if it holds a state_dict";
  }

  private static String keras(String what) {
    return what + converted("numpy", "arrays") + ", in the names and layouts of PyTorch";
  }

  private static String pickle() {
    return "is a Python pickle" + converted("numpy", "{name: array, ...}");
  }

  private static String converted(String library, String tensors) {
    return ", expected a safetensors file: convert it in Python, safetensors."
        + library
        + (".save_file(" + tensors + ", 'weights.safetensors')");
  }

  /** Protocol buffers have no signature: field 1, a small number, then another field of a model. */
  private static boolean isOnnx(String latin) {
    return latin.length() > 3
        && latin.charAt(0) == 8
        && latin.charAt(1) < 32
        && ONNX_TAGS.indexOf(latin.charAt(2)) >= 0;
  }

  private static String text(byte[] start) {
    String text = new String(start, StandardCharsets.UTF_8).replace("\uFEFF", "").strip();
    String lower = text.toLowerCase(Locale.ROOT);
    if (text.startsWith("version https://git-lfs")) {
      return "is a pointer of Git LFS, not the file itself: 'git lfs pull' fetches that";
    }
    if (lower.startsWith("<!doctype html") || lower.startsWith("<html")) {
      return "is an HTML page, expected a safetensors file: the address was that of a page"
          + quoted(text)
          + "; download the file itself";
    }
    boolean printable = // a letter may have been cut at the end
        text.chars()
            .limit(START / 2)
            .noneMatch(c -> c == 0xFFFD || Character.isISOControl(c) && !Character.isWhitespace(c));
    if (!printable || text.length() < Long.BYTES) {
      return null;
    }
    if (text.startsWith("<")) {
      return "is an XML document, as servers send in place of a file"
          + quoted(text)
          + ", expected a safetensors file: download it again";
    }
    if (text.startsWith("{") || text.startsWith("[")) {
      return "is not a safetensors file, but JSON text: an index of several files, or the answer of"
          + " a server, has no weights";
    }
    return "is not a safetensors file, but text: '"
        + (text.length() > TEXT ? text.substring(0, TEXT) + "..." : text)
        + "'; download it again if that is the answer of a server";
  }

  /** What the document says for people. */
  private static String quoted(String text) {
    Matcher reply = REPLY.matcher(text);
    return reply.find() ? " ('" + reply.group(2).strip() + "')" : "";
  }
}
