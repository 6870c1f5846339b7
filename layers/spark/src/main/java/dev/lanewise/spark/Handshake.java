// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * How two tasks prove to each other that they belong to the same attempt of the same training. Both
 * know its secret, which the driver has drawn and Spark has sent along with the task; it never goes
 * over the connection itself. Each side sends a random number; each answers with the HMAC-SHA256,
 * by the secret, of its role, both tasks' numbers and both random numbers. Keys for encryption are
 * made in the same way.
 *
 * @param secret 32 bytes
 * @param attempt which attempt of the stage this is
 */
record Handshake(byte[] secret, int attempt) {
  private static final int MAGIC = 0x4C_41_4E_45;
  private static final int NONCE = 32;
  private static final int HELLO = 3 * Integer.BYTES + NONCE;
  private static final int PROOF = 32;

  /** What a handshake has agreed on. */
  record Result(int peer, byte[] callerKey, byte[] calleeKey) {}

  private record Nonces(byte[] caller, byte[] callee) {}

  private Result keys(Nonces nonces, int caller, int callee) {
    return new Result(
        caller,
        mac("key of caller", caller, callee, nonces),
        mac("key of callee", caller, callee, nonces));
  }

  /**
   * The side that has connected.
   *
   * @param deadline for all of it, by {@link System#nanoTime}
   */
  Result call(Socket socket, int self, int peer, long deadline) throws IOException {
    byte[] mine = nonce();
    ByteBuffer hello = ByteBuffer.allocate(HELLO).putInt(MAGIC).putInt(attempt).putInt(self);
    socket.getOutputStream().write(hello.put(mine).array());
    byte[] theirs = readFully(socket, NONCE, deadline);
    Nonces nonces = new Nonces(mine, theirs);
    requireProof(readProof(socket, deadline), "callee", self, peer, nonces);
    socket.getOutputStream().write(mac("caller", self, peer, nonces));
    return keys(nonces, self, peer);
  }

  /**
   * The side that was called.
   *
   * @param deadline for all of it, by {@link System#nanoTime}
   * @return who called, and the keys
   * @throws IOException if it is none of the training
   */
  Result answer(Socket socket, int self, long deadline) throws IOException {
    ByteBuffer hello = ByteBuffer.wrap(readFully(socket, HELLO, deadline));
    int magic = hello.getInt();
    int theirAttempt = hello.getInt();
    int caller = hello.getInt();
    if (magic != MAGIC || theirAttempt != attempt) {
      throw new IOException("a connection that is none of this training");
    }
    byte[] theirs = new byte[NONCE];
    hello.get(theirs);
    byte[] mine = nonce();
    Nonces nonces = new Nonces(theirs, mine);
    socket.getOutputStream().write(mine);
    socket.getOutputStream().write(mac("callee", caller, self, nonces));
    requireProof(readProof(socket, deadline), "caller", caller, self, nonces);
    return keys(nonces, caller, self);
  }

  private static byte[] readProof(Socket socket, long deadline) throws IOException {
    return readFully(socket, PROOF, deadline);
  }

  private void requireProof(byte[] proof, String role, int caller, int callee, Nonces nonces)
      throws IOException {
    if (!MessageDigest.isEqual(proof, mac(role, caller, callee, nonces))) {
      throw new IOException("a connection that does not know the secret of this training");
    }
  }

  /** Reads a few bytes before a deadline, however slowly they come in. */
  private static byte[] readFully(Socket socket, int length, long deadline) throws IOException {
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

  private static byte[] nonce() {
    byte[] nonce = new byte[NONCE];
    new SecureRandom().nextBytes(nonce);
    return nonce;
  }

  private byte[] mac(String purpose, int caller, int callee, Nonces nonces) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      mac.update(purpose.getBytes(StandardCharsets.US_ASCII));
      mac.update(ByteBuffer.allocate(12).putInt(attempt).putInt(caller).putInt(callee).flip());
      mac.update(nonces.caller);
      return mac.doFinal(nonces.callee);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e); // every Java has it
    }
  }
}
