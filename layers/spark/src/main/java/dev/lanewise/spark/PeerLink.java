// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;

/**
 * A connection to another task, once both have proved that they belong to the same training. Of
 * each kind of message both sides know the length, and either side may end the talk by saying what
 * has gone wrong. Nothing waits here: of a message, as much is written or read as can be at once.
 * Where it is asked for, each message is encrypted and authenticated. Not thread-safe.
 */
final class PeerLink implements AutoCloseable {
  /** A kind of message: numbers to be added up. */
  static final int PART = 1;

  /** Another kind: what has been added up. */
  static final int RESULT = 2;

  private static final int FAULT = 3;
  private static final int HEAD = Integer.BYTES; // the type, before each message
  private static final int MAX_FAULT = 4096; // bytes

  private final SocketChannel channel;
  private final SelectionKey key;
  private final String name;
  private final Seal sending; // null: not encrypted
  private final Seal receiving; // null: not encrypted
  private int room; // bytes of the longest message
  private ByteBuffer out; // its rest is to be written
  private ByteBuffer in; // its rest is to be read
  private MemorySegment outgoing;
  private MemorySegment incoming;
  private int part; // bytes of the next message if it is one; -1: it is none
  private int result;
  private long moved = System.nanoTime(); // when something was last written or read

  /**
   * Takes over a connection.
   *
   * @param selector which is told what the connection waits for
   * @param name of the other task, for messages
   * @param sendingKey of 32 bytes; null for no encryption
   * @param receivingKey of 32 bytes; null for no encryption
   */
  PeerLink(
      SocketChannel channel, Selector selector, String name, byte[] sendingKey, byte[] receivingKey)
      throws IOException {
    this.channel = channel;
    this.name = name;
    sending = Seal.encrypting(sendingKey);
    receiving = Seal.decrypting(receivingKey);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.configureBlocking(false);
    key = channel.register(selector, 0);
    reserve(MAX_FAULT);
  }

  /** Makes room for messages of so many bytes, while none is on its way. */
  void reserve(int length) {
    if (length > room) {
      room = length;
      out = buffer(sending);
      in = buffer(receiving);
      outgoing = sending == null ? body(out) : sending.room(length);
      incoming = receiving == null ? body(in) : receiving.room(length);
    }
  }

  private ByteBuffer buffer(Seal seal) {
    return ByteBuffer.allocateDirect(sized(room, seal)).order(ByteOrder.LITTLE_ENDIAN).limit(0);
  }

  private static int sized(int length, Seal seal) {
    return HEAD + length + (seal == null ? 0 : Seal.TAG);
  }

  private static MemorySegment body(ByteBuffer buffer) {
    return MemorySegment.ofBuffer(buffer.duplicate().clear()).asSlice(HEAD);
  }

  /** Where to put the next message, once those before are written. */
  MemorySegment outgoing() {
    return outgoing;
  }

  /** Begins to send what is in {@link #outgoing}, as a message of a kind. */
  void send(int kind, int length) throws IOException {
    out.clear().putInt(kind);
    if (sending == null) {
      out.position(HEAD + length);
    } else {
      sending.encrypt(kind, length, out);
    }
    out.flip();
    write();
  }

  /** Whether all that was sent is written. */
  boolean isWritten() {
    return !out.hasRemaining();
  }

  /** Writes what can be written; whether something was. */
  boolean write() throws IOException {
    try {
      return out.hasRemaining() && moved(channel.write(out));
    } catch (IOException e) {
      throw broken(e);
    }
  }

  private IOException broken(IOException e) {
    return new IOException("the connection to " + name + " broke: " + e.getMessage(), e);
  }

  private boolean moved(int bytes) {
    if (bytes > 0) {
      moved = System.nanoTime();
    }
    return bytes > 0;
  }

  /**
   * Begins to receive a message of either kind.
   *
   * @param part how many bytes it has if it is a {@link #PART}; -1 if it is none
   * @param result the same for a {@link #RESULT}
   */
  void expect(int part, int result) {
    this.part = part;
    this.result = result;
    // Until the kind is known, no more may be read than the shorter one has.
    int shorter = part < 0 || result < 0 ? Math.max(part, result) : Math.min(part, result);
    in.clear().limit(sized(Math.max(0, shorter), receiving));
  }

  /** Whether a message is to come. */
  boolean isExpecting() {
    return part >= 0 || result >= 0;
  }

  /**
   * Reads what there is of the message that is expected; whether there was something.
   *
   * @throws FaultException if the other task has said what has gone wrong
   * @throws IOException if the other task is gone
   */
  boolean read() throws IOException {
    int count;
    try {
      count = channel.read(in);
    } catch (IOException e) {
      throw broken(e);
    }
    if (count < 0) {
      throw new EOFException(name + " is gone");
    }
    if (in.position() >= HEAD) {
      readKind();
    }
    return moved(count);
  }

  private void readKind() throws IOException {
    int length = kind() == PART ? part : kind() == RESULT ? result : -1;
    if (length >= 0) {
      in.limit(sized(length, receiving));
    } else {
      readFault();
    }
  }

  /** Of which kind the message is that has arrived. */
  int kind() {
    return in.getInt(0);
  }

  /** A fault is longer or shorter than the message that was expected. */
  private void readFault() throws IOException {
    int size = sized(MAX_FAULT, receiving);
    if (kind() != FAULT || in.position() > size) {
      throw new IOException(name + " sent something else than a message: " + kind());
    }
    in.limit(size);
    if (!in.hasRemaining()) {
      ByteBuffer fault = received().asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
      byte[] text = new byte[Math.clamp(fault.getInt(), 0, MAX_FAULT - Integer.BYTES)];
      fault.get(text);
      throw new FaultException(new String(text, StandardCharsets.UTF_8));
    }
  }

  /** Whether the message that is expected is there. */
  boolean hasArrived() {
    return !in.hasRemaining() && in.position() > 0;
  }

  /** The message that has arrived. */
  MemorySegment received() throws IOException {
    int type = in.flip().getInt();
    if (receiving != null) {
      receiving.decrypt(type, in);
    }
    return incoming;
  }

  /**
   * Has the selector wait until what is left can be written, or something can be read.
   *
   * @param reading whether a message is expected: what comes early must not wake anybody
   */
  void await(boolean reading) {
    key.interestOps(
        (reading ? SelectionKey.OP_READ : 0) | (isWritten() ? 0 : SelectionKey.OP_WRITE));
  }

  /** For how long nothing was written or read. */
  long silentNanos() {
    return System.nanoTime() - moved;
  }

  /** Begins to measure anew for how long nothing is written or read. */
  void isAwake() {
    moved = System.nanoTime();
  }

  /** Says what has gone wrong, as the last message, which nobody may be there to read. */
  void sendFault(String text, long deadline) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int size = Math.min(utf8.length, MAX_FAULT - Integer.BYTES);
    try {
      writeAll(deadline);
      outgoing.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN).putInt(size).put(utf8, 0, size);
      send(FAULT, MAX_FAULT);
      writeAll(deadline);
      channel.shutdownOutput();
    } catch (IOException e) {
      // nobody is there to be told
    }
  }

  private void writeAll(long deadline) throws IOException {
    while (!isWritten()) {
      if (!write()) {
        pause(deadline);
      }
    }
  }

  /**
   * Waits until the other side has closed the connection: one that is closed while there is
   * something to be read takes back what was sent.
   */
  void awaitEnd(long deadline) {
    ByteBuffer rest = ByteBuffer.allocate(MAX_FAULT);
    try {
      int count = 0;
      while (count >= 0) {
        count = channel.read(rest.clear());
        if (count == 0) {
          pause(deadline);
        }
      }
    } catch (IOException e) {
      // this is an end, too
    }
  }

  private static void pause(long deadline) throws IOException {
    if (System.nanoTime() > deadline) {
      throw new SocketTimeoutException();
    }
    LockSupport.parkNanos(1_000_000);
  }

  @Override
  public String toString() {
    return name;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // it is of no use any more
    }
  }

  /** What another task has said to have gone wrong. */
  static final class FaultException extends IOException {
    private static final long serialVersionUID = 1;

    FaultException(String message) {
      super(message);
    }
  }
}
