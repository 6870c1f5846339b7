// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.io.IOException;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.util.Progressable;

/** The local file system under {@code full:///}, which cannot be written to at some times. */
public final class FullDisk extends RawLocalFileSystem {
  static final AtomicInteger CHECKPOINTS = new AtomicInteger();
  static volatile int failing = -1; // which checkpoint cannot be written

  @Override
  public URI getUri() {
    return URI.create("full:///");
  }

  @Override
  public String getScheme() {
    return "full";
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    if (path.getName().startsWith(".epoch") && CHECKPOINTS.getAndIncrement() == failing) {
      throw new IOException("No space left on device");
    }
    return super.create(path, overwrite, bufferSize, replication, blockSize, progress);
  }
}
