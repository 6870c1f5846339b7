// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

import dev.lanewise.layers.file.FileKind;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What to do with a file that is not the safetensors file it should be. */
final class SafetensorsAdvice {
  private static final int QUOTED = 60; // characters of a text
  private static final Pattern REPLY = Pattern.compile("<(Message|Code|title)>([^<]+)<");

  private SafetensorsAdvice() {}

  /**
   * Says what to do.
   *
   * @param kind what the file is
   * @param head its first bytes, which may be quoted
   * @return words that follow what was expected; empty if there is nothing to be done
   */
  static String of(FileKind kind, byte[] head) {
    return switch (kind) {
      case PYTORCH ->
          convert("torch", "torch.load(file, weights_only=True)") + ", if it holds a state_dict";
      case TORCHSCRIPT -> convert("torch", "torch.jit.load(file).state_dict()");
      case NPZ -> convert("numpy", "dict(numpy.load(file))");
      case NPY, PICKLE -> convert("numpy", "{name: array, ...}");
      case HDF5, KERAS ->
          convert("numpy", "arrays") + ", from the names and layouts of Keras to those of PyTorch";
      case ONNX ->
          convert("numpy", "arrays")
              + ": onnx.numpy_helper.to_array gives those of graph.initializer, to be named as in"
              + " PyTorch";
      case GIT_LFS -> ": fetch the file itself with 'git lfs pull'";
      case HTML -> ": the address was that of a page" + reply(head) + "; download the file itself";
      case XML ->
          ": servers send one in place of a file" + reply(head) + "; download the file again";
      case JSON -> ": an index of several files, or the answer of a server, has no weights";
      case CSV, TEXT -> ": " + quoted(head) + "; download it again if a server has answered that";
      case TRUNCATED_ZIP -> "; copy or download it again";
      default -> kind.isArchive() ? ": unpack it first" : "";
    };
  }

  private static String convert(String library, String tensors) {
    return (": convert it in Python, safetensors." + library)
        + (".save_file(" + tensors + ", 'weights.safetensors')");
  }

  /** What a document says for people. */
  private static String reply(byte[] head) {
    Matcher reply = REPLY.matcher(new String(head, StandardCharsets.UTF_8));
    return reply.find() ? " ('" + reply.group(2).strip() + "')" : "";
  }

  private static String quoted(byte[] head) {
    String text = new String(head, StandardCharsets.UTF_8).replace("\uFEFF", "").strip();
    return "'" + (text.length() > QUOTED ? text.substring(0, QUOTED) + "..." : text) + "'";
  }
}
