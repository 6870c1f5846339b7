// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import com.sun.net.httpserver.Headers;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Who may ask. A browser sends requests wherever a page of somebody else tells it to: so that none
 * gets at this server, the request must name this server as its host, which a name that was bent to
 * this machine's address does not (DNS rebinding); and where the browser says from which page it
 * comes, that must be one of this server.
 */
final class Gate {
  private static final Pattern ADDRESS =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]+(%[\\w.]+)?\\]");

  /** Nothing from elsewhere, no inline code, no frames; the page sets styles by its own scripts. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;"
          + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final Set<String> names = new TreeSet<>(Set.of("localhost", "127.0.0.1", "[::1]"));
  private final int port;
  private final boolean anyAddress;

  /**
   * @param host what the user has named, to be listened on
   * @param address where the server listens
   */
  Gate(String host, InetSocketAddress address) {
    names.add(
        host.contains(":")
            ? "[" + host.toLowerCase(Locale.ROOT) + "]"
            : host.toLowerCase(Locale.ROOT));
    port = address.getPort();
    anyAddress = address.getAddress().isAnyLocalAddress();
  }

  /** Lets a request in, or says why not. */
  void check(Headers request) throws Refusal {
    String host = request.getFirst("Host");
    if (host == null || !isThisServer(host.toLowerCase(Locale.ROOT))) {
      throw new Refusal(403, "this server answers to its own names only, not to " + host);
    }
    String origin = request.getFirst("Origin");
    if (origin != null && !origin.equalsIgnoreCase("http://" + host)) {
      throw new Refusal(403, "this server answers to its own page only, not to " + origin);
    }
    String site = request.getFirst("Sec-Fetch-Site");
    boolean visit = "navigate".equals(request.getFirst("Sec-Fetch-Mode"));
    if (site != null && !site.equals("same-origin") && !site.equals("none") && !visit) {
      throw new Refusal(403, "this server answers to its own page only");
    }
  }

  private boolean isThisServer(String host) {
    int colon = host.lastIndexOf(':');
    boolean hasPort = colon > host.lastIndexOf(']') && colon >= 0;
    String name = hasPort ? host.substring(0, colon) : host;
    String number = hasPort ? host.substring(colon + 1) : "80";
    return number.equals(Integer.toString(port))
        && (names.contains(name) || anyAddress && ADDRESS.matcher(name).matches());
  }

  /** What a browser is to know with every answer. */
  static void protect(Headers answer) {
    answer.set("Content-Security-Policy", POLICY);
    answer.set("X-Content-Type-Options", "nosniff");
    answer.set("Referrer-Policy", "no-referrer");
    answer.set("Cross-Origin-Opener-Policy", "same-origin");
    answer.set("Cross-Origin-Resource-Policy", "same-origin");
    answer.set("Cache-Control", "no-cache");
  }
}
