// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/** The files of the page. What is not in the list cannot be had, whatever the path says. */
final class Resources {
  static final List<String> FILES =
      List.of(
          "index.html",
          "icon.svg",
          "style.css",
          "app.js",
          "backward.js",
          "chart.js",
          "equations.js",
          "forward.js",
          "layers.js",
          "maps.js",
          "network.js",
          "pad.js",
          "palette.js",
          "server.js",
          "terms.js",
          "text.js",
          "train.js");

  /**
   * A file of the page.
   *
   * @param type of the content
   * @param tag changes when the content does
   * @param content the bytes
   */
  record File(String type, String tag, byte[] content) {}

  private final Map<String, File> byPath = new HashMap<>();

  Resources() throws IOException {
    for (String name : FILES) {
      try (InputStream in = Resources.class.getResourceAsStream("web/" + name)) {
        if (in == null) {
          throw new IOException("the program lacks its file web/" + name);
        }
        byte[] content = in.readAllBytes();
        CRC32C crc = new CRC32C();
        crc.update(content);
        String tag =
            '"' + HexFormat.of().toHexDigits((int) crc.getValue()) + "-" + content.length + '"';
        byPath.put("/" + name, new File(type(name), tag, content));
      }
    }
    byPath.put("/", byPath.get("/index.html"));
  }

  private static String type(String name) {
    return switch (name.substring(name.lastIndexOf('.'))) {
      case ".html" -> "text/html; charset=utf-8";
      case ".css" -> "text/css; charset=utf-8";
      case ".svg" -> "image/svg+xml";
      default -> "text/javascript; charset=utf-8";
    };
  }

  /** The file of a path, {@code null} if there is none. */
  File get(String path) {
    return byPath.get(path);
  }

  /** Of all files together. */
  long bytes() {
    return FILES.stream()
        .map(name -> byPath.get("/" + name))
        .mapToLong(f -> f.content.length)
        .sum();
  }
}
