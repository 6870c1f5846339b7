// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Fetches one file over HTTP, and gives up as soon as nothing has arrived for a while. A connection
 * that breaks is taken up where it broke, if the server can do that, and from the beginning if not.
 *
 * <p>A thread of its own does the work, because some waits have no time limit: looking up a host
 * name where no name server answers, or a body that stops halfway.
 */
final class Download {
  /** How much longer than the patience all may take together: a minute for three seconds. */
  private static final int TOTAL = 20;

  /** How often the transfer is begun, as long as each time brings something. */
  private static final int ATTEMPTS = 5;

  private static final int CHUNK = 1 << 16;

  private final URI uri;
  private final Path target;
  private final long maxBytes;
  private final Duration total;
  private final Progress progress;
  private final AtomicLong arrived = new AtomicLong();

  // Of the transfer's thread alone.
  private long have; // bytes in the target
  private long length; // of the whole file; 0 where the server does not say it
  private String version; // by which the server can tell whether its file is still the same

  /** Hears of what arrives, in the thread of the transfer. */
  @FunctionalInterface
  interface Progress {
    /**
     * More has arrived.
     *
     * @param bytes how much of the file is there
     * @param length of how much; 0 where the server does not say it
     */
    void at(long bytes, long length);
  }

  private Download(URI uri, Path target, long maxBytes, Duration patience, Progress progress) {
    this.uri = uri;
    this.target = target;
    this.maxBytes = maxBytes;
    this.progress = progress;
    total = patience.multipliedBy(TOTAL);
  }

  /**
   * Fetches a file.
   *
   * @param uri where from
   * @param target an empty file to write to; incomplete after a failure
   * @param maxBytes the longest file that is accepted
   * @param patience how long nothing may arrive, connecting included; all together may take twenty
   *     times as long
   * @param progress hears of what arrives
   * @throws IOException if it did not work; the message says why in a few words
   */
  static void fetch(URI uri, Path target, long maxBytes, Duration patience, Progress progress)
      throws IOException {
    new Download(uri, target, maxBytes, patience, progress).run(patience);
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
    long deadline = System.nanoTime() + total.toNanos();
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
          throw new HttpTimeoutException("not complete after " + total.toMillis() + " ms");
        }
      }
    }
  }

  /** The server has answered, but not as it should: asking again would not help. */
  private static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1;

    RefusedException(String message) {
      super(message);
    }
  }

  private void transfer(HttpClient client) throws IOException, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      long before = have;
      try {
        transferRest(client);
        return;
      } catch (RefusedException e) {
        throw e;
      } catch (IOException e) {
        if (attempt == ATTEMPTS || have <= before) {
          throw e;
        }
      }
    }
  }

  private void transferRest(HttpClient client) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(total);
    if (have > 0) {
      request.header("Range", "bytes=" + have + "-");
      if (version != null) {
        request.header("If-Range", version);
      }
    }
    HttpResponse<InputStream> response =
        client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    arrived.incrementAndGet();
    // Does not make the file: if the caller has given up and deleted it, it stays deleted.
    try (InputStream in = response.body();
        FileChannel out = FileChannel.open(target, StandardOpenOption.WRITE)) {
      checkAnswer(response);
      out.truncate(have).position(have);
      byte[] chunk = new byte[CHUNK];
      for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
        if (count > maxBytes - have) {
          throw tooLong();
        }
        for (ByteBuffer rest = ByteBuffer.wrap(chunk, 0, count); rest.hasRemaining(); ) {
          out.write(rest);
        }
        have += count;
        arrived.addAndGet(count);
        progress.at(have, length);
      }
    }
  }

  /** Finds out what the body of a response is: the rest of the file, or all of it. */
  private void checkAnswer(HttpResponse<?> response) throws RefusedException {
    HttpHeaders headers = response.headers();
    if (response.statusCode() == 206 && have > 0) {
      String range = headers.firstValue("Content-Range").orElse("none");
      if (!range.startsWith("bytes " + have + "-")) {
        throw new RefusedException("asked for bytes from " + have + ", but got " + range);
      }
    } else if (response.statusCode() == 200) {
      have = 0;
      version =
          headers
              .firstValue("ETag")
              .filter(tag -> !tag.startsWith("W/")) // a weak one does not stand for the bytes
              .or(() -> headers.firstValue("Last-Modified"))
              .orElse(null);
    } else {
      throw new RefusedException("HTTP status " + response.statusCode());
    }
    long rest = headers.firstValueAsLong("Content-Length").orElse(0);
    if (rest > maxBytes - have) {
      throw tooLong();
    }
    length = rest == 0 ? 0 : have + rest;
  }

  private RefusedException tooLong() {
    return new RefusedException("more than " + maxBytes + " bytes");
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
