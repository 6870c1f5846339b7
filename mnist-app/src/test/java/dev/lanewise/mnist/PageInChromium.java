// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.models.Models;
import dev.lanewise.mnist.page.PageServer;
import dev.lanewise.mnist.page.Sources;
import dev.lanewise.onnx.Onnx;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * The page in a real browser: {@code mvn -Pbrowser}. Takes the pictures of the documents on its
 * way.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PageInChromium {
  private static final int MOST_PICTURE = 150_000;
  private static final int MOST_LOAD = 300_000;
  private static final double LOAD_MILLIS = 500;
  private static final double STROKE_MILLIS = 50;

  /** A 3, in hundredths of the pad. */
  private static final double[] THREE = {
    30, 25, 40, 18, 52, 17, 62, 23, 65, 33, 59, 43, 47, 48, 59, 52, 67, 61, 65, 73, 55, 81, 42, 82,
    30, 76
  };

  /** As {@code text.js} writes a number. */
  private static final String NUMBER =
      "(cell) => Number(cell.innerText.replaceAll('\\u2212', '-').replace(/[^-0-9.e]/g, ''))";

  /** The numbers of a column of a table, by a selector and from 0. */
  private static final String COLUMN =
      "[...document.querySelectorAll('%s tbody tr')].map((row) => (" + NUMBER + ")(row.cells[%d]))";

  /** Whether dz is p - onehot in each row, and all of it 0 together, as far as digits are shown. */
  private static final String LOGITS_ARE_RIGHT =
      """
      (() => {
        document.querySelectorAll('#backward .path button')[1].click();
        const rows = [...document.querySelectorAll('#backward tbody tr')].map((row) =>
          [...row.cells].map(NUMBER));
        document.querySelectorAll('#backward .path button')[0].click();
        return rows.length === 10 && Math.abs(rows.reduce((sum, row) => sum + row[3], 0)) < 0.001
          && rows.every(([digit, p, one, dz]) =>
            one === (digit === 8 ? 1 : 0) && Math.abs(p - one - dz) < 0.001);
      })()"""
          .replace("NUMBER", NUMBER);

  private static final String LAYERS = "document.querySelectorAll('#forward .layer').length";

  /** Whether there are several colours in a canvas. */
  private static final String IS_PAINTED =
      """
      (() => {
        const c = document.querySelector('%s');
        const data = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        return new Set(new Int32Array(data.buffer)).size > 5;
      })()""";

  private final Path pictures = Path.of(System.getProperty("pictures", "target/pictures"));
  private PageServer server;
  private Chromium browser;
  private Network network;

  @TempDir Path folder;

  /** As picocli fills the options of the command. */
  @Command
  static final class Options {
    @Mixin DataOptions data;
    @Mixin CommonOptions common;
  }

  @BeforeAll
  void start(@TempDir Path profile) throws Exception {
    Path program =
        Chromium.find()
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "no Chromium on the path: 'apt-get install chromium', or -Dchromium=FILE"));
    Options options = new Options();
    Main.commandLine(options).parseArgs("--data", "procedural");
    server = new PageServer("127.0.0.1", 0);
    try (WorkerTeam team = new WorkerTeam(WorkerTeam.sizeFor(2))) {
      network = StartNetwork.train(team, line -> {});
      Sources.Start start = new Sources.Start("simple", StartNetwork.ORIGIN, network);
      server.start(new PageSources(start, options.data, options.common));
    }
    browser = new Chromium(program, Files.createDirectory(profile.resolve("profile")));
    Files.createDirectories(pictures);
  }

  @AfterAll
  void end() {
    browser.close();
    server.close();
  }

  @BeforeEach
  void open() throws Exception {
    browser.size(1280, 900, false);
    browser.dark(false);
    browser.open(server.address());
    browser.await("document.body?.dataset.ready");
  }

  @AfterEach
  void theConsoleIsEmpty() {
    assertEquals(List.of(), browser.complaints());
  }

  private double[] corner(String selector) throws Exception {
    JsonNode box =
        browser.evaluate(
            "(() => { const e = document.querySelector('%s'); e.scrollIntoView({block: 'center'});"
                    .formatted(selector)
                + " const b = e.getBoundingClientRect(); return [b.left, b.top, b.width]; })()");
    return new double[] {box.get(0).asDouble(), box.get(1).asDouble(), box.get(2).asDouble()};
  }

  /** Draws a line as a hand does, in small steps. */
  private void draw(double... points) throws Exception {
    double[] pad = corner("#pad");
    double scale = pad[2] / 100;
    browser.mouse("Pressed", pad[0] + points[0] * scale, pad[1] + points[1] * scale);
    for (int i = 2; i < points.length; i += 2) {
      for (int part = 1; part <= 4; part++) {
        double x = points[i - 2] + (points[i] - points[i - 2]) * part / 4;
        double y = points[i - 1] + (points[i + 1] - points[i - 1]) * part / 4;
        browser.mouse("Moved", pad[0] + x * scale, pad[1] + y * scale);
      }
    }
    double x = points[points.length - 2] * scale;
    browser.mouse("Released", pad[0] + x, pad[1] + points[points.length - 1] * scale);
  }

  private void awaitAnswer(String digit) throws Exception {
    browser.await("document.querySelector('#answer .best span')?.innerText === '" + digit + "'");
  }

  private void click(String selector) throws Exception {
    double[] at = corner(selector);
    browser.mouse("Pressed", at[0] + 5, at[1] + 5);
    browser.mouse("Released", at[0] + 5, at[1] + 5);
  }

  private void tab(String name) throws Exception {
    click("#tab-" + name);
    browser.await("!document.querySelector('#" + name + "').hidden");
  }

  private void picture(String name) throws Exception {
    browser.evaluate("document.activeElement?.blur(); scrollTo(0, 0)");
    Thread.sleep(300); // what moves comes to rest
    byte[] png = browser.picture();
    assertTrue(png.length < MOST_PICTURE, name + " has " + png.length + " bytes");
    Files.write(pictures.resolve(name + ".png"), png);
  }

  @Test
  void theFirstLoadIsSmallAndQuick() throws Exception {
    JsonNode load =
        browser.evaluate(
            """
            (() => {
              const all = [...performance.getEntriesByType('navigation'),
                ...performance.getEntriesByType('resource')];
              return {bytes: all.reduce((sum, e) => sum + e.encodedBodySize, 0),
                millis: performance.getEntriesByType('navigation')[0].loadEventEnd};
            })()""");
    System.out.printf(
        Locale.ROOT, "first load: %s bytes, %s ms%n", load.get("bytes"), load.get("millis"));
    assertTrue(load.get("bytes").asInt() < MOST_LOAD, load.toString());
    assertTrue(load.get("millis").asDouble() < LOAD_MILLIS, load.toString());
  }

  @Test
  void theAnswerFollowsTheStroke() throws Exception {
    for (int i = 0; i < 6; i++) { // the first ones warm up Java and the browser
      draw(THREE);
      awaitAnswer("3");
      if (i == 2) {
        browser.evaluate("performance.clearMeasures()");
      }
      click("#clear");
      browser.await("!document.querySelector('#answer .best')");
    }
    JsonNode millis =
        browser.evaluate(
            "performance.getEntriesByName('stroke to pixels').map(e => e.duration)"
                + ".sort((a, b) => a - b)");
    double p95 = millis.get((int) Math.ceil(0.95 * millis.size()) - 1).asDouble();
    System.out.printf(
        Locale.ROOT,
        "stroke to pixels: median %.1f ms, 95 %% within %.1f ms, of %d%n",
        millis.get(millis.size() / 2).asDouble(),
        p95,
        millis.size());
    assertTrue(millis.size() > 30, millis.size() + " strokes");
    assertTrue(p95 < STROKE_MILLIS, millis.toString());
  }

  @Test
  void aUnitShowsItsMultiplication() throws Exception {
    draw(THREE);
    awaitAnswer("3");
    String canvas = "#forward .layer:nth-of-type(2) canvas";
    double[] map = corner(canvas); // 28 x 28 pixels of 3 each, and a gap
    browser.mouse("Pressed", map[0] + 3 * (29 * 2 + 14) + 1, map[1] + 3 * 5 + 1);
    browser.mouse("Released", map[0] + 3 * (29 * 2 + 14) + 1, map[1] + 3 * 5 + 1);
    browser.await("document.querySelector('#forward .panel .sum')");

    String panel = browser.text("#forward .panel");
    assertTrue(panel.startsWith("y[5,14,2] = "), panel);
    assertTrue(panel.contains("y[n,oy,ox,oc] = bias[oc] + sum over ky,kx,c"), panel);
    assertTrue(panel.contains("sum of 9 products"), panel);
    JsonNode adds =
        browser.evaluate(
            """
            (() => {
              const numbers = (table) => [...table.querySelectorAll('td')].map((td) =>
                Number(td.innerText.replace('\\u2212', '-')));
              const [x, w, p] = [...document.querySelectorAll('#forward .panel .patch')].map(numbers);
              return p.every((value, i) => Math.abs(value - x[i] * w[i]) < 0.01);
            })()""");
    assertTrue(adds.asBoolean());
    assertTrue(
        browser
            .evaluate("!document.querySelector('#forward .layer .mark.from').hidden")
            .asBoolean());
    picture("page-forward");
  }

  @Test
  void theWayBackGoesFromTheLossToTheUpdate() throws Exception {
    draw(THREE);
    awaitAnswer("3");
    tab("backward");
    browser.await("document.querySelector('#backward h3')?.innerText.startsWith('Loss = ')");
    browser.evaluate("document.querySelector('#backward input[value=\"8\"]').click()");
    browser.await("document.querySelector('#backward tr.right th')?.innerText === '8'");
    double before = Double.parseDouble(browser.text("#backward h3").replaceAll("[^0-9.]", ""));
    assertTrue(before > 0.1, "loss " + before);

    assertTrue(browser.evaluate(LOGITS_ARE_RIGHT).asBoolean());

    List<String> titles = new ArrayList<>();
    String next = "#backward .stepper button.main";
    do {
      titles.add(browser.text("#backward [aria-current=step]"));
      if (titles.getLast().endsWith("Conv2d")) {
        browser.await("document.querySelectorAll('#backward .tiles canvas').length === 4");
        click("#backward .layer:nth-of-type(2) canvas"); // dWeight
        browser.await("document.querySelector('#backward .panel .sum')");
        String panel = browser.text("#backward .panel");
        assertTrue(panel.startsWith("dWeight[0,0,0,0] = "), panel);
        assertTrue(panel.contains("sum of 784 products"), panel);
        picture("page-backward");
      }
      click(next);
      Thread.sleep(30);
    } while (!browser.evaluate("document.querySelector('" + next + "').disabled").asBoolean());
    titles.add(browser.text("#backward [aria-current=step]"));
    assertEquals(
        List.of(
            "Loss",
            "dLogits",
            "4 Dense",
            "3 Flatten",
            "2 MaxPool2d",
            "1 Relu",
            "0 Conv2d",
            "Image",
            "Update"),
        titles);
    assertTrue(browser.evaluate("!document.querySelector('#saliency-figure').hidden").asBoolean());
    assertTrue(browser.evaluate(IS_PAINTED.formatted("#saliency")).asBoolean());

    JsonNode lengths = browser.evaluate(COLUMN.formatted("#backward table", 4));
    click("#apply");
    browser.await("document.querySelector('#change')");
    JsonNode changes = browser.evaluate(COLUMN.formatted("#change .columns > :last-child", 1));
    assertEquals(4, lengths.size()); // of both weights and both biases
    for (int i = 0; i < 4; i++) {
      double expected = lengths.get(i).asDouble();
      assertEquals(expected, changes.get(i).asDouble(), 0.01 * expected, "rounded as shown");
    }
    String change = browser.text("#change h3");
    String[] losses = change.replaceAll("[^0-9.→]", "").split("→");
    assertTrue(Double.parseDouble(losses[1]) < Double.parseDouble(losses[0]), change);
    assertTrue(browser.text("#network-line").contains("1 step made here"));
  }

  private void train(int threads) throws Exception {
    browser.evaluate(
        "(() => { const f = document.querySelector('#choices').elements;"
            + " f.epochs.value = 3; f.images.value = 4000; f.threads.value = "
            + threads
            + "; })()");
    int runs = browser.evaluate("document.querySelectorAll('#epochs tbody tr').length").asInt();
    click("#training button[type=submit]");
    browser.await(
        "document.querySelector('#training-state').dataset.state !== 'done' || " + (runs == 0));
    browser.await("document.querySelector('#training-state').dataset.state === 'done'");
    browser.await("document.querySelectorAll('#epochs tbody tr').length === 4");
  }

  @Test
  void aTrainingHasTheSameHashesForAnyNumberOfThreads() throws Exception {
    tab("training");
    train(1);
    String hash = browser.text("#epochs tbody tr:last-child .hash");
    assertTrue(hash.matches("[0-9a-f]{16}"), hash);
    train(WorkerTeam.sizeFor(2));
    assertEquals(hash, browser.text("#epochs tbody tr:last-child .hash"));
    assertTrue(browser.text("#epochs tbody tr:last-child td:last-child").startsWith("run 1"));
    picture("page-training");
    click("#training .buttons button:last-child");
    browser.await(
        "document.querySelector('#network-line').innerText.includes('trained on this page')");
  }

  /** Fills in the form of the training. */
  private void choose(String field, Object value) throws Exception {
    browser.evaluate(
        "(() => { const f = document.querySelector('#choices').elements['%s']; f.value = '%s';"
                .formatted(field, value)
            + " f.dispatchEvent(new Event('change', {bubbles: true})); })()");
  }

  private void awaitTraining(String state) throws Exception {
    browser.await("document.querySelector('#training-state').dataset.state === '" + state + "'");
  }

  @Test
  void aTrainingOfOnesOwnIsPausedAndGoesOnToTheSameHash() throws Exception {
    tab("training");
    choose("model", "your own");
    choose("layers", "conv 4, relu, pool 4, dense");
    choose("optimizer", "adam");
    assertEquals(
        "0.001",
        browser.evaluate("document.querySelector('#choices').elements.rate.value").asText());
    choose("rate", 0.004);
    choose("batch", 20);
    choose("epochs", 40);
    choose("images", 3000);
    String start = "#training button[type=submit]";
    String pause = "#training .buttons button:nth-child(2)";
    String rows = "document.querySelectorAll('#epochs tbody tr').length";
    String hash = "#epochs tbody tr:last-child .hash";
    click(start);
    browser.await(rows + " > 1");
    click(pause);
    awaitTraining("paused");
    Thread.sleep(200); // what was under way arrives
    int epochs = browser.evaluate(rows).asInt();
    assertTrue(epochs < 41, "paused too late");
    Thread.sleep(500);
    assertEquals(epochs, browser.evaluate(rows).asInt());
    assertEquals("Resume", browser.text(pause));
    click(pause);
    awaitTraining("done");
    browser.await(rows + " === 41");
    String paused = browser.text(hash);
    assertTrue(
        browser.evaluate("document.querySelectorAll('.chart .curve').length > 1").asBoolean());
    click(start);
    browser.await(rows + " < 41");
    awaitTraining("done");
    browser.await(rows + " === 41");
    assertEquals(paused, browser.text(hash));

    choose("layers", "conv 4, rellu, dense");
    click(start);
    awaitTraining("failed");
    String said = browser.text("#training-state");
    assertTrue(said.contains("'rellu' at character 9: there is no such layer"), said);
  }

  /** As a file that is let go above the page. */
  private void drop(String name, String type, byte[] content) throws Exception {
    browser.evaluate(
        """
        (() => {
          const bytes = Uint8Array.from(atob('%s'), (c) => c.charCodeAt(0));
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([bytes], '%s', {type: '%s'}));
          document.body.dispatchEvent(
            new DragEvent('drop', {dataTransfer, bubbles: true, cancelable: true}));
        })()"""
            .formatted(Base64.getEncoder().encodeToString(content), name, type));
  }

  @Test
  void anOnnxModelAnswersAndGoesBackAsTheNetworkThatItWas() throws Exception {
    browser.evaluate("document.querySelector('#pad').focus()");
    browser.key("3"); // all of it at once, so that there is one answer
    awaitAnswer("3");
    String expected = browser.text("#answer");
    int layers = browser.evaluate(LAYERS).asInt();
    Path file = folder.resolve("digits.onnx");
    Onnx.write(network, file, 17);
    tab("network");
    drop("digits.onnx", "", Files.readAllBytes(file));
    browser.await("document.querySelector('#network h2').innerText === 'digits.onnx'");
    String diagram = browser.text("#network .diagram");
    assertTrue(diagram.contains("Conv2d") && diagram.contains("8 maps of 28"), diagram);
    assertTrue(browser.text("#network-line").startsWith("digits.onnx, "));
    browser.await("document.querySelector('#answer .best span')?.innerText === '3'");
    assertEquals(expected, browser.text("#answer"));
    tab("forward");
    assertEquals(layers, browser.evaluate(LAYERS).asInt());
    tab("backward");
    browser.await("document.querySelector('#backward h3')?.innerText.startsWith('Loss = ')");
    browser.evaluate("[...document.querySelectorAll('#backward .path button')].at(-1).click()");
    click("#apply");
    browser.await("document.querySelector('#change')");
    assertTrue(browser.text("#network-line").contains("1 step made here"));

    drop("one.png", "image/png", Files.readAllBytes(one()));
    browser.await("document.querySelector('#note').innerText.startsWith('Dark on light')");
    awaitAnswer("1");
    drop("one.onnx", "", Files.readAllBytes(one()));
    browser.await("document.querySelector('#trouble').innerText.includes('one.onnx')");
    assertTrue(browser.forget("status of 422"));
  }

  /** A picture of a 1 with a pen on paper. */
  private Path one() throws Exception {
    BufferedImage picture = new BufferedImage(90, 120, BufferedImage.TYPE_INT_RGB);
    picture.createGraphics().fillRect(0, 0, 90, 120); // white
    for (int y = 20; y < 100; y++) {
      for (int x = 42; x < 48; x++) {
        picture.setRGB(x, y, 0);
      }
    }
    Path png = folder.resolve("digit.png");
    ImageIO.write(picture, "png", png.toFile());
    return png;
  }

  @Test
  void otherNetworksAndPicturesComeFromFiles() throws Exception {
    Network network = Models.complex(Shape.of(28, 28, 1), 10);
    network.initialize(2);
    Path file = folder.resolve("other.safetensors");
    network.save(file);
    tab("network");
    browser.file("#model-file", file);
    browser.await("document.querySelector('#network h2').innerText === 'other.safetensors'");
    assertEquals(15, browser.evaluate("document.querySelectorAll('#network li').length").asInt());

    Path png = one();
    browser.file("#picture", png);
    browser.await(
        "document.querySelector('#note').innerText.startsWith('Dark on light: inverted.')");
    browser.file("#model-file", png);
    browser.await("document.querySelector('#trouble').innerText.includes('digit.png')");
    assertTrue(browser.forget("status of 422")); // the browser notes what the page has told
  }

  @Test
  void everythingCanBeDoneByKeys() throws Exception {
    browser.evaluate("document.querySelector('#pad').focus()");
    browser.key("7");
    awaitAnswer("7");
    browser.key("Delete");
    browser.await("!document.querySelector('#answer .best')");
    browser.key(" ");
    browser.key("ArrowDown");
    browser.key("ArrowDown");
    browser.await("document.querySelector('#answer .best')");
    browser.evaluate("document.querySelector('#forward .layer:nth-of-type(2) canvas').focus()");
    browser.key("ArrowRight");
    browser.key("PageDown");
    browser.await("document.querySelector('#status').innerText.startsWith('y[0,1,1] = ')");
    browser.key("Enter");
    browser.await("document.querySelector('#forward .panel h4')?.innerText.startsWith('y[0,1,1]')");
    browser.evaluate("document.querySelector('#tab-forward').focus()");
    browser.key("ArrowRight");
    browser.await("!document.querySelector('#backward').hidden");
  }

  @Test
  void axeFindsNoFault() throws Exception {
    browser.evaluate("document.querySelector('#pad').focus()");
    browser.key("5");
    awaitAnswer("5");
    browser.loadAxe();
    for (boolean dark : new boolean[] {false, true}) {
      browser.dark(dark);
      for (boolean phone : new boolean[] {false, true}) {
        browser.size(phone ? 390 : 1280, phone ? 844 : 900, phone);
        for (String tab : List.of("forward", "backward", "training", "network")) {
          browser.evaluate("document.querySelector('#tab-" + tab + "').click()");
          int steps = tab.equals("backward") ? 9 : 1;
          for (int i = 0; i < steps; i++) {
            if (tab.equals("backward")) {
              browser.evaluate(
                  "document.querySelectorAll('#backward .path button')[" + i + "]?.click()");
            }
            Thread.sleep(100);
            browser.requireNoFault("%s, step %d, dark %b, phone %b".formatted(tab, i, dark, phone));
          }
        }
        if (dark && phone) {
          browser.evaluate("document.querySelector('#tab-forward').click()");
          picture("page-phone");
        }
      }
    }
  }
}
