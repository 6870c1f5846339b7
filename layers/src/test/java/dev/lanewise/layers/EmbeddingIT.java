// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.Backend;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.spi.ToolProvider;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The packaged jars in programs of others: on class path and module path, linked into an image,
 * packed into one jar, loaded twice, in small JVMs and under every collector. A program trains,
 * saves, loads and looks at a picture, to the same bits everywhere.
 */
final class EmbeddingIT {
  private static final String MODULE = "--add-modules=jdk.incubator.vector";

  private static final String PROGRAM =
      """
      package acme;

      import dev.lanewise.engine.Backend;
      import dev.lanewise.engine.run.WorkerTeam;
      import dev.lanewise.engine.shape.Window;
      import dev.lanewise.layers.*;
      import dev.lanewise.layers.data.*;
      import dev.lanewise.layers.graph.*;
      import dev.lanewise.layers.optim.Adam;
      import dev.lanewise.layers.train.Trainer;
      import java.nio.file.*;
      import java.util.Arrays;

      public class Program {
        public static void main(String[] args) throws Exception {
          System.out.println(Backend.description());
          System.out.println(result(args[0]));
        }

        public static String result(String picture) throws Exception {
          int count = 48;
          float[] images = new float[count * 12 * 12];
          int[] labels = new int[count];
          for (int i = 0; i < images.length; i++) {
            images[i] = (i * 7919L % 1009) / 1009f;
          }
          for (int i = 0; i < count; i++) {
            labels[i] = i % 3;
          }
          Network network =
              new Network(
                  Shape.of(12, 12, 1),
                  new Conv2d(16, Window.same(3)), new BatchNorm2d(), new Relu(), new MaxPool2d(2),
                  new Conv2d(32, Window.same(3)), new Relu(), new Dropout(0.1), new Flatten(),
                  new Dense(3));
          network.initialize(1);
          Trainer.of(network).optimizer(new Adam()).learningRate(0.01f).batchSize(16)
              .team(WorkerTeam.shared()).build()
              .fit(1, new FloatDataset(Shape.of(12, 12, 1), 3, images, labels));
          Path file = Files.createTempFile("program", ".safetensors");
          try {
            network.save(file);
            int bits = Arrays.hashCode(Files.readAllBytes(file));
            Predictor predictor = new Predictor(Network.load(file));
            float[] image = predictor.image(Picture.read(Path.of(picture)));
            return bits + " " + Arrays.toString(predictor.probabilities(image));
          } finally {
            Files.delete(file);
          }
        }
      }
      """;

  /** Loads the program and the libraries twice and runs both at once. */
  private static final String TWICE =
      """
      package acme;

      import java.net.*;
      import java.nio.file.Path;
      import java.util.ArrayList;
      import java.util.List;
      import java.util.concurrent.*;

      public class Twice {
        public static void main(String[] args) throws Exception {
          List<URL> urls = new ArrayList<>();
          for (String entry : System.getProperty("java.class.path").split(java.io.File.pathSeparator)) {
            urls.add(Path.of(entry).toUri().toURL());
          }
          List<Callable<String>> tasks = new ArrayList<>();
          List<URLClassLoader> loaders = new ArrayList<>();
          for (int i = 0; i < 2; i++) {
            URLClassLoader loader =
                new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
            loaders.add(loader);
            Class<?> program = loader.loadClass("acme.Program");
            tasks.add(() -> (String) program.getMethod("result", String.class).invoke(null, args[0]));
          }
          try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            for (Future<String> result : threads.invokeAll(tasks)) {
              System.out.println(result.get());
            }
          }
          for (URLClassLoader loader : loaders) {
            loader.close();
          }
        }
      }
      """;

  @TempDir static Path folder;

  /** The packaged engine and layers, and Jackson. */
  private static List<Path> jars;

  private static Path program;
  private static Path picture;

  /** What the program prints: of this JVM's back end, and in plain Java. */
  private static List<String> expected;

  private record Printed(List<String> out, List<String> err) {}

  @BeforeAll
  static void compile() throws Exception {
    jars = List.of(jar("lanewise-engine"), jar("lanewise-layers"), jar("jackson-core"));
    Path sources = Files.createDirectories(folder.resolve("sources"));
    program = folder.resolve("program");
    tool(
        "javac",
        "-d",
        program,
        "-Xlint:all,-incubating",
        "-Werror",
        "--module-path",
        path(jars),
        Files.writeString(sources.resolve("Program.java"), PROGRAM),
        Files.writeString(sources.resolve("Twice.java"), TWICE),
        Files.writeString(
            sources.resolve("module-info.java"), "module acme { requires dev.lanewise.layers; }"));
    picture = folder.resolve("picture.png");
    BufferedImage image = new BufferedImage(12, 12, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < 144; i++) {
      image.getRaster().setSample(i % 12, i / 12, 0, i);
    }
    ImageIO.write(image, "png", picture.toFile());

    Printed usual = java(MODULE, "-cp", classPath(), "acme.Program");
    assertEquals(List.of(), usual.err);
    assertEquals(2, usual.out.size(), usual::toString);
    assertEquals(Backend.description(), usual.out.getFirst());
    expected = usual.out;
  }

  /** The jar of the class path with this name; the project's own one is there once packaged. */
  private static Path jar(String name) {
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path file = Path.of(entry).toAbsolutePath();
      if (file.getFileName().toString().matches(name + "-[0-9].*[.]jar")) {
        return file;
      }
    }
    throw new AssertionError("no jar of " + name + " in " + System.getProperty("java.class.path"));
  }

  @Test
  void onTheModulePathWithoutAnyFlag() throws Exception {
    Printed printed =
        java("-p", path(jars) + File.pathSeparator + program, "-m", "acme/acme.Program");
    assertEquals(new Printed(expected, List.of()), printed);
  }

  @Test
  void inAnImageOfTheNeededModules() throws Exception {
    Path image = folder.resolve("image");
    tool(
        "jlink",
        "--module-path",
        path(jars) + File.pathSeparator + program,
        "--add-modules",
        "acme",
        "--strip-debug",
        "--output",
        image);
    Printed printed = run(image.resolve("bin").resolve("java"), "-m", "acme/acme.Program");
    assertEquals(new Printed(expected, List.of()), printed);
  }

  @Test
  void inOneJarWithAndWithoutTheIncubatorModule() throws Exception {
    Path all = folder.resolve("all.jar");
    pack(all);
    assertEquals(
        new Printed(expected, List.of()), java(MODULE, "-cp", all.toString(), "acme.Program"));

    Printed without = java("-cp", all.toString(), "acme.Program");
    assertEquals(expected.getLast(), without.out.getLast(), "the same bits");
    assertTrue(without.out.getFirst().startsWith("plain Java"), without::toString);
    List<String> warnings = without.err.stream().filter(s -> s.startsWith("WARNING: ")).toList();
    assertEquals(1, warnings.size(), without::toString);
    assertTrue(warnings.getFirst().contains("--add-modules jdk.incubator.vector"));
  }

  @Test
  void inTwoClassLoadersAtOnce() throws Exception {
    Printed printed = java(MODULE, "-cp", classPath(), "acme.Twice");
    assertEquals(new Printed(List.of(expected.getLast(), expected.getLast()), List.of()), printed);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-XX:ActiveProcessorCount=1 -Xmx64m", // with the collector Serial
        "-XX:+UseParallelGC", // the usual one of the others is G1
        "-XX:+UseZGC",
        "-XX:+UseShenandoahGC",
      })
  void inAnyJvm(String options) throws Exception {
    List<String> command = new ArrayList<>(List.of(options.split(" ")));
    command.addAll(List.of(MODULE, "-cp", classPath(), "acme.Program"));
    assertEquals(new Printed(expected, List.of()), java(command.toArray(String[]::new)));
  }

  private static String classPath() {
    return path(jars) + File.pathSeparator + program;
  }

  private static String path(List<Path> files) {
    return String.join(File.pathSeparator, files.stream().map(Path::toString).toList());
  }

  /** As programs that pack everything into one jar do: the first of equal names, no modules. */
  private static void pack(Path all) throws IOException {
    Set<String> names = new HashSet<>();
    try (OutputStream file = Files.newOutputStream(all);
        JarOutputStream out = new JarOutputStream(file)) {
      for (Path jar : jars) {
        try (JarFile in = new JarFile(jar.toFile())) {
          for (JarEntry entry : in.stream().toList()) {
            if (!entry.getName().endsWith("module-info.class") && names.add(entry.getName())) {
              out.putNextEntry(new JarEntry(entry.getName()));
              in.getInputStream(entry).transferTo(out);
            }
          }
        }
      }
      for (String name : List.of("acme/Program.class", "acme/Twice.class")) {
        out.putNextEntry(new JarEntry(name));
        Files.copy(program.resolve(name), out);
      }
    }
  }

  private static void tool(String name, Object... args) {
    StringWriter messages = new StringWriter();
    PrintWriter writer = new PrintWriter(messages);
    int code =
        ToolProvider.findFirst(name)
            .orElseThrow()
            .run(
                writer,
                writer,
                List.of(args).stream().map(Object::toString).toArray(String[]::new));
    assertEquals(0, code, messages::toString);
  }

  private static Printed java(String... options) throws Exception {
    return run(Path.of(System.getProperty("java.home"), "bin", "java"), options);
  }

  /** Runs the program, and returns its lines without the one that the JVM itself writes. */
  private static Printed run(Path java, String... options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(java.toString());
    command.addAll(List.of(options));
    command.add(picture.toString());
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.environment().remove("JDK_JAVA_OPTIONS");
    Process process = builder.start();
    try {
      assertTrue(process.waitFor(5, TimeUnit.MINUTES), "still running");
    } finally {
      process.destroyForcibly();
    }
    String errors = Files.readString(err);
    assertEquals(0, process.exitValue(), errors);
    return new Printed(
        Files.readAllLines(out),
        errors
            .lines()
            .filter(line -> !line.startsWith("WARNING: Using incubator modules"))
            .toList());
  }
}
