// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Downloads from a server that misbehaves in every way a mirror may. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DownloadTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final int MOST = 1 << 20;

  @TempDir Path folder;
  private Path target;
  private final byte[] content = new byte[300_000];

  @BeforeEach
  void makeContent() throws IOException {
    new Random(1).nextBytes(content);
    target = Files.createFile(folder.resolve("part"));
  }

  private volatile List<Long> told; // of the progress, at last

  private static String length(long bytes) {
    return "Content-Length: " + bytes;
  }

  /** Sends up to {@code most} bytes from where the client asks, and drops the connection. */
  private void part(Mirror.Request request, OutputStream out, int most, String... headers)
      throws IOException {
    int from = request.from();
    String[] all = Arrays.copyOf(headers, headers.length + 2);
    all[headers.length] = length(content.length - from);
    all[headers.length + 1] =
        "Content-Range: bytes " + from + "-" + (content.length - 1) + "/" + content.length;
    Mirror.head(out, from > 0 ? "206 Partial Content" : "200 OK", all);
    out.write(content, from, Math.min(most, content.length - from));
  }

  private void fetch(Mirror mirror, Duration patience) throws IOException {
    Download.fetch(
        mirror.uri("file"),
        target,
        MOST,
        patience,
        (bytes, length) -> told = List.of(bytes, length));
  }

  private void assertFetched(Mirror mirror) throws IOException {
    fetch(mirror, LONG);
    assertArrayEquals(content, Files.readAllBytes(target));
  }

  private String failure(Mirror.Answer answer, Duration patience) throws IOException {
    try (Mirror mirror = new Mirror(answer)) {
      String message = assertThrows(IOException.class, () -> fetch(mirror, patience)).getMessage();
      assertEquals(1, message.lines().count());
      return message;
    }
  }

  @Test
  void aBrokenConnectionIsTakenUpWhereItBroke() throws IOException {
    try (Mirror mirror = new Mirror((request, out) -> part(request, out, 100_000, "ETag: \"a\""))) {
      assertFetched(mirror);
      assertEquals(List.of((long) content.length, (long) content.length), told);
      List<Integer> from = mirror.requests.stream().map(Mirror.Request::from).toList();
      assertEquals(0, from.get(0));
      for (int i = 1; i < from.size(); i++) { // the client may have lost the last bytes of a part
        int more = from.get(i) - from.get(i - 1);
        assertTrue(more > 0 && more <= 100_000, from.toString());
      }
      assertEquals("\"a\"", mirror.requests.get(2).headers().get("if-range"));
    }
  }

  @Test
  void aWeakTagDoesNotStandForTheBytes() throws IOException {
    try (Mirror mirror =
        new Mirror(
            (request, out) ->
                part(request, out, 200_000, "ETag: W/\"a\"", "Last-Modified: yesterday"))) {
      assertFetched(mirror);
      assertEquals("yesterday", mirror.requests.get(1).headers().get("if-range"));
    }
  }

  @Test
  void aServerWithoutRangesIsReadFromTheBeginning() throws IOException {
    AtomicInteger answers = new AtomicInteger();
    try (Mirror mirror =
        new Mirror(
            (request, out) -> {
              Mirror.head(out, "200 OK", length(content.length));
              out.write(content, 0, answers.getAndIncrement() == 0 ? 100_000 : content.length);
            })) {
      assertFetched(mirror);
      assertEquals(2, mirror.requests.size());
    }
  }

  @Test
  void aFileThatGrewShorterMeanwhileLeavesNoOldBytes() throws IOException {
    AtomicInteger answers = new AtomicInteger();
    try (Mirror mirror =
        new Mirror(
            (request, out) -> {
              boolean first = answers.getAndIncrement() == 0;
              Mirror.head(out, "200 OK", length(first ? content.length : 5));
              out.write(content, 0, first ? 100_000 : 5);
            })) {
      fetch(mirror, LONG);
      assertArrayEquals(Arrays.copyOf(content, 5), Files.readAllBytes(target));
    }
  }

  @Test
  void aServerThatBreaksForEverIsGivenUp() throws IOException {
    try (Mirror mirror = new Mirror((request, out) -> part(request, out, 10))) {
      assertThrows(IOException.class, () -> fetch(mirror, LONG));
      assertTrue(mirror.requests.size() <= 5, "attempts: " + mirror.requests.size());
    }
    try (Mirror mirror = new Mirror((request, out) -> part(request, out, 0))) {
      assertThrows(IOException.class, () -> fetch(mirror, LONG));
      assertEquals(1, mirror.requests.size(), "nothing came: no second attempt");
    }
  }

  @Test
  void theWrongRangeIsRefused() throws IOException {
    String message =
        failure(
            (request, out) -> {
              if (request.from() == 0) {
                part(request, out, 1000);
              } else {
                Mirror.head(out, "206 Partial Content", length(9), "Content-Range: bytes 0-8/9");
                out.write(content, 0, 9);
              }
            },
            LONG);
    assertTrue(message.matches("asked for bytes from \\d+, but got bytes 0-8/9"), message);
    assertEquals(
        "HTTP status 416",
        failure(
            (request, out) -> {
              if (request.from() == 0) {
                part(request, out, 1000);
              } else {
                Mirror.head(out, "416 Range Not Satisfiable", length(0));
              }
            },
            LONG));
    assertEquals(
        "HTTP status 206",
        failure((request, out) -> Mirror.head(out, "206 Partial Content", length(0)), LONG));
  }

  @Test
  void moreBytesThanAllowedAreNotTaken() throws IOException {
    assertEquals(
        "more than 1048576 bytes",
        failure((request, out) -> Mirror.head(out, "200 OK", length(MOST + 1L)), LONG));
    assertEquals(0, Files.size(target));
    assertEquals( // without an end and without a length
        "more than 1048576 bytes",
        failure(
            (request, out) -> {
              Mirror.head(out, "200 OK");
              while (true) {
                out.write(content);
              }
            },
            LONG));
    assertTrue(Files.size(target) <= MOST);
  }

  @Test
  void aSilentServerIsLeft() throws IOException {
    String silence = "no answer within 300 ms";
    try (Mirror silent = new Mirror((request, out) -> Thread.sleep(60_000))) {
      assertEquals(
          silence, assertThrows(IOException.class, () -> fetch(silent, SHORT)).getMessage());
    }
    assertEquals(
        silence,
        failure(
            (request, out) -> {
              part(request, out, 1000);
              out.flush();
              Thread.sleep(60_000);
            },
            SHORT));
    assertEquals(
        silence,
        failure(
            (request, out) -> {
              out.write("HTTP/1.1 200 OK\r\nX: ".getBytes());
              Thread.sleep(60_000);
            },
            SHORT));
  }

  /** A byte now and then is an answer, but one for which nobody has the time. */
  @Test
  void aServerThatDripsIsLeft() throws IOException {
    String message =
        failure(
            (request, out) -> {
              Mirror.head(out, "200 OK", length(content.length));
              for (byte b : content) {
                out.write(b);
                out.flush();
                Thread.sleep(10); // 50 minutes in all
              }
            },
            Duration.ofMillis(100));
    // On a machine that stops for a while, the server may seem silent, too.
    assertTrue(
        message.equals("not complete after 2000 ms") || message.equals("no answer within 100 ms"),
        message);
  }

  @Test
  void whatIsNotHttpIsRefused() throws IOException {
    failure((request, out) -> out.write(content), LONG);
    failure((request, out) -> {}, LONG);
    failure((request, out) -> out.write("HTTP/1.1 999999 ?\r\n\r\n".getBytes()), LONG);
    failure(
        (request, out) -> {
          out.write("HTTP/1.1 200 OK\r\n".getBytes());
          while (true) {
            out.write(("X: " + "y".repeat(10_000) + "\r\n").getBytes());
          }
        },
        LONG);
    failure((request, out) -> Mirror.head(out, "200 OK", length(-5)), LONG);
    failure((request, out) -> Mirror.head(out, "200 OK", "Content-Length: many"), LONG);
  }

  @Test
  void redirectsLeadToServersOnlyAndEnd() throws IOException {
    assertEquals(
        "HTTP status 302",
        failure((request, out) -> Mirror.head(out, "302 Found", length(0), "Location: /x"), LONG));
    failure((request, out) -> Mirror.head(out, "302 Found", "Location: file:///dev/zero"), LONG);
    assertEquals(0, Files.size(target));
  }

  @Test
  void aTargetThatIsGoneIsNotMadeAgain() throws IOException {
    Files.delete(target);
    try (Mirror mirror = new Mirror((request, out) -> part(request, out, content.length))) {
      IOException e = assertThrows(IOException.class, () -> fetch(mirror, LONG));
      assertEquals(NoSuchFileException.class, e.getCause().getClass());
      assertTrue(Files.notExists(target));
    }
  }
}
