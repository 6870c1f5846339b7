// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encrypts or decrypts the messages of one direction of a connection, by AES-GCM. Each has a
 * number, never used again, and a type that is authenticated with it.
 */
final class Seal {
  /** Bytes that AES-GCM adds to a message. */
  static final int TAG = 16;

  private final int mode;
  private final SecretKeySpec key;
  private final Cipher cipher;
  private byte[] plain = {};
  private long number;

  private Seal(int mode, byte[] key) throws IOException {
    this.mode = mode;
    this.key = new SecretKeySpec(key, "AES");
    try {
      cipher = Cipher.getInstance("AES/GCM/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  /** For messages to be sent; null if there is no key. */
  static Seal encrypting(byte[] key) throws IOException {
    return key == null ? null : new Seal(Cipher.ENCRYPT_MODE, key);
  }

  /** For messages that are received; null if there is no key. */
  static Seal decrypting(byte[] key) throws IOException {
    return key == null ? null : new Seal(Cipher.DECRYPT_MODE, key);
  }

  /** Makes room for plain messages of so many bytes, and returns it. */
  MemorySegment room(int length) {
    plain = new byte[length];
    return MemorySegment.ofArray(plain);
  }

  /** Encrypts the first bytes of the room into a buffer. */
  void encrypt(int type, int length, ByteBuffer sealed) throws IOException {
    try {
      begin(type);
      cipher.doFinal(ByteBuffer.wrap(plain, 0, length), sealed);
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  /** Decrypts the rest of a buffer into the room. */
  void decrypt(int type, ByteBuffer sealed) throws IOException {
    try {
      begin(type);
      cipher.doFinal(sealed, ByteBuffer.wrap(plain));
    } catch (GeneralSecurityException e) {
      throw new IOException("a message could not be decrypted: " + e.getMessage(), e);
    }
  }

  private void begin(int type) throws GeneralSecurityException {
    byte[] nonce = ByteBuffer.allocate(12).putLong(4, number++).array();
    cipher.init(mode, key, new GCMParameterSpec(8 * TAG, nonce));
    cipher.updateAAD(ByteBuffer.allocate(Integer.BYTES).putInt(0, type));
  }
}
