// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.launch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;

/**
 * What Java loses in the POSIX locale: the letters beyond ASCII of its command line and of the
 * names of files. Which encoding Java uses for these is settled when it starts, by the locale
 * alone: the property {@code sun.jnu.encoding} cannot be set. So another JVM has to be started, in
 * a locale of UTF-8. The bytes of the command line are still in {@code /proc}; since this JVM
 * cannot hand them on as they are, it writes them in ASCII, as in a URL.
 */
final class LostLetters {
  /** The encoding of names, which Java takes from the locale. */
  private static final String ENCODING = "sun.jnu.encoding";

  private static final String ENCODED = "dev.lanewise.encoded";

  /** Tells the other JVM that its command line is encoded. */
  static final String OPTION = "-D" + ENCODED + "=true";

  private static final String UTF_8 = "UTF-8";
  private static final char LOST = '\uFFFD';

  private LostLetters() {}

  /**
   * Whether there are any, in the command line or the name of the folder, and they can be found.
   */
  static boolean in(String[] args) {
    if (!namesAreAscii()) {
      return false;
    }
    List<byte[]> raw = raw(args.length);
    boolean lost = System.getProperty("user.dir", "").indexOf(LOST) >= 0;
    for (byte[] arg : raw) {
      for (byte b : arg) {
        lost |= b < 0;
      }
    }
    return lost && raw.size() == args.length;
  }

  private static boolean namesAreAscii() {
    try {
      return Charset.forName(System.getProperty(ENCODING, UTF_8)).equals(StandardCharsets.US_ASCII);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      return false;
    }
  }

  /** The true arguments in ASCII; to be called only where there are lost letters. */
  static String[] encode(String[] args) {
    List<byte[]> raw = raw(args.length);
    String[] encoded = new String[args.length];
    try {
      for (int i = 0; i < encoded.length; i++) {
        encoded[i] = URLEncoder.encode(new String(raw.get(i), StandardCharsets.UTF_8), UTF_8);
      }
    } catch (IOException e) {
      throw new AssertionError(e); // every Java has UTF-8
    }
    return encoded;
  }

  /** Undoes {@link #encode} in the other JVM. */
  static void decode(String[] args) {
    if (System.getProperty(ENCODED) == null) {
      return;
    }
    try {
      for (int i = 0; i < args.length; i++) {
        args[i] = URLDecoder.decode(args[i], UTF_8);
      }
    } catch (IOException e) {
      throw new AssertionError(e); // every Java has UTF-8
    }
  }

  /** The last arguments of this process, those of the program; empty where they cannot be had. */
  private static List<byte[]> raw(int count) {
    List<byte[]> all = new ArrayList<>();
    ByteArrayOutputStream arg = new ByteArrayOutputStream();
    try {
      for (byte b : Files.readAllBytes(Paths.get("/proc/self/cmdline"))) {
        if (b == 0) { // ends each
          all.add(arg.toByteArray());
          arg.reset();
        } else {
          arg.write(b);
        }
      }
    } catch (IOException e) {
      return new ArrayList<>(); // only Linux has it
    }
    return all.size() < count ? new ArrayList<>() : all.subList(all.size() - count, all.size());
  }
}
