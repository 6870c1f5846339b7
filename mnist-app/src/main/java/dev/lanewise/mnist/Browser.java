// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.awt.AWTError;
import java.awt.Desktop;
import java.awt.GraphicsEnvironment;
import java.io.IOException;
import java.net.URI;

/** The browser of the user, where there is one. */
final class Browser {
  private Browser() {}

  /**
   * Opens a page.
   *
   * @return whether that could be done; if not, the user has the address
   */
  static boolean open(URI page) {
    try {
      if (GraphicsEnvironment.isHeadless() || !Desktop.isDesktopSupported()) {
        return false;
      }
      Desktop desktop = Desktop.getDesktop();
      if (!desktop.isSupported(Desktop.Action.BROWSE)) {
        return false;
      }
      desktop.browse(page);
      return true;
    } catch (IOException | UnsupportedOperationException | AWTError e) { // as without a desktop
      return false;
    }
  }
}
