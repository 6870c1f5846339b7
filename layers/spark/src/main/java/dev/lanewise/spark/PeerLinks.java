// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The connections of a task to all others. One thread at a time writes and reads them all, so that
 * two tasks that send to each other at once do not wait for each other.
 *
 * <p>A task listens on a port that the system chooses until every other one is connected, and no
 * longer. Not thread-safe, but for {@link #wake} and {@link #end}.
 */
final class PeerLinks implements AutoCloseable {
  private static final int HANDSHAKE_MS = 30_000;
  private static final int ANSWER_MS = 5_000;
  private static final int SLICE_MS = 500; // between looks at whether the task is to end
  private static final int FAREWELL_MS = 5_000; // for others to read what has gone wrong

  /** For how long to look again and again: about as long as it takes to be woken up. */
  private static final long SPIN_NANOS = 50_000;

  private final int self;
  private final int timeoutSeconds;
  private final BooleanSupplier interrupted;
  private final ServerSocketChannel server;
  private final Selector selector;
  private final PeerLink[] links; // [task]; null for this one
  private volatile boolean ended;

  /** What is said to the other tasks, and what they answer. */
  interface Talk {
    /** Sends the next message to a task if there is one already. */
    boolean send(int task, PeerLink link) throws IOException;

    /** The length of the next message of a kind from a task; -1 if there is none any more. */
    int expected(int task, int kind);

    /** Takes in a message from a task. */
    void receive(int task, PeerLink link) throws IOException;

    /** Whether all is sent and received. */
    boolean isDone();

    /** Whether this task has yet to compute what is to be sent: others may be silent so long. */
    default boolean isComputing() {
      return false;
    }
  }

  /**
   * Begins to listen.
   *
   * @param self the number of this task
   * @param tasks how many tasks there are
   * @param host where to listen
   * @param timeoutSeconds how long to wait for a message
   * @param interrupted tells whether the task is to end
   */
  PeerLinks(int self, int tasks, String host, int timeoutSeconds, BooleanSupplier interrupted)
      throws IOException {
    this.self = self;
    this.timeoutSeconds = timeoutSeconds;
    this.interrupted = interrupted;
    links = new PeerLink[tasks];
    selector = Selector.open();
    server = ServerSocketChannel.open();
    try {
      server.bind(new InetSocketAddress(InetAddress.getByName(host), 0), tasks);
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /** Where this task listens. */
  int port() {
    return server.socket().getLocalPort();
  }

  /**
   * Connects with all other tasks, and then listens no longer. Of two tasks the one with the higher
   * number calls.
   *
   * @param addresses [task]: where it listens
   * @param encrypted whether messages are encrypted
   */
  void connect(List<InetSocketAddress> addresses, Handshake handshake, boolean encrypted)
      throws IOException {
    try (server) {
      for (int task = 0; task < self; task++) {
        SocketChannel channel = SocketChannel.open();
        try {
          channel.socket().connect(addresses.get(task), HANDSHAKE_MS);
          Handshake.Result keys =
              handshake.call(channel.socket(), self, task, within(HANDSHAKE_MS));
          link(channel, task, keys.callerKey(), keys.calleeKey(), encrypted);
        } catch (IOException e) {
          channel.close();
          throw new IOException("task " + task + " cannot be reached: " + e.getMessage(), e);
        }
      }
      accept(handshake, encrypted);
    }
  }

  private static long within(int milliseconds) {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(milliseconds);
  }

  private void accept(Handshake handshake, boolean encrypted) throws IOException {
    long deadline = within(HANDSHAKE_MS);
    server.socket().setSoTimeout(SLICE_MS);
    int missing = links.length - 1 - self;
    while (missing > 0) {
      if (interrupted.getAsBoolean() || System.nanoTime() > deadline) {
        throw new SocketTimeoutException(missing + " other tasks have not connected");
      }
      Socket socket;
      try {
        socket = server.socket().accept();
      } catch (SocketTimeoutException e) {
        continue;
      }
      try {
        // A stranger holds nobody up for long.
        Handshake.Result keys = handshake.answer(socket, self, within(ANSWER_MS));
        int peer = keys.peer();
        if (peer <= self || peer >= links.length || links[peer] != null) {
          throw new IOException("not expected");
        }
        link(socket.getChannel(), peer, keys.calleeKey(), keys.callerKey(), encrypted);
        missing--;
      } catch (IOException e) { // none of the training
        socket.close();
      }
    }
  }

  private void link(
      SocketChannel channel, int task, byte[] sendingKey, byte[] receivingKey, boolean encrypted)
      throws IOException {
    links[task] =
        new PeerLink(
            channel,
            selector,
            "task " + task,
            encrypted ? sendingKey : null,
            encrypted ? receivingKey : null);
  }

  /** Makes room for messages of so many bytes to and from a task. */
  void reserve(int task, int length) {
    if (links[task] != null) {
      links[task].reserve(length);
    }
  }

  /**
   * Talks with all other tasks until all is said.
   *
   * @throws PeerLink.FaultException if another task has said what has gone wrong; the others have
   *     been told then
   * @throws IOException if another task is gone, or silent for too long, or this one is to end
   */
  void run(Talk talk) throws IOException {
    checkInterrupted(); // with all others there, none might wait long enough to look
    try {
      talk(talk);
    } catch (PeerLink.FaultException e) { // before others see this task leave, and not why
      sendFault(e.getMessage());
      throw e;
    }
  }

  private void talk(Talk talk) throws IOException {
    begin(talk);
    long still = System.nanoTime();
    while (!(talk.isDone() && allWritten())) {
      if (advance(talk)) {
        still = System.nanoTime();
      } else if (System.nanoTime() - still < SPIN_NANOS && !talk.isComputing()) {
        Thread.yield(); // to tasks that share the core
      } else {
        await(talk);
      }
    }
  }

  private void checkInterrupted() throws IOException {
    if (ended || interrupted.getAsBoolean()) {
      throw new IOException("the task was ended");
    }
  }

  private void begin(Talk talk) {
    for (int task = 0; task < links.length; task++) {
      if (links[task] != null) {
        links[task].isAwake();
        expect(talk, task);
      }
    }
  }

  private void expect(Talk talk, int task) {
    links[task].expect(talk.expected(task, PeerLink.PART), talk.expected(task, PeerLink.RESULT));
  }

  private boolean allWritten() {
    for (PeerLink link : links) {
      if (link != null && !link.isWritten()) {
        return false;
      }
    }
    return true;
  }

  /** Writes and reads what can be; whether something was. */
  private boolean advance(Talk talk) throws IOException {
    boolean moved = false;
    for (int i = 1; i < links.length; i++) {
      int task = (self + i) % links.length; // each begins with another one
      PeerLink link = links[task];
      moved |= link.write();
      while (link.isWritten() && talk.send(task, link)) {
        moved = true;
      }
      while (link.isExpecting() && link.read()) {
        moved = true;
        if (link.hasArrived()) {
          talk.receive(task, link);
          expect(talk, task);
        }
      }
    }
    return moved;
  }

  private void await(Talk talk) throws IOException {
    for (PeerLink link : links) {
      if (link != null) {
        link.await(link.isExpecting());
      }
    }
    boolean computing = talk.isComputing();
    int awake = selector.select(SLICE_MS);
    selector.selectedKeys().clear();
    checkInterrupted();
    for (PeerLink link : links) {
      if (link == null) {
        continue;
      }
      if (computing) {
        link.isAwake();
      } else if (awake == 0
          && (link.isExpecting() || !link.isWritten())
          && link.silentNanos() > TimeUnit.SECONDS.toNanos(timeoutSeconds)) {
        throw new SocketTimeoutException(link + " was silent for " + timeoutSeconds + " s");
      }
    }
  }

  /** Has a talk look for what can be sent now. May be called by another thread. */
  void wake() {
    selector.wakeup();
  }

  /** Ends the talk, and all later ones. May be called by another thread. */
  void end() {
    ended = true;
    wake();
  }

  /** Tells all other tasks what has gone wrong: trying again would not help. */
  void sendFault(String text) {
    long deadline = within(FAREWELL_MS);
    for (PeerLink link : links) {
      if (link != null) {
        link.sendFault(text, deadline);
      }
    }
    for (PeerLink link : links) {
      if (link != null) {
        link.awaitEnd(deadline);
      }
    }
  }

  @Override
  public void close() throws IOException {
    for (PeerLink link : links) {
      if (link != null) {
        link.close();
      }
    }
    try (selector) {
      server.close();
    }
  }
}
