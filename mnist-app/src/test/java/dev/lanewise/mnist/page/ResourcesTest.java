// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The files of the page. */
final class ResourcesTest {
  private static final int MOST_BYTES = 300_000;

  private final Resources resources = new Resources();

  ResourcesTest() throws IOException {}

  private String text(String path) {
    return new String(resources.get(path).content(), StandardCharsets.UTF_8);
  }

  @Test
  void everyFileOfTheFolderIsListed() throws IOException, URISyntaxException {
    URL index = Resources.class.getResource("web/index.html");
    try (Stream<Path> files = Files.list(Path.of(index.toURI()).getParent())) {
      assertEquals(
          files.map(file -> file.getFileName().toString()).collect(Collectors.toSet()),
          java.util.Set.copyOf(Resources.FILES));
    }
  }

  @Test
  void thePageIsSmall() {
    assertTrue(resources.bytes() < MOST_BYTES, resources.bytes() + " bytes");
  }

  @Test
  void nothingElseCanBeHad() {
    for (String path :
        List.of("", "/..", "/../app.js", "/web/app.js", "/%2e%2e/x", "/app.js/", "//app.js")) {
      assertNull(resources.get(path), path);
    }
    assertEquals("text/html; charset=utf-8", resources.get("/").type());
  }

  @Test
  void nothingComesFromElsewhere() {
    Pattern elsewhere =
        Pattern.compile("(src|href|from|import|url\\()\\s*=?\\s*[\"'(]*(https?:)?//");
    for (String name : Resources.FILES) {
      assertFalse(elsewhere.matcher(text("/" + name)).find(), name);
    }
  }

  /** The equations of the page stand in the document that derives them, to the letter. */
  @Test
  void theEquationsAreThoseOfTheDocument() throws IOException {
    String document = Files.readString(Path.of("../docs/backprop.md"));
    String plain = document.replace("`", "");
    String script = text("/equations.js");
    Matcher equations =
        Pattern.compile("'([^']*)'").matcher(script.substring(0, script.indexOf("const whole")));
    TreeSet<String> missing = new TreeSet<>();
    int found = 0;
    while (equations.find()) {
      found++;
      if (!plain.contains(equations.group(1))) {
        missing.add(equations.group(1));
      }
    }
    assertTrue(found > 25, found + " equations");
    assertEquals(new TreeSet<>(), missing);
  }
}
