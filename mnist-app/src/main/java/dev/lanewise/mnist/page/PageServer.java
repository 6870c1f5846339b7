// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Serves the page: its files, its interface, and the events of trainings. Every request has a
 * virtual thread. It listens as soon as it is made, and answers once it is started.
 */
public final class PageServer implements AutoCloseable {
  private static final int BACKLOG = 128;

  /** How often a silent stream of events is tried, to notice that the visitor is gone. */
  private static final long HEARTBEAT_MILLIS = 5_000;

  private static final String VISITORS = "/api/visitors";

  static {
    // Read once, by the JDK's server. Small answers must not wait for the one before.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    // Seconds for a request to arrive, and connections: so that slow ones do not keep others out.
    System.setProperty("sun.net.httpserver.maxReqTime", "120");
    System.setProperty("jdk.httpserver.maxConnections", "1024");
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Gate gate;
  private final Resources resources = new Resources();
  private final String address;
  private volatile boolean closed;
  private Visitors visitors;
  private Api api;

  /**
   * Begins to listen.
   *
   * @param host a name or an address of this machine
   * @param port 0 for any that is free
   * @throws IOException if nobody can listen there; the message says why
   */
  public PageServer(String host, int port) throws IOException {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getByName(host), port), BACKLOG);
    } catch (UnknownHostException e) {
      throw new IOException("--host " + host + " is no name or address of a machine", e);
    } catch (BindException e) {
      String fault = "cannot listen on " + host + ", port " + port + ": ";
      boolean taken = e.getMessage() != null && e.getMessage().contains("in use");
      throw new IOException(
          fault
              + (taken
                  ? "another program does; --port chooses another, 0 any that is free"
                  : e.getMessage()),
          e);
    }
    gate = new Gate(host, server.getAddress());
    boolean any = server.getAddress().getAddress().isAnyLocalAddress();
    String name = any ? "localhost" : host.contains(":") ? "[" + host + "]" : host;
    address = "http://" + name + ":" + server.getAddress().getPort() + "/";
    server.setExecutor(threads);
    server.createContext("/", this::answer);
  }

  /** What to open in a browser. */
  public String address() {
    return address;
  }

  /** Begins to answer. */
  public void start(Sources sources) {
    visitors = new Visitors(sources.start(), Runtime.getRuntime().maxMemory() / 4);
    api = new Api(sources, visitors);
    server.start();
  }

  /** Ends all connections and trainings. */
  @Override
  public void close() {
    closed = true;
    server.stop(0);
    if (visitors != null) {
      visitors.close();
    }
    threads.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try {
      Gate.protect(exchange.getResponseHeaders());
      gate.check(exchange.getRequestHeaders());
      String path = exchange.getRequestURI().getRawPath();
      if (path != null && path.startsWith("/api/")) {
        api(exchange, path);
      } else {
        file(exchange, path);
      }
    } catch (Refusal e) {
      send(exchange, Api.refused(e));
    } catch (RuntimeException | Error e) {
      exchange.close();
      if (!closed) {
        throw e;
      }
    }
  }

  private void file(HttpExchange exchange, String path) throws IOException, Refusal {
    boolean head = exchange.getRequestMethod().equals("HEAD");
    if (!head) {
      requireMethod(exchange, "GET");
    }
    Resources.File file = resources.get(path);
    if (file == null) {
      throw new Refusal(404, "there is no such page");
    }
    exchange.getResponseHeaders().set("ETag", file.tag());
    if (head || file.tag().equals(exchange.getRequestHeaders().getFirst("If-None-Match"))) {
      exchange.getResponseHeaders().set("Content-Type", file.type());
      exchange.sendResponseHeaders(head ? 200 : 304, -1);
    } else {
      send(exchange, new Answer(200, file.type(), file.content()));
    }
  }

  private void api(HttpExchange exchange, String path) throws IOException, Refusal {
    if (path.equals(VISITORS)) {
      requireMethod(exchange, "POST");
      body(exchange, Api.MOST_JSON);
      send(exchange, api.newVisitor());
      return;
    }
    String[] parts = path.substring(1).split("/", -1); // api, visitors, key, action
    if (parts.length != 4 || !path.startsWith(VISITORS + "/")) {
      throw new Refusal(404, "there is no such address");
    }
    Visitor visitor = api.visitor(parts[2]);
    String action = parts[3];
    Query query = new Query(exchange.getRequestURI().getRawQuery());
    if (action.equals("events")) {
      requireMethod(exchange, "GET");
      events(exchange, Api.live(visitor).log());
    } else if (exchange.getRequestMethod().equals("GET")) {
      send(exchange, api.get(visitor, action, query));
    } else {
      requireMethod(exchange, "POST");
      send(exchange, api.post(visitor, action, query, body(exchange, Api.limit(action))));
    }
  }

  private static void requireMethod(HttpExchange exchange, String method) throws Refusal {
    if (!exchange.getRequestMethod().equals(method)) {
      exchange.getResponseHeaders().set("Allow", method);
      throw new Refusal(405, "expected " + method + ", but is " + exchange.getRequestMethod());
    }
  }

  /** Reads a body, unless it says or turns out to be longer than it may be. */
  private static byte[] body(HttpExchange exchange, int limit) throws IOException, Refusal {
    String length = exchange.getRequestHeaders().getFirst("Content-Length");
    Refusal tooLong = new Refusal(413, "at most " + limit + " bytes are taken here");
    if (length != null && (length.length() > 9 || Long.parseLong(length) > limit)) {
      exchange.getResponseHeaders().set("Connection", "close");
      throw tooLong;
    }
    try (InputStream in = exchange.getRequestBody()) {
      byte[] body = in.readNBytes(limit + 1);
      if (body.length > limit) {
        exchange.getResponseHeaders().set("Connection", "close");
        throw tooLong;
      }
      return body;
    }
  }

  private static void send(HttpExchange exchange, Answer answer) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", answer.type());
    exchange.sendResponseHeaders(answer.status(), answer.content().length);
    try (OutputStream out = exchange.getResponseBody()) { // the connection stays open for the next
      out.write(answer.content());
    }
  }

  /** Server-sent events. A browser that connects again says what it has seen last. */
  private void events(HttpExchange exchange, EventLog log) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    int next = next(exchange.getRequestHeaders().getFirst("Last-Event-ID"));
    try (OutputStream out = exchange.getResponseBody()) {
      while (!closed) {
        List<EventLog.Event> events = log.await(next, HEARTBEAT_MILLIS);
        if (events == null) {
          break;
        }
        StringBuilder text = new StringBuilder(events.isEmpty() ? ": still here\n\n" : "");
        for (EventLog.Event event : events) {
          text.append("id: ").append(next++);
          text.append("\nevent: ").append(event.type());
          text.append("\ndata: ").append(event.data()).append("\n\n");
        }
        out.write(text.toString().getBytes(StandardCharsets.UTF_8));
        out.flush();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the server ends
    }
  }

  private static int next(String lastId) {
    try {
      return lastId == null ? 0 : Math.max(0, Integer.parseInt(lastId) + 1);
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
