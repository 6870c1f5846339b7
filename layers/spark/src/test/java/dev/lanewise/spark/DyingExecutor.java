// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.util.Progressable;

/**
 * The local file system under {@code dying:///}; the first JVM that saves a second epoch to a
 * folder ends there, as if it had been killed.
 */
public final class DyingExecutor extends RawLocalFileSystem {
  @Override
  public URI getUri() {
    return URI.create("dying:///");
  }

  @Override
  public String getScheme() {
    return "dying";
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
    Path died = new Path(path.getParent(), "died");
    if (path.getName().startsWith(".epoch-2") && !exists(died)) {
      super.create(died, true, bufferSize, replication, blockSize, progress).close();
      Runtime.getRuntime().halt(1);
    }
    return super.create(path, overwrite, bufferSize, replication, blockSize, progress);
  }
}
