// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.io.WeightsHash;
import dev.lanewise.layers.models.Models;
import dev.lanewise.onnx.Onnx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The server on a port of its own, asked as a browser asks, and as no browser would. */
@Timeout(60)
final class PageServerTest {
  private final HttpClient client = HttpClient.newHttpClient();
  private PageServer server;
  private URI page;

  @TempDir Path folder;

  @BeforeEach
  void start() throws IOException {
    server = new PageServer("127.0.0.1", 0);
    server.start(new TestSources());
    page = URI.create(server.address());
  }

  @AfterEach
  void end() {
    server.close();
    client.close();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(page.resolve(path)).timeout(Duration.ofSeconds(30));
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(request(path).build(), BodyHandlers.ofString());
  }

  private HttpResponse<byte[]> post(String path, byte[] body)
      throws IOException, InterruptedException {
    return client.send(
        request(path).POST(BodyPublishers.ofByteArray(body)).build(), BodyHandlers.ofByteArray());
  }

  private HttpResponse<byte[]> post(String path, String json)
      throws IOException, InterruptedException {
    return post(path, json.getBytes(StandardCharsets.UTF_8));
  }

  private static JsonNode json(byte[] body) throws IOException {
    return new ObjectMapper().readTree(body);
  }

  private static String error(HttpResponse<byte[]> response) throws IOException {
    return json(response.body()).get("error").asText();
  }

  private String visit() throws IOException, InterruptedException {
    return "/api/visitors/" + json(post("/api/visitors", "{}").body()).get("key").asText() + "/";
  }

  /** Sends bytes as they are; returns the first line of the answer. */
  private String raw(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), page.getPort())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      StringBuilder line = new StringBuilder();
      int next;
      while ((next = socket.getInputStream().read()) >= 0 && next != '\r') {
        line.append((char) next);
      }
      return line.toString();
    }
  }

  private String rawGet(String path, String... headers) throws IOException {
    return raw("GET " + path + " HTTP/1.1\r\n" + String.join("\r\n", headers) + "\r\n\r\n");
  }

  @Test
  void servesThePageAndProtectsIt() throws Exception {
    HttpResponse<String> response = get("/");

    assertEquals(200, response.statusCode());
    assertTrue(response.body().startsWith("<!doctype html>"));
    String policy = response.headers().firstValue("Content-Security-Policy").orElseThrow();
    assertTrue(policy.startsWith("default-src 'none'; script-src 'self';"), policy);
    assertFalse(policy.contains("unsafe"), policy);
    assertEquals("nosniff", response.headers().firstValue("X-Content-Type-Options").orElseThrow());
  }

  @Test
  void aFileThatHasNotChangedIsNotSentAgain() throws Exception {
    String tag = get("/app.js").headers().firstValue("ETag").orElseThrow();
    HttpResponse<String> again =
        client.send(
            request("/app.js").header("If-None-Match", tag).build(), BodyHandlers.ofString());

    assertEquals(304, again.statusCode());
    assertEquals("", again.body());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/../PageServer.class",
        "/%2e%2e/PageServer.class",
        "/web/app.js",
        "//etc/passwd",
        "/app.js/..",
        "/app.js%00",
        "/nothing",
        "/api",
        "/api/",
        "/api/nothing",
        "/api/visitors/0123/network",
        "/api/visitors/../visitors",
      })
  void thereIsNoWayToAnythingElse(String path) throws IOException {
    String line = rawGet(path, "Host: 127.0.0.1:" + page.getPort());
    assertTrue(line.matches("HTTP/1.1 (404|400) .*"), path + ": " + line);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          200 | Host: 127.0.0.1:PORT
          200 | Host: localhost:PORT
          200 | Host: LOCALHOST:PORT
          200 | Host: [::1]:PORT
          403 | Host: 127.0.0.1
          403 | Host: 127.0.0.1:1
          403 | Host: evil.example:PORT
          403 | Host: 127.0.0.1.evil.example:PORT
          403 | Host: 10.0.0.1:PORT
          403 | X: y
          """)
  void answersToItsOwnNamesOnly(int status, String host) throws IOException {
    String line = rawGet("/", host.replace("PORT", Integer.toString(page.getPort())));
    assertTrue(line.startsWith("HTTP/1.1 " + status), host + ": " + line);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          200 | Origin: http://127.0.0.1:PORT
          403 | Origin: http://localhost:PORT
          403 | Origin: http://evil.example
          403 | Origin: https://127.0.0.1:PORT
          403 | Origin: null
          200 | Sec-Fetch-Site: same-origin
          200 | Sec-Fetch-Site: none
          403 | Sec-Fetch-Site: cross-site
          403 | Sec-Fetch-Site: same-site
          """)
  void answersToItsOwnPageOnly(int status, String header) throws IOException {
    String port = Integer.toString(page.getPort());
    String line =
        raw(
            "POST /api/visitors HTTP/1.1\r\nHost: 127.0.0.1:"
                + port
                + "\r\nContent-Length: 0\r\n"
                + header.replace("PORT", port)
                + "\r\n\r\n");
    assertTrue(line.startsWith("HTTP/1.1 " + status), header + ": " + line);
  }

  @Test
  void tooLongBodiesAreNotRead() throws Exception {
    String visit = visit();
    String head = " HTTP/1.1\r\nHost: 127.0.0.1:" + page.getPort() + "\r\nContent-Length: ";
    for (String length : new String[] {"16385", "999999999", "99999999999999999999"}) {
      String line = raw("POST " + visit + "step" + head + length + "\r\n\r\n");
      assertTrue(line.matches("HTTP/1.1 (413|400) .*"), length + ": " + line);
    }
    String chunked =
        "POST "
            + visit
            + "step HTTP/1.1\r\nHost: 127.0.0.1:"
            + page.getPort()
            + "\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "8000\r\n"
            + " ".repeat(0x8000)
            + "\r\n0\r\n\r\n";
    assertTrue(raw(chunked).startsWith("HTTP/1.1 413"));
    // Without the body: a client that goes on sending may lose the answer.
    String picture = visit + "drawing?height=1&width=1" + head + (Api.MOST_PICTURE + 1);
    assertTrue(raw("POST " + picture + "\r\n\r\n").startsWith("HTTP/1.1 413"));
  }

  @Test
  void rejectsWhatMakesNoSense() throws Exception {
    String visit = visit();
    assertEquals(400, post(visit + "drawing?height=2&width=2", new byte[5]).statusCode());
    assertEquals(400, post(visit + "drawing?height=0&width=0", new byte[0]).statusCode());
    assertEquals(400, post(visit + "drawing?height=70000&width=70000", new byte[9]).statusCode());
    assertEquals(400, post(visit + "drawing?height=x&width=2", new byte[4]).statusCode());
    assertEquals(400, post(visit + "drawing", new byte[4]).statusCode());
    assertEquals(400, post(visit + "back", "nonsense").statusCode());
    assertEquals(400, post(visit + "back", "[1]").statusCode());
    assertEquals(400, post(visit + "back", "{}").statusCode());
    assertEquals(409, post(visit + "pause", "{}").statusCode());
    assertEquals(404, post(visit + "nothing", "{}").statusCode());
    assertEquals(404, get(visit + "nothing").statusCode());
    assertEquals(409, get(visit + "events").statusCode());
    assertEquals(400, get(visit + "unit?node=9&y=0&x=0&c=0").statusCode());
    assertEquals(405, get("/api/visitors").statusCode());
    assertEquals(405, post("/", "").statusCode());
    assertEquals(
        "the label must be from 0 to 9, but is 10", error(post(visit + "back", "{\"label\":10}")));
  }

  @Test
  void readsAModelFileThatIsSent() throws Exception {
    Network network = Models.complex(TestSources.SHAPE, 10);
    network.initialize(5);
    Path file = folder.resolve("other.safetensors");
    network.save(file);
    String visit = visit();
    JsonNode answer =
        json(post(visit + "model?name=other.safetensors", Files.readAllBytes(file)).body());

    assertEquals("other.safetensors", answer.get("name").asText());
    assertEquals(WeightsHash.of(network.state()), answer.get("hash").asText());
    Path onnx = folder.resolve("other.onnx");
    Onnx.write(network, onnx);
    answer = json(post(visit + "model?name=Other.ONNX", Files.readAllBytes(onnx)).body());
    assertEquals("Other.ONNX", answer.get("name").asText());
    assertEquals(WeightsHash.of(network.state()), answer.get("hash").asText());
    HttpResponse<byte[]> bad = post(visit + "model?name=bad.safetensors", new byte[100]);
    assertEquals(422, bad.statusCode());
    assertTrue(error(bad).startsWith("bad.safetensors: "), error(bad));
    assertEquals("simple", json(post(visit + "restart", "{}").body()).get("name").asText());
  }

  @Test
  void manyVisitorsComeAtOnce() throws Exception {
    byte[] drawing = new byte[784];
    for (int i = 300; i < 330; i++) {
      drawing[i] = (byte) 255;
    }
    List<Future<String>> hashes = new ArrayList<>();
    try (ExecutorService visitors = Executors.newFixedThreadPool(16)) {
      for (int i = 0; i < 48; i++) {
        int rate = i % 2;
        hashes.add(
            visitors.submit(
                () -> {
                  String visit = visit();
                  for (int step = 0; step < 3; step++) {
                    byte[] seen = post(visit + "drawing?height=28&width=28", drawing).body();
                    assertTrue(seen.length > 4 * 15_000);
                    assertEquals(200, post(visit + "back", "{\"label\":4}").statusCode());
                    post(visit + "step", "{\"rate\":0.0" + (1 + rate) + "}");
                  }
                  return json(get(visit + "network").body().getBytes(StandardCharsets.UTF_8))
                      .get("hash")
                      .asText();
                }));
      }
    }
    for (int i = 2; i < hashes.size(); i++) {
      assertEquals(hashes.get(i % 2).get(), hashes.get(i).get());
    }
    assertFalse(hashes.get(0).get().equals(hashes.get(1).get()));
  }

  @Test
  void tellsOfATrainingByEvents() throws Exception {
    String visit = visit();
    String plan =
        "{'model':'simple','optimizer':'sgd','rate':0.01,'batch':10,'epochs':2,'images':100,'threads':1,'seed':1}";
    assertEquals(200, post(visit + "train", plan.replace('\'', '"')).statusCode());
    String events = get(visit + "events").body();

    assertTrue(events.startsWith("id: 0\nevent: state\ndata: {\"state\":\"loading\""), events);
    assertEquals(3, events.split("event: epoch", -1).length - 1);
    assertTrue(events.contains("\"state\":\"done\""), events);
    int last = events.split("id: ", -1).length - 2;
    String rest =
        client
            .send(
                request(visit + "events").header("Last-Event-ID", "" + (last - 1)).build(),
                BodyHandlers.ofString())
            .body();
    assertTrue(rest.startsWith("id: " + last + "\n"), rest);
    assertEquals("simple", json(post(visit + "adopt", "{}").body()).get("name").asText());
  }

  @Test
  void theConnectionStaysOpenForTheNextRequest() throws IOException {
    try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), page.getPort())) {
      socket.setSoTimeout(20_000);
      String get = "GET /icon.svg HTTP/1.1\r\nHost: 127.0.0.1:" + page.getPort() + "\r\n\r\n";
      byte[] first = answer(socket, get);
      assertArrayEquals(first, answer(socket, get));
    }
  }

  private static byte[] answer(Socket socket, String get) throws IOException {
    socket.getOutputStream().write(get.getBytes(StandardCharsets.ISO_8859_1));
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) socket.getInputStream().read());
    }
    String length = head.toString().replaceAll("(?is).*content-length: *(\\d+).*", "$1");
    return socket.getInputStream().readNBytes(Integer.parseInt(length));
  }

  @Test
  void aPortThatIsTakenIsSaidInOneLine() {
    IOException e =
        assertThrows(IOException.class, () -> new PageServer("127.0.0.1", page.getPort()));
    assertEquals(
        "cannot listen on 127.0.0.1, port "
            + page.getPort()
            + ": another program does; --port chooses another, 0 any that is free",
        e.getMessage());
  }

  @Test
  void aHostThatIsNoneIsSaidInOneLine() {
    IOException e = assertThrows(IOException.class, () -> new PageServer("no host", 0));
    assertTrue(e.getMessage().startsWith("--host no host is no name"), e.getMessage());
  }
}
