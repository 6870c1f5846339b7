// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static dev.lanewise.layers.DocumentPrograms.file;
import static java.net.http.HttpRequest.BodyPublishers.ofByteArray;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.models.Models;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs in docs/examples compile without a warning and do what is said of them. */
final class ExamplesTest {
  @TempDir Path folder;

  private DocumentPrograms programs() {
    return new DocumentPrograms(folder);
  }

  private void compileExample(String name) throws IOException {
    programs().compile(List.of(Files.readString(file("docs/examples/" + name + ".java"))));
  }

  @Test
  void trainFromArrays() throws Exception {
    compileExample("TrainFromArrays");
    List<String> lines = programs().run("TrainFromArrays").lines().toList();
    assertEquals("level", lines.getLast());
    assertEquals(2, lines.size());
    assertTrue(Double.parseDouble(lines.getFirst().substring("accuracy ".length())) > 0.95);
  }

  @Test
  void ownLayer() throws Exception {
    compileExample("OwnLayer");
    Path file = folder.resolve("own.safetensors");
    assertEquals("the same outputs\n", programs().run("OwnLayer", file.toString()));
  }

  @Test
  void pyTorchTransfer() throws Exception {
    compileExample("PyTorchTransfer");
    Network trained = Models.named("resnet20", Shape.of(32, 32, 3), 10);
    trained.initialize(1);
    Path weights = folder.resolve("resnet20.safetensors");
    ModelFile.save(trained.graph(), Map.of(), weights);
    for (int i = 0; i < 16; i++) {
      writePicture("dark", i, 40 + i);
      writePicture("light", i, 200 + i);
    }
    Path result = folder.resolve("transferred.safetensors");

    String printed =
        programs()
            .run(
                "PyTorchTransfer",
                weights.toString(),
                folder.resolve("pictures").toString(),
                result.toString());
    assertEquals("weights as they are\naccuracy 1.0\n", printed);
    Network transferred = Network.load(result);
    assertEquals(List.of("dark", "light"), transferred.preparation().classNames());
    assertEquals(2, transferred.outputShape().size());
    String frozen = "layer3.2.conv2.weight";
    assertArrayEquals(
        trained.parameters().get(frozen).value().data,
        transferred.parameters().get(frozen).value().data);
  }

  /** A picture of its class alone: one brightness. */
  private void writePicture(String name, int number, int brightness) throws IOException {
    BufferedImage image = new BufferedImage(40, 32, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 40 * 32; i++) {
      image.setRGB(i % 40, i / 40, brightness * 0x010101);
    }
    Path file = folder.resolve("pictures").resolve(name).resolve(number + ".png");
    Files.createDirectories(file.getParent());
    ImageIO.write(image, "png", file.toFile());
  }

  @Test
  void layerTimes() throws Exception {
    compileExample("LayerTimes");
    List<String> lines = programs().run("LayerTimes", "simple").lines().toList();
    List<String> layers = lines.stream().map(line -> line.replaceAll("  .*", "")).toList();
    assertEquals("layer", layers.getFirst());
    // The ReLU belongs to a layer beside it, Flatten changes nothing.
    assertTrue(layers.containsAll(List.of("0 conv2d", "2 max_pool2d", "4 dense")), lines::toString);
  }

  @Test
  void predictionServer() throws Exception {
    compileExample("PredictionServer");
    Network network =
        new Network(Shape.of(32, 40, 1), new Flatten(), new Dense(2)); // all zero: equal classes
    writePicture("any", 0, 99);
    byte[] picture = Files.readAllBytes(folder.resolve("pictures/any/0.png"));
    try (URLClassLoader loader = programs().loader();
        HttpClient client = HttpClient.newHttpClient()) {
      Method start =
          loader
              .loadClass("PredictionServer")
              .getDeclaredMethod("start", Predictor.class, int.class);
      start.setAccessible(true);
      HttpServer server = (HttpServer) start.invoke(null, new Predictor(network), 0);
      try {
        URI uri = URI.create("http://localhost:" + server.getAddress().getPort() + "/classify");
        HttpRequest.Builder to = HttpRequest.newBuilder(uri);
        assertEquals("200 class 0, 0.5000", send(client, to.POST(ofByteArray(picture))));
        assertEquals(
            "400 picture: is not a picture: it does not begin as a PNG, JPEG, BMP or GIF file",
            send(client, to.POST(ofByteArray(new byte[] {1, 2, 3}))));
        assertEquals(
            "413 a picture may have 1048576 bytes",
            send(client, to.POST(ofByteArray(new byte[(1 << 20) + 1]))));
        assertEquals("405 send a picture by POST", send(client, to.GET()));
      } finally {
        server.stop(0);
        ((ExecutorService) server.getExecutor()).shutdown();
      }
    }
  }

  private static String send(HttpClient client, HttpRequest.Builder request) throws Exception {
    HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
    return response.statusCode() + " " + response.body().strip();
  }
}
