package dev.lanewise.mnist;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Fetches one file over HTTP, and gives up as soon as nothing has arrived for a while.
 *
 * <p>A thread of its own does the work, because some waits have no time limit: looking up a host
 * name where no name server answers, or a body that stops halfway.
 */
final class Download {
  private static final Duration TOTAL = Duration.ofSeconds(60);
  private static final int CHUNK = 1 << 16;

  private final URI uri;
  private final Path target;
  private final long maxBytes;
  private final AtomicLong arrived = new AtomicLong();

  private Download(URI uri, Path target, long maxBytes) {
    this.uri = uri;
    this.target = target;
    this.maxBytes = maxBytes;
  }

  /**
   * Fetches a file.
   *
   * @param uri where from
   * @param target an empty file to write to; incomplete after a failure
   * @param maxBytes the longest file that is accepted
   * @param patience how long nothing may arrive, connecting included
   * @throws IOException if it did not work; the message says why in a few words
   */
  static void fetch(URI uri, Path target, long maxBytes, Duration patience) throws IOException {
    new Download(uri, target, maxBytes).run(patience);
  }

  private void run(Duration patience) throws IOException {
    HttpClient client =
        HttpClient.newBuilder()
            .connectTimeout(patience)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();
    FutureTask<Void> task =
        new FutureTask<>(
            () -> {
              transfer(client);
              return null;
            });
    Thread thread = new Thread(task, "download");
    thread.setDaemon(true);
    thread.start();
    try {
      await(task, patience);
    } catch (ExecutionException e) {
      throw new IOException(reason(e.getCause(), patience), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } finally {
      task.cancel(true);
      client.shutdownNow();
    }
  }

  private void await(FutureTask<Void> task, Duration patience)
      throws IOException, ExecutionException, InterruptedException {
    long deadline = System.nanoTime() + TOTAL.toNanos();
    while (true) {
      long before = arrived.get();
      try {
        task.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        return;
      } catch (TimeoutException e) {
        if (arrived.get() == before) {
          throw silence(patience);
        }
        if (System.nanoTime() - deadline > 0) {
          throw new HttpTimeoutException("not complete after " + TOTAL.toSeconds() + " s");
        }
      }
    }
  }

  private void transfer(HttpClient client) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(TOTAL).build();
    HttpResponse<InputStream> response =
        client.send(request, HttpResponse.BodyHandlers.ofInputStream());
    arrived.incrementAndGet();
    try (InputStream in = response.body()) {
      if (response.statusCode() != 200) {
        throw new IOException("HTTP status " + response.statusCode());
      }
      // Does not make the file: if the caller has given up and deleted it, it stays deleted.
      try (OutputStream out = Files.newOutputStream(target, StandardOpenOption.WRITE)) {
        byte[] chunk = new byte[CHUNK];
        long total = 0;
        for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
          total += count;
          if (total > maxBytes) {
            throw new IOException("more than " + maxBytes + " bytes");
          }
          out.write(chunk, 0, count);
          arrived.addAndGet(count);
        }
      }
    }
  }

  private static String reason(Throwable cause, Duration patience) {
    if (cause instanceof HttpConnectTimeoutException) {
      return silence(patience).getMessage();
    }
    // The client's connection failures carry no message, but what caused them may.
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (t instanceof UnresolvedAddressException) {
        return "unknown host";
      }
      if (t.getMessage() != null && !t.getMessage().isBlank()) {
        return t.getMessage().lines().findFirst().orElseThrow();
      }
    }
    return cause instanceof ConnectException ? "no connection" : cause.toString();
  }

  private static HttpTimeoutException silence(Duration patience) {
    return new HttpTimeoutException("no answer within " + patience.toMillis() + " ms");
  }
}
