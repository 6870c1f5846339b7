// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A Chromium without a window, driven by its DevTools protocol. */
final class Chromium implements AutoCloseable {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
  private static final long PATIENCE_SECONDS = 30;

  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient client = HttpClient.newHttpClient();
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> pending = new ConcurrentHashMap<>();
  private final List<String> complaints = Collections.synchronizedList(new ArrayList<>());
  private final Process process;
  private final WebSocket socket;

  /** Where one is installed: {@code -Dchromium=FILE}, or on the path. */
  static Optional<Path> find() {
    String named = System.getProperty("chromium", "");
    if (!named.isEmpty()) {
      return Optional.of(Path.of(named));
    }
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Starts it.
   *
   * @param program the file
   * @param folder an empty one, for what it writes
   */
  Chromium(Path program, Path folder) throws Exception {
    process =
        new ProcessBuilder(
                program.toString(),
                "--headless=new",
                "--no-sandbox", // of no use where root runs the tests
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--hide-scrollbars",
                "--force-color-profile=srgb",
                "--remote-debugging-port=0",
                "--user-data-dir=" + folder,
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolveSibling("chromium.log").toFile())
            .start();
    Path port = folder.resolve("DevToolsActivePort");
    for (int i = 0; i < 600 && !(Files.exists(port) && Files.size(port) > 0); i++) {
      Thread.sleep(100);
    }
    String base = "http://127.0.0.1:" + Files.readAllLines(port).getFirst() + "/json/list";
    JsonNode page = null;
    for (int i = 0; i < 100 && page == null; i++) {
      String list =
          client
              .send(HttpRequest.newBuilder(URI.create(base)).build(), BodyHandlers.ofString())
              .body();
      for (JsonNode target : json.readTree(list)) {
        page = target.get("type").asText().equals("page") ? target : page;
      }
      Thread.sleep(page == null ? 100 : 0);
    }
    socket =
        client
            .newWebSocketBuilder()
            .buildAsync(URI.create(page.get("webSocketDebuggerUrl").asText()), new Listener())
            .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    for (String domain : List.of("Page", "Runtime", "Log", "DOM")) {
      call(domain + ".enable", "{}");
    }
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        try {
          received(json.readTree(text.toString()));
        } catch (IOException e) {
          complaints.add(e.toString());
        }
        text.setLength(0);
      }
      socket.request(1);
      return null;
    }
  }

  private void received(JsonNode message) {
    if (message.has("id")) {
      pending.remove(message.get("id").asInt()).complete(message);
      return;
    }
    JsonNode params = message.path("params");
    switch (message.path("method").asText()) {
      case "Runtime.exceptionThrown" -> complaints.add(params.toString());
      case "Runtime.consoleAPICalled" -> {
        if (!params.get("type").asText().matches("log|info|debug")) {
          complaints.add(params.toString());
        }
      }
      case "Log.entryAdded" -> {
        boolean ofATest = params.findPath("callFrames").path(0).path("url").asText("-").isEmpty();
        if (!ofATest && !params.get("entry").get("level").asText().matches("info|verbose")) {
          complaints.add(params.toString());
        }
      }
      default -> {}
    }
  }

  /** What the console has shown so far, but for plain notes. */
  List<String> complaints() {
    return List.copyOf(complaints);
  }

  /** Forgets what was expected; whether there was such a thing. */
  boolean forget(String part) {
    return complaints.removeIf(complaint -> complaint.contains(part));
  }

  /** Calls a method of the protocol. */
  JsonNode call(String method, String params) throws Exception {
    ObjectNode message = json.createObjectNode();
    int id = ids.incrementAndGet();
    message.put("id", id).put("method", method).set("params", json.readTree(params));
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    pending.put(id, answer);
    socket.sendText(message.toString(), true).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    JsonNode result = answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (result.has("error")) {
      throw new IllegalStateException(method + ": " + result.get("error"));
    }
    return result.get("result");
  }

  /** Evaluates a script in the page; waits if it gives a promise. */
  JsonNode evaluate(String script) throws Exception {
    ObjectNode params = json.createObjectNode();
    params.put("expression", script).put("returnByValue", true).put("awaitPromise", true);
    JsonNode result = call("Runtime.evaluate", params.toString());
    if (result.has("exceptionDetails")) {
      throw new IllegalStateException(script + ": " + result.get("exceptionDetails"));
    }
    return result.get("result").path("value");
  }

  String text(String selector) throws Exception {
    return evaluate("document.querySelector('" + selector + "')?.innerText ?? ''").asText();
  }

  /** Waits until a condition holds in the page. */
  void await(String condition) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!evaluate("Boolean(" + condition + ")").asBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError(
            "never came: " + condition + "; the page says: " + text("#trouble") + complaints());
      }
      Thread.sleep(20);
    }
  }

  void open(String address) throws Exception {
    call("Page.navigate", "{\"url\":\"" + address + "\"}");
  }

  void size(int width, int height, boolean phone) throws Exception {
    call(
        "Emulation.setDeviceMetricsOverride",
        "{\"width\":%d,\"height\":%d,\"deviceScaleFactor\":1,\"mobile\":%b}"
            .formatted(width, height, phone));
  }

  void dark(boolean dark) throws Exception {
    call(
        "Emulation.setEmulatedMedia",
        "{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"%s\"}]}"
            .formatted(dark ? "dark" : "light"));
  }

  /** Sends a mouse event: pressed, moved or released. */
  void mouse(String type, double x, double y) throws Exception {
    call(
        "Input.dispatchMouseEvent",
        "{\"type\":\"mouse%s\",\"x\":%s,\"y\":%s,\"button\":\"left\",\"buttons\":%d,\"clickCount\":1}"
            .formatted(type, x, y, type.equals("Released") ? 0 : 1));
  }

  /** Presses a key: a digit, or one that is known by its name. */
  void key(String key) throws Exception {
    String text = key.length() == 1 ? ",\"text\":\"" + key + "\"" : "";
    String code = key.equals("Enter") ? ",\"windowsVirtualKeyCode\":13,\"text\":\"\\r\"" : "";
    String press = "{\"type\":\"key%s\",\"key\":\"" + key + "\"%s}";
    call("Input.dispatchKeyEvent", press.formatted("Down", text + code));
    call("Input.dispatchKeyEvent", press.formatted("Up", ""));
  }

  /** Chooses a file, as a user would. */
  void file(String selector, Path file) throws Exception {
    ObjectNode query = json.createObjectNode().put("nodeId", 1).put("selector", selector);
    query.put("nodeId", call("DOM.getDocument", "{}").get("root").get("nodeId").asInt());
    ObjectNode set = json.createObjectNode();
    set.set("nodeId", call("DOM.querySelector", query.toString()).get("nodeId"));
    set.putArray("files").add(file.toString());
    call("DOM.setFileInputFiles", set.toString());
  }

  /** Brings axe into the page, for {@link #requireNoFault}. */
  void loadAxe() throws Exception {
    String file =
        "/META-INF/resources/webjars/axe-core/%s/axe.min.js"
            .formatted(System.getProperty("axe-core.version", "4.6.3"));
    try (InputStream in = Chromium.class.getResourceAsStream(file)) {
      evaluate(new String(in.readAllBytes(), StandardCharsets.UTF_8) + "; 0");
    }
  }

  /**
   * Fails where axe finds something that keeps people out, or the page is wider than the window.
   */
  void requireNoFault(String where) throws Exception {
    JsonNode faults =
        evaluate(
            "axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes[0].html + ' '"
                + " + v.nodes[0].failureSummary))");
    assertEquals("[]", faults.toString(), where);
    JsonNode wide =
        evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    assertTrue(wide.asInt() <= 0, where + ": " + wide + " pixels wider than the window");
  }

  /** What is in the window, as PNG. */
  byte[] picture() throws Exception {
    JsonNode data = call("Page.captureScreenshot", "{\"format\":\"png\"}").get("data");
    return Base64.getDecoder().decode(data.asText());
  }

  @Override
  public void close() {
    socket.abort();
    client.shutdownNow();
    process.destroy();
    process
        .onExit()
        .orTimeout(10, TimeUnit.SECONDS)
        .exceptionally(late -> process.destroyForcibly())
        .join();
  }
}
