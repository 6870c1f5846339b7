package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.data.IdxFolder;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.train.Evaluation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The programs in the documents compile without a warning and do what is said of them: that in
 * README.md and in docs/training.md learn and save what they have learned, that in
 * docs/augmentation.md learns from changed images, and the layer in docs/architecture.md derives.
 */
final class ReadmeExampleTest {
  private static final int SIDE = 28;
  private static final int CLASSES = 10;

  @TempDir Path folder;

  @Test
  void theExampleCompilesAndRuns() throws Exception {
    compile(javaBlocks(root().resolve("README.md")));
    writeImages("train", 100);
    writeImages("t10k", 20);
    Path weights = folder.resolve("weights.safetensors");

    String printed = run("Example", folder.toString(), weights.toString());

    Network network = Network.load(weights);
    double accuracy =
        Evaluation.of(network, IdxFolder.read(folder).test(), WorkerTeam.single()).accuracy();
    List<String> lines = printed.lines().toList();
    assertEquals(network.summary().lines().toList(), lines.subList(0, lines.size() - 2));
    assertEquals(
        List.of("accuracy " + accuracy, "10 classes"),
        lines.subList(lines.size() - 2, lines.size()));
    assertTrue(accuracy > 0.9, () -> "accuracy " + accuracy);
  }

  @Test
  void theAugmentedTrainingCompilesAndRuns() throws Exception {
    compile(javaBlocks(root().resolve("docs/augmentation.md")));
    writeImages("train", 1000);
    writeImages("t10k", 20);
    String printed = run("Augmented", folder.toString());
    // The heights that tell the classes apart are shifted: more than a guess is enough.
    assertTrue(printed.startsWith("accuracy "), printed);
    assertTrue(Double.parseDouble(printed.strip().substring(9)) > 0.2, printed);
  }

  @Test
  void theTrainingWithEveryChoiceCompilesAndRuns() throws Exception {
    compile(javaBlocks(root().resolve("docs/training.md")));
    writeImages("train", 300);
    writeImages("t10k", 50);
    Path weights = folder.resolve("digits.safetensors");
    String printed = run("Digits", folder.toString(), "4", weights.toString());
    // The heights that tell the classes apart are shifted: more than a guess is enough.
    double accuracy = Double.parseDouble(printed.strip().substring("accuracy ".length()));
    assertTrue(accuracy > 0.2, printed);
    Network network = Network.load(weights);
    assertEquals(
        accuracy,
        Evaluation.of(network, IdxFolder.read(folder).test(), WorkerTeam.single()).accuracy(),
        "the file says how images are prepared");
  }

  /**
   * The layer passes the check beside it; with a mistake it does not, and the document shows how.
   */
  @Test
  void theLayerOfOnesOwnCompilesAndDerives() throws Exception {
    Path document = root().resolve("docs/architecture.md");
    List<String> blocks = javaBlocks(document);
    compile(blocks);
    assertEquals("", run("ScaleCheck"));
    try (URLClassLoader loader = loader()) {
      Layer layer = (Layer) loader.loadClass("Scale").getConstructor().newInstance();
      Node node = Node.alone(layer, new RandomStream(1), Shape.of(2, 1, 3));
      assertEquals(1f, node.parameters().get(0).value().data[2]);
      assertEquals(Shape.of(2, 1, 3), node.shape());
    }

    String right = " * f.data[f.offset + i % f.size()];\n      }\n    }\n\n    /** {@code df";
    assertTrue(blocks.get(0).contains(right));
    compile(
        List.of(blocks.get(0).replace(right, right.substring(right.indexOf(';'))), blocks.get(1)));
    Throwable wrong =
        assertThrows(InvocationTargetException.class, () -> run("ScaleCheck")).getCause();
    assertTrue(
        Files.readString(document).contains("\n" + wrong.getMessage() + "\n"), wrong::toString);
  }

  /** The root of the repository, whatever module the tests run in. */
  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("README.md"))) {
      folder = folder.getParent();
      assertTrue(folder != null, "no README.md above " + Path.of("").toAbsolutePath());
    }
    return folder;
  }

  private static List<String> javaBlocks(Path document) throws IOException {
    return Pattern.compile("^```java\\R(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
        .matcher(Files.readString(document))
        .results()
        .map(block -> block.group(1))
        .toList();
  }

  /** Compiles blocks of Java, each a public class. */
  private void compile(List<String> blocks) throws IOException {
    List<Path> sources = new ArrayList<>();
    for (String block : blocks) {
      Matcher name =
          Pattern.compile("^public (?:final )?class (\\w+)", Pattern.MULTILINE).matcher(block);
      assertTrue(name.find(), block);
      sources.add(Files.writeString(folder.resolve(name.group(1) + ".java"), block));
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    List<String> options =
        List.of(
            "-d",
            folder.toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "-Xlint:all",
            "-Werror");
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      boolean compiled =
          compiler
              .getTask(
                  messages, files, null, options, null, files.getJavaFileObjectsFromPaths(sources))
              .call();
      assertTrue(compiled, messages::toString);
    }
  }

  /** Ten kinds of images, a bright bar each at a height of its own, in the files of MNIST. */
  private void writeImages(String name, int count) throws IOException {
    ByteBuffer images = ByteBuffer.allocate(16 + count * SIDE * SIDE);
    images.putInt(0x0803).putInt(count).putInt(SIDE).putInt(SIDE);
    ByteBuffer labels = ByteBuffer.allocate(8 + count);
    labels.putInt(0x0801).putInt(count);
    for (int i = 0; i < count; i++) {
      int label = i % CLASSES;
      labels.put((byte) label);
      for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
          boolean bright = y / 2 == label + 2 && x >= i / CLASSES;
          images.put((byte) (bright ? 255 : (x * y) % 7));
        }
      }
    }
    Files.write(folder.resolve(name + "-images-idx3-ubyte"), images.array());
    Files.write(folder.resolve(name + "-labels-idx1-ubyte"), labels.array());
  }

  private URLClassLoader loader() throws IOException {
    URL[] classes = {folder.toUri().toURL()};
    return new URLClassLoader(classes, ReadmeExampleTest.class.getClassLoader());
  }

  /** Runs a compiled program and returns what it prints. */
  private String run(String name, String... args) throws Exception {
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try (URLClassLoader loader = loader();
        PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
      System.setOut(out);
      Object arguments = args;
      loader.loadClass(name).getMethod("main", String[].class).invoke(null, arguments);
    } finally {
      System.setOut(before);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }
}
