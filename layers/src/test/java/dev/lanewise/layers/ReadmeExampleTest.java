package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.Window;
import dev.lanewise.engine.WorkerTeam;
import dev.lanewise.engine.Workspace;
import dev.lanewise.layers.data.IdxFolder;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.train.Evaluation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
 * README.md learns and saves what it has learned, and the layer in docs/architecture.md derives.
 */
final class ReadmeExampleTest {
  private static final int SIDE = 28;
  private static final int CLASSES = 10;

  @TempDir Path folder;

  @Test
  void theExampleCompilesAndRuns() throws Exception {
    compile("Example", root().resolve("README.md"));
    writeImages("train", 100);
    writeImages("t10k", 20);
    Path weights = folder.resolve("weights.safetensors");

    String printed = run(folder.toString(), weights.toString());

    Network network =
        new Network(
            new Shape(SIDE, SIDE, 1),
            new Conv2d(1, 8, Window.same(3)),
            new Relu(),
            new MaxPool2d(2),
            new Flatten(),
            new Dense(14 * 14 * 8, CLASSES));
    ModelFile.load(network, weights);
    double accuracy =
        Evaluation.of(network, IdxFolder.read(folder).test(), WorkerTeam.single()).accuracy();
    assertEquals("accuracy " + accuracy, printed.strip());
    assertTrue(accuracy > 0.9, () -> "accuracy " + accuracy);
  }

  /**
   * L = sum of dy * y is linear in the input and in the factors: on integers a difference of one is
   * the exact derivative.
   */
  @Test
  void theLayerOfOnesOwnCompilesAndDerives() throws Exception {
    compile("Scale", root().resolve("docs/architecture.md"));
    try (URLClassLoader loader = loader()) {
      checkScale((Layer) loader.loadClass("Scale").getConstructor(int.class).newInstance(3));
    }
  }

  private static void checkScale(Layer layer) {
    Shape shape = new Shape(2, 1, 3);
    layer.initialize(new RandomStream(1));
    Parameter factor = layer.parameters().get(0);
    assertEquals(1f, factor.value().data[2]);
    fill(factor.value(), 2, 3, 5);
    Tensor x = fill(Tensor.zeros(2, shape), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    Tensor dy = fill(Tensor.zeros(2, shape), 3, -1, 4, -1, 5, -9, 2, 6, -5, 3, 5, -8);
    Tensor y = Tensor.zeros(2, shape);
    Tensor dx = fill(Tensor.zeros(2, shape), 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9);
    Layer.Pass pass =
        layer.newPass(layer.outputShape(shape), 2, new Workspace(WorkerTeam.single()));

    pass.forward(2, x, y);
    pass.backward(2, x, y, dy, dx);
    pass.backward(2, x, y, dy, null); // gradients of parameters add up

    for (int i = 0; i < x.size(); i++) {
      assertEquals(difference(pass, x, i, x, y, dy), dx.data[i], "dx " + i);
    }
    for (int c = 0; c < 3; c++) {
      float expected = 2 * difference(pass, factor.value(), c, x, y, dy);
      assertEquals(expected, factor.grad().data[c], "gradient of factor " + c);
    }
    assertThrows(IllegalArgumentException.class, () -> layer.outputShape(new Shape(2, 1, 4)));
  }

  private static Tensor fill(Tensor tensor, float... values) {
    assertEquals(values.length, tensor.size());
    System.arraycopy(values, 0, tensor.data, tensor.offset, values.length);
    return tensor;
  }

  /** What L gains if element i of a tensor grows by one. */
  private static float difference(
      Layer.Pass pass, Tensor tensor, int i, Tensor x, Tensor y, Tensor dy) {
    float before = loss(pass, x, y, dy);
    tensor.data[i]++;
    float after = loss(pass, x, y, dy);
    tensor.data[i]--;
    return after - before;
  }

  private static float loss(Layer.Pass pass, Tensor x, Tensor y, Tensor dy) {
    pass.forward(2, x, y);
    float sum = 0;
    for (int i = 0; i < y.size(); i++) {
      sum += dy.data[i] * y.data[i];
    }
    return sum;
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

  private static String javaBlock(Path document) throws IOException {
    String markdown = Files.readString(document);
    Matcher blocks =
        Pattern.compile("^```java\\R(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
            .matcher(markdown);
    List<String> found = blocks.results().map(block -> block.group(1)).toList();
    assertEquals(1, found.size(), "blocks of Java in " + document);
    return found.get(0);
  }

  /** Compiles the one block of Java in a document. */
  private void compile(String name, Path document) throws IOException {
    Path source = folder.resolve(name + ".java");
    Files.writeString(source, javaBlock(document));
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
              .getTask(messages, files, null, options, null, files.getJavaFileObjects(source))
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

  /** Runs the compiled program and returns what it prints. */
  private String run(String... args) throws Exception {
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try (URLClassLoader loader = loader();
        PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
      System.setOut(out);
      Object arguments = args;
      loader.loadClass("Example").getMethod("main", String[].class).invoke(null, arguments);
    } finally {
      System.setOut(before);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }
}
