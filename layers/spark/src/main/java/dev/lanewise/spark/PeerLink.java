package dev.lanewise.spark;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A connection to another task, once both have proved that they belong to the same training.
 * Messages have a length that both sides know, and either side may end the talk by saying what has
 * gone wrong. A thread of its own writes, so that two tasks that send to each other at once do not
 * wait for each other. Where it is asked for, each message is encrypted and authenticated by
 * AES-GCM.
 */
final class PeerLink implements AutoCloseable {
  private static final int MESSAGE = 1;
  private static final int FAULT = 2;
  private static final int END = 3; // of what is written; nothing is sent
  private static final int MAX_FAULT = 4096; // bytes
  private static final int TAG = 16; // bytes that AES-GCM adds
  private static final int SLICE_MS = 500; // between looks at whether the task is to end

  /** Something to be written. */
  private record Parcel(int type, byte[] bytes, int length) {}

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final String name;
  private final long timeoutNanos;
  private final BooleanSupplier interrupted;
  private final BlockingQueue<Parcel> parcels = new ArrayBlockingQueue<>(4);
  private final Thread writer;
  private final Seal sending; // null: not encrypted
  private final Seal receiving; // null: not encrypted
  private volatile IOException failure; // of the writer

  /**
   * Takes over a connection.
   *
   * @param name of the other task, for messages
   * @param timeoutSeconds how long to wait for a message
   * @param interrupted tells whether the task is to end
   * @param sendingKey of 32 bytes; null for no encryption
   * @param receivingKey of 32 bytes; null for no encryption
   */
  PeerLink(
      Socket socket,
      String name,
      int timeoutSeconds,
      BooleanSupplier interrupted,
      byte[] sendingKey,
      byte[] receivingKey)
      throws IOException {
    this.socket = socket;
    this.name = name;
    this.interrupted = interrupted;
    timeoutNanos = TimeUnit.SECONDS.toNanos(timeoutSeconds);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(SLICE_MS);
    in = socket.getInputStream();
    out = socket.getOutputStream();
    sending = sendingKey == null ? null : new Seal(Cipher.ENCRYPT_MODE, sendingKey);
    receiving = receivingKey == null ? null : new Seal(Cipher.DECRYPT_MODE, receivingKey);
    writer = Thread.ofPlatform().daemon().name("lanewise-exchange-" + name).start(this::write);
  }

  /**
   * Sends a message.
   *
   * @param bytes not to be changed until the other side has answered
   */
  void send(byte[] bytes, int length) throws IOException {
    put(new Parcel(MESSAGE, bytes, length));
  }

  private void put(Parcel parcel) throws IOException {
    if (failure != null) {
      throw failure;
    }
    try {
      if (!parcels.offer(parcel, timeoutNanos, TimeUnit.NANOSECONDS)) {
        throw new SocketTimeoutException(name + " does not read");
      }
    } catch (InterruptedException e) {
      throw ended(e);
    }
  }

  private void write() {
    try {
      while (true) {
        Parcel parcel = parcels.take();
        if (parcel.type == END) {
          return;
        }
        out.write(parcel.type);
        if (sending == null) {
          out.write(parcel.bytes, 0, parcel.length);
        } else {
          out.write(sending.apply(parcel.bytes, parcel.length));
        }
        if (parcel.type == FAULT) {
          return;
        }
      }
    } catch (InterruptedException e) {
      // closed
    } catch (IOException e) {
      failure = new IOException("the connection to " + name + " broke: " + e.getMessage(), e);
    }
  }

  /**
   * Waits for a message.
   *
   * @throws FaultException if the other task has said what has gone wrong
   * @throws IOException if the other task is gone, or silent for too long
   */
  void receive(byte[] bytes, int length) throws IOException {
    long deadline = System.nanoTime() + timeoutNanos;
    byte[] type = new byte[1];
    read(type, 1, deadline);
    switch (type[0]) {
      case MESSAGE -> readSealed(bytes, length, deadline);
      case FAULT -> {
        byte[] text = new byte[MAX_FAULT];
        readSealed(text, MAX_FAULT, deadline);
        int size = Math.clamp(ByteBuffer.wrap(text).getInt(), 0, MAX_FAULT - Integer.BYTES);
        throw new FaultException(new String(text, Integer.BYTES, size, StandardCharsets.UTF_8));
      }
      default -> throw new IOException(name + " sent something else than a message: " + type[0]);
    }
  }

  private void readSealed(byte[] bytes, int length, long deadline) throws IOException {
    if (receiving == null) {
      read(bytes, length, deadline);
    } else {
      byte[] sealed = new byte[length + TAG];
      read(sealed, sealed.length, deadline);
      System.arraycopy(receiving.apply(sealed, sealed.length), 0, bytes, 0, length);
    }
  }

  private void read(byte[] bytes, int length, long deadline) throws IOException {
    int done = 0;
    while (done < length) {
      try {
        int count = in.read(bytes, done, length - done);
        if (count < 0) {
          throw new EOFException(name + " is gone");
        }
        done += count;
      } catch (SocketTimeoutException e) {
        if (interrupted.getAsBoolean()) {
          throw ended(e);
        }
        if (failure != null) {
          throw failure;
        }
        if (System.nanoTime() > deadline) {
          throw new SocketTimeoutException(
              name + " was silent for " + TimeUnit.NANOSECONDS.toSeconds(timeoutNanos) + " s");
        }
      }
    }
  }

  private IOException ended(Exception cause) {
    return new IOException("the task was ended while it waited for " + name, cause);
  }

  /** Says what has gone wrong, as the last message. */
  void sendFault(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int size = Math.min(utf8.length, MAX_FAULT - Integer.BYTES);
    byte[] bytes = ByteBuffer.allocate(MAX_FAULT).putInt(size).put(utf8, 0, size).array();
    try {
      put(new Parcel(FAULT, bytes, bytes.length));
      writer.join(SLICE_MS);
    } catch (IOException e) {
      // nobody is there to be told
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until all messages are written. */
  void flush() throws IOException {
    put(new Parcel(END, new byte[0], 0));
    try {
      writer.join(TimeUnit.NANOSECONDS.toMillis(timeoutNanos));
    } catch (InterruptedException e) {
      throw ended(e);
    }
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // it is of no use any more
    }
    writer.interrupt();
  }

  /** What another task has said to have gone wrong. */
  static final class FaultException extends IOException {
    private static final long serialVersionUID = 1;

    FaultException(String message) {
      super(message);
    }
  }

  /** Encrypts or decrypts the messages of one direction; each has a number, never used again. */
  private static final class Seal {
    private final int mode;
    private final SecretKeySpec key;
    private final Cipher cipher;
    private long number;

    Seal(int mode, byte[] key) throws IOException {
      this.mode = mode;
      this.key = new SecretKeySpec(key, "AES");
      try {
        cipher = Cipher.getInstance("AES/GCM/NoPadding");
      } catch (GeneralSecurityException e) {
        throw new IOException(e);
      }
    }

    byte[] apply(byte[] bytes, int length) throws IOException {
      byte[] nonce = ByteBuffer.allocate(12).putLong(4, number++).array();
      try {
        cipher.init(mode, key, new GCMParameterSpec(8 * TAG, nonce));
        return cipher.doFinal(bytes, 0, length);
      } catch (GeneralSecurityException e) {
        throw new IOException("a message could not be decrypted: " + e.getMessage(), e);
      }
    }
  }

  /**
   * Reads a few bytes of a handshake.
   *
   * @param deadline by {@link System#nanoTime}, however slowly bytes come in
   */
  static byte[] readFully(Socket socket, int length, long deadline) throws IOException {
    byte[] bytes = new byte[length];
    for (int at = 0; at < length; ) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        throw new SocketTimeoutException("the handshake takes too long");
      }
      socket.setSoTimeout((int) left);
      int read = socket.getInputStream().read(bytes, at, length - at);
      if (read < 0) {
        throw new EOFException("the connection ended");
      }
      at += read;
    }
    return bytes;
  }
}
