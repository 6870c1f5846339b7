// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.IdxOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MnistSourceTest {
  /** Stands for MNIST here: 3 and 2 images of 1 x 2 pixels. */
  private static final Map<String, byte[]> FILES =
      Map.of(
          "train-images-idx3-ubyte", idx(new byte[] {1, 2, 3, 4, 5, 6}, 3, 1, 2),
          "train-labels-idx1-ubyte", idx(new byte[] {0, 7, 1}, 3),
          "t10k-images-idx3-ubyte", idx(new byte[] {7, 8, 9, 10}, 2, 1, 2),
          "t10k-labels-idx1-ubyte", idx(new byte[] {4, 2}, 2));

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(300);

  @TempDir Path folder;
  private final List<String> notices = new ArrayList<>();
  private final Queue<String> requests = new ConcurrentLinkedQueue<>();
  private final CountDownLatch end = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;
  private Path cacheFolder;

  private static byte[] idx(byte[] values, int... dims) {
    ByteBuffer buffer = ByteBuffer.allocate(4 + 4 * dims.length + values.length);
    buffer.putInt(0x0800 | dims.length);
    for (int dim : dims) {
      buffer.putInt(dim);
    }
    return buffer.put(values).array();
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(content);
    }
    return bytes.toByteArray();
  }

  private static String sha256(String name) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(FILES.get(name)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void startServer() throws IOException {
    cacheFolder = folder.resolve("cache").resolve("lanewise");
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::serve);
    server.start();
  }

  @AfterEach
  void stopServer() {
    end.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  /** The first part of the path says how the mirror behaves. */
  private void serve(HttpExchange exchange) throws IOException {
    String[] path = exchange.getRequestURI().getPath().split("/");
    requests.add(path[1] + "/" + path[2]);
    byte[] body = gzip(FILES.get(path[2].replace(".gz", "")));
    switch (path[1]) {
      case "good" -> send(exchange, 200, body, body.length);
      case "wrong" -> send(exchange, 200, gzip("something else".getBytes()), 0);
      case "cut" -> send(exchange, 200, Arrays.copyOf(body, body.length / 2), 0);
      case "more" -> send(exchange, 200, Arrays.copyOf(body, body.length + 1), 0);
      case "bomb" -> send(exchange, 200, gzip(new byte[80 << 20]), 0);
      case "huge" -> send(exchange, 200, new byte[17 << 20], 0);
      case "silent" -> await();
      case "stuck" -> {
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body, 0, 9);
        exchange.getResponseBody().flush();
        await();
      }
      default -> send(exchange, 404, new byte[] {'n', 'o'}, 2);
    }
  }

  private static void send(HttpExchange exchange, int status, byte[] body, int length)
      throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(status, length);
      exchange.getResponseBody().write(body);
    }
  }

  private void await() {
    try {
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private MnistCache cache(Duration patience, String... mirrors) {
    List<URI> uris =
        Arrays.stream(mirrors)
            .map(
                m ->
                    URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/" + m + "/"))
            .toList();
    return new MnistCache(
        cacheFolder,
        uris,
        patience,
        new MnistCache.Digests(
            sha256("train-images-idx3-ubyte"),
            sha256("train-labels-idx1-ubyte"),
            sha256("t10k-images-idx3-ubyte"),
            sha256("t10k-labels-idx1-ubyte")));
  }

  private MnistSource.Data load(String option, MnistCache cache) throws IOException {
    return new MnistSource(option, 1, IdxOptions.DEFAULT, notices::add, cache).load();
  }

  private static void assertIsMnist(MnistSource.Data data) {
    assertEquals(3, data.train().size());
    assertEquals(2, data.test().size());
    assertEquals(10, data.train().classes());
    float[] x = new float[2];
    data.test().copy(new int[] {1}, 0, 1, x, 0, new int[1], 0);
    assertEquals(9 / 255f, x[0]);
  }

  private List<String> cached() throws IOException {
    try (Stream<Path> files = Files.list(cacheFolder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void downloadsOnceAndThenReadsTheCache() throws IOException {
    MnistSource.Data data = load(null, cache(LONG, "good"));
    assertIsMnist(data);
    assertEquals("MNIST (downloaded)", data.description());
    assertEquals(List.of("downloading MNIST to " + cacheFolder), notices);
    assertEquals(FILES.keySet().stream().map(name -> name + ".gz").sorted().toList(), cached());
    assertEquals(4, requests.size());

    MnistSource.Data again = load("mnist", cache(LONG, "good"));
    assertIsMnist(again);
    assertEquals("MNIST (cache)", again.description());
    assertEquals(1, notices.size());
    assertEquals(4, requests.size());
  }

  @Test
  void theCacheIsFilledAndCheckedOnDemand() throws IOException {
    MnistCache cache = cache(LONG, "good");
    List<String> lines = new ArrayList<>();
    String said =
        assertThrows(NoSuchFileException.class, () -> DataCommand.Verify.check(cache, lines::add))
            .getReason();
    assertEquals("is missing: 'mnist-app data download' fetches it", said);
    assertEquals(4, lines.size());
    assertEquals("missing   " + cacheFolder.resolve("train-images-idx3-ubyte.gz"), lines.get(0));

    DataCommand.Download.fetch(cache, lines::add, notices::add);
    assertEquals("MNIST     downloaded to " + cacheFolder, lines.get(4));
    assertEquals(List.of("note: downloading MNIST to " + cacheFolder), notices);
    DataCommand.Download.fetch(cache, lines::add, notices::add);
    assertEquals("MNIST     is in " + cacheFolder, lines.get(5));
    assertEquals(4, requests.size());
    DataCommand.Verify.check(cache, lines::add);
    assertEquals("right     " + cacheFolder.resolve("t10k-labels-idx1-ubyte.gz"), lines.get(9));

    Path labels = cacheFolder.resolve("t10k-labels-idx1-ubyte.gz");
    Files.write(labels, gzip(new byte[] {1}));
    said =
        assertThrows(DataException.class, () -> DataCommand.Verify.check(cache, lines::add))
            .getMessage();
    assertTrue(said.startsWith(labels + ": is not the published file of MNIST:"), said);
    assertEquals("wrong     " + labels, lines.get(13));
  }

  @Test
  void aCachedFileMayBePlainAndADamagedOneIsFetchedAgain() throws IOException {
    load("mnist", cache(LONG, "good"));
    Files.delete(cacheFolder.resolve("train-labels-idx1-ubyte.gz"));
    Files.write(
        cacheFolder.resolve("train-labels-idx1-ubyte"), FILES.get("train-labels-idx1-ubyte"));
    Files.write(cacheFolder.resolve("t10k-labels-idx1-ubyte.gz"), new byte[] {0x1f, (byte) 0x8b});
    requests.clear();
    assertIsMnist(load("mnist", cache(LONG, "good")));
    assertEquals(List.of("good/t10k-labels-idx1-ubyte.gz"), List.copyOf(requests));
  }

  @Test
  void aTestNeedsNoTrainingFilesInTheCache() throws IOException {
    load("mnist", cache(LONG, "good"));
    Files.delete(cacheFolder.resolve("train-images-idx3-ubyte.gz"));
    requests.clear();
    MnistSource.Test test =
        new MnistSource(null, 1, IdxOptions.DEFAULT, notices::add, cache(LONG, "none"))
            .loadTest(10);
    assertEquals(2, test.images().size());
    assertEquals("MNIST (cache)", test.description());
    assertEquals(List.of(), List.copyOf(requests));
    Files.delete(cacheFolder.resolve("t10k-images-idx3-ubyte.gz"));
    test =
        new MnistSource(null, 1, IdxOptions.DEFAULT, notices::add, cache(LONG, "good"))
            .loadTest(10);
    assertEquals(2, test.images().size());
    assertEquals("MNIST (downloaded)", test.description());
  }

  /** The JDK's own gzip reader would pass over them. */
  @Test
  void aCachedFileWithTrailingBytesIsFetchedAgain() throws IOException {
    load("mnist", cache(LONG, "good"));
    Path file = cacheFolder.resolve("t10k-images-idx3-ubyte.gz");
    byte[] published = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(published, published.length + 1));
    requests.clear();
    assertIsMnist(load("mnist", cache(LONG, "good")));
    assertEquals(List.of("good/t10k-images-idx3-ubyte.gz"), List.copyOf(requests));
    assertArrayEquals(published, Files.readAllBytes(file));
  }

  @Test
  void severalMayFillOneFolderAtOnce() throws Exception {
    List<Future<Boolean>> readers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      readers.add(
          threads.submit(
              () -> {
                cache(LONG, "good").fill(line -> {});
                return cache(LONG).read().isPresent();
              }));
    }
    for (Future<Boolean> reader : readers) {
      assertTrue(reader.get());
    }
    assertEquals(FILES.keySet().stream().map(name -> name + ".gz").sorted().toList(), cached());
  }

  @Test
  void whatKilledDownloadsHaveLeftIsClearedAway() throws IOException {
    Files.createDirectories(cacheFolder);
    Path old = Files.createFile(cacheFolder.resolve("old.part"));
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(1))));
    Path running = Files.createFile(cacheFolder.resolve("running.part"));
    load("mnist", cache(LONG, "good"));
    assertTrue(Files.notExists(old));
    assertTrue(Files.exists(running));
  }

  @Test
  void theNextMirrorStandsInForABadOne() throws IOException {
    assertIsMnist(
        load("mnist", cache(LONG, "none", "wrong", "cut", "huge", "bomb", "more", "good")));
    assertEquals(4, cached().size(), () -> requests.toString());
    assertEquals(10, requests.size(), "a mirror that has failed is not asked again");
  }

  @Test
  void everyFailureIsNamedAndNothingIsLeftBehind() throws IOException {
    Map<String, String> reasons =
        Map.of(
            "none", "HTTP status 404",
            "wrong", "train-images-idx3-ubyte.gz is not the published file",
            "cut", "train-images-idx3-ubyte.gz is not the published file",
            "more", "train-images-idx3-ubyte.gz is not the published file",
            "bomb", "train-images-idx3-ubyte.gz is not the published file",
            "huge", "more than 16777216 bytes");
    for (Map.Entry<String, String> entry : reasons.entrySet()) {
      assertFails(entry.getValue(), cache(LONG, entry.getKey()));
    }
    for (String mirror : List.of("silent", "stuck")) {
      assertFails("no answer within 300 ms", cache(SHORT, mirror));
    }
    server.stop(0);
    assertFails("127.0.0.1: ", cache(LONG, "good"));
  }

  private void assertFails(String reason, MnistCache cache) throws IOException {
    IOException e = assertThrows(IOException.class, () -> load("mnist", cache));
    assertTrue(
        e.getMessage()
            .startsWith("MNIST is not in " + cacheFolder + " and could not be downloaded ("),
        e.getMessage());
    assertTrue(e.getMessage().contains(reason), e.getMessage());
    assertEquals(1, e.getMessage().lines().count());
    assertEquals(List.of(), cached());
  }

  @Test
  void withoutMnistDigitsAreDrawnAndTheUserIsTold() throws IOException {
    MnistSource.Data data = load(null, cache(LONG, "none"));
    assertEquals("procedural digits (seed 1)", data.description());
    assertEquals(60_000, data.train().size());
    assertEquals(10_000, data.test().size());
    assertEquals(2, notices.size());
    assertTrue(notices.get(1).contains("HTTP status 404"), notices.get(1));
    assertTrue(notices.get(1).endsWith("results are not comparable with MNIST"), notices.get(1));
  }

  @Test
  void anUnwritableCacheIsNamed() throws IOException {
    Files.createDirectories(cacheFolder.getParent());
    Files.writeString(cacheFolder, "a file is in the way");
    IOException e = assertThrows(IOException.class, () -> load("mnist", cache(LONG, "good")));
    assertTrue(e.getMessage().contains("the folder cannot be made: " + cacheFolder));
    assertEquals(0, requests.size());
  }

  @Test
  void aFolderIsReadAsItIs() throws IOException {
    for (Map.Entry<String, byte[]> file : FILES.entrySet()) {
      Files.write(folder.resolve(file.getKey()), file.getValue());
    }
    MnistSource.Data data = load(folder.toString(), cache(LONG));
    assertEquals(8, data.train().classes());
    assertEquals(folder.toString(), data.description());
    String none = folder.resolve("none").toString();
    assertThrows(NoSuchFileException.class, () -> load(none, cache(LONG)));
    assertThrows(NoSuchFileException.class, () -> load("\0", cache(LONG)));
    assertEquals(List.of(), notices);
  }

  @Test
  void theCacheIsWhereTheSystemWantsIt() {
    Path home = folder.toAbsolutePath();
    Path other = home.resolve("other");
    assertCache(home.resolve(".cache"), "Linux", Map.of());
    assertCache(other, "Linux", Map.of("XDG_CACHE_HOME", other.toString()));
    assertCache(home.resolve(".cache"), "Linux", Map.of("XDG_CACHE_HOME", "relative"));
    assertCache(home.resolve(".cache"), "Linux", Map.of("XDG_CACHE_HOME", ""));
    assertCache(home.resolve("Library").resolve("Caches"), "Mac OS X", Map.of());
    assertCache(other, "Windows 11", Map.of("LOCALAPPDATA", other.toString()));
    assertCache(home.resolve("AppData").resolve("Local"), "Windows 11", Map.of());
  }

  /** As of a container's user whom no file of users knows. */
  @Test
  void withoutAHomeFolderTheCacheIsAmongTemporaryFiles() throws IOException {
    Path temporary = folder.resolve("tmp").toAbsolutePath();
    Path other = temporary.resolve("other");
    Path expected = temporary.resolve("lanewise").resolve("mnist");
    Path file = Files.createFile(folder.resolve("file")).toAbsolutePath();
    String missing = folder.resolve("missing").toAbsolutePath().toString();
    for (String home : new String[] {"?", "", null, "relative", missing, file.toString()}) {
      for (String os : List.of("Linux", "Mac OS X", "Windows 11")) {
        assertEquals(
            expected, MnistCache.userFolder(os, name -> null, home, temporary), os + ": " + home);
      }
      assertEquals(
          other.resolve("lanewise").resolve("mnist"),
          MnistCache.userFolder("Linux", name -> other.toString(), home, temporary));
    }
  }

  private void assertCache(Path caches, String os, Map<String, String> environment) {
    assertEquals(
        caches.resolve("lanewise").resolve("mnist"),
        MnistCache.userFolder(
            os, environment::get, folder.toAbsolutePath().toString(), folder.resolve("tmp")));
  }
}
