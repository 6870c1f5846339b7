// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.EOFException;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.junit.jupiter.api.Test;

class MessagesTest {
  @Test
  void bareFileNamesBecomeSentences() {
    assertEquals("a/b: no such file or folder", Messages.of(new NoSuchFileException("a/b")));
    assertEquals("a/b: permission denied", Messages.of(new AccessDeniedException("a/b")));
    assertEquals("a/b: is not a folder", Messages.of(new NotDirectoryException("a/b")));
    assertEquals("a/b: exists already", Messages.of(new FileAlreadyExistsException("a/b")));
    assertEquals(
        "a/b: No space left on device",
        Messages.of(new FileSystemException("a/b", null, "No space left on device")));
    assertEquals("a/b: cannot be read or written", Messages.of(new FileSystemException("a/b")));
  }

  @Test
  void reasonsThatAreKnownAreSaid() {
    assertEquals(
        "a/b: the folder does not exist",
        Messages.of(new NoSuchFileException("a/b", null, "the folder does not exist")));
  }

  @Test
  void otherFailuresAreNamed() {
    assertEquals("disk on fire", Messages.of(new IOException("disk on fire")));
    assertEquals("a (gone)", Messages.of(new FileNotFoundException("a (gone)")));
    assertEquals(
        "example.org (UnknownHostException)", Messages.of(new UnknownHostException("example.org")));
    assertEquals("input or output failed (EOFException)", Messages.of(new EOFException()));
  }

  @Test
  void oneIsSingular() {
    assertEquals("0 epochs", Messages.count(0, "epoch"));
    assertEquals("1 epoch", Messages.count(1, "epoch"));
    assertEquals("2 epochs", Messages.count(2, "epoch"));
    assertEquals("1 class", Messages.count(1, "class"));
    assertEquals("10 classes", Messages.count(10, "class"));
  }

  @Test
  void whatAShellWouldTakeApartIsQuoted() {
    assertEquals("/a-b/c_1.txt", Messages.quoted("/a-b/c_1.txt"));
    assertEquals("'a b'", Messages.quoted("a b"));
    assertEquals("'it'\\''s $5'", Messages.quoted("it's $5"));
    assertEquals("'~/a'", Messages.quoted("~/a"));
    assertEquals("''", Messages.quoted(""));
  }

  @Test
  void theProgramIsCalledAsItWas() {
    assertEquals("java -jar a/mnist-app.jar", Messages.program("a/mnist-app.jar"));
    assertEquals("java -jar 'my app.jar'", Messages.program("my app.jar"));
    assertEquals("mnist-app", Messages.program("a.jar" + File.pathSeparator + "b.jar"));
    assertEquals("mnist-app", Messages.program("target/classes"));
  }

  @Test
  void messagesFitOnOneLine() {
    assertEquals("a b c [0m d", Messages.oneLine(" a\r\nb\tc\u001b[0m\u2028d\n"));
  }
}
