// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.lanewise.engine.Backend;
import dev.lanewise.layers.augment.BatchTransform;
import dev.lanewise.layers.data.Transform;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.loss.Loss;
import dev.lanewise.layers.optim.ClipByNorm;
import dev.lanewise.layers.optim.ClipByValue;
import dev.lanewise.layers.optim.Optimizer;
import dev.lanewise.layers.optim.ParameterGroups;
import dev.lanewise.layers.train.TrainedBits.Length;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each training run of {@link TrainedBits} has one SHA-256: in JVMs with any number of threads,
 * width of vectors, compiler and back end, and, since the hashes are written down here, on every
 * machine.
 *
 * <p>An ordinary build starts a few JVMs; {@code -Dlanewise.matrix=true} (the profile {@code
 * matrix}) starts all of them and writes {@code target/jvm-matrix.md}.
 */
final class TrainedBitsTest {
  /** They may change only with an algorithm or with the run itself, never with a way to compute. */
  private static final Map<Length, List<String>> EXPECTED =
      Map.of(
          Length.LONG,
          List.of(
              "simple Sgd dab62d6c577e9ab334bfad60dca6608e02553e18e1a4443463fb9c2735842b70",
              "complex Sgd bdd861cfc691e10a4226bccb859466df008019fd9cf2db769aab1a27d52f76fd",
              "odd Sgd aca900975a01db65fcc63d84c24d267d83d5d0e8817f3c06e2ad6d86900b175e",
              "add Sgd 1ff76277052cfff5ddf27d751822709d0672cb0e1db6e0467869fb06d1b412b5",
              "batch_norm2d Sgd f8849c5bee592d211bf1dbc5991d204c925dea370a12e18c50064051268d32b7",
              "channel_pad Sgd 1426bd961162e3ccb8055ec272cf22abcbee1e30da8e0de6e538808bf02f7a0c",
              "concatenate Sgd a0ab80dadfcabb93c7cf76946ba0e75971cebfd91555d9a94b9e0261eeaec06c",
              "conv2d Sgd fdfc10b2fdde6d7b899aa7daf62ae8c1f5d1962d7ac9f0428343235c6136b9de",
              "conv_transpose2d Sgd ce22d38392fd10fd60283aefef148bfd178209fccdf5cc3ab237cbe1492697bd",
              "gelu Sgd f35a5b1363bdb9412aa7c89f31d716d8d330131287c38f83865bc35ca10c4744",
              "group_norm Sgd 38c86b868e901e6c69999daad7eb945a0994168982c33c86d9f243c472147daa",
              "multiply Sgd 39cf1ba65786c5c2bb4f605ae9bdfed566c9b77c313ec4496ebffb54785b73ee",
              "stochastic_depth Sgd 4c91c1ddb2dd8c1721f52aa799f6762dac0a36cf00c92f9cb0b2f2276931058d",
              "upsample2d Sgd 7ef7c76d6c2a702db782a3b3111c6c68dcdd8689dce026c030b242abc7ab7637",
              "simple Adam 12444d4a95251065492e8f6a36c8d2021a25812cf15f4df2c24a80137d0ee87f",
              "complex Adam 39f65c69049647a8abf26e3b5925b17165146b0b158f63240c4057aa384d218e",
              "odd Adam b7d86342cfbe4c201ecca88ee9f87636b2764f818d83eb4b9a97f4f4c1d8a2a8",
              "add Adam 9d48a0f22242fd8a7b645110eff2659fb0fdf5140f549719277c96d33ef23d69",
              "batch_norm2d Adam 387e5fe79fe3697b25932ca739221d7e4fa06b9d54c1a8972285f950ad934855",
              "channel_pad Adam 3ede9a0da64394c17bd7ad8469c4d85af4996ccc5f45165575ec9a817bf9440d",
              "concatenate Adam 07149cb61e5e16ed2219765f13962b0ba0695cf566c771af83cb7afc22116e25",
              "conv2d Adam 50c9c675852faa00cc3177d29c62810ea5aeb21bd3d1431dd9fc9a42772e6a26",
              "conv_transpose2d Adam 99dda8cdf81c5e38156b317907c2ba4ecbd0501f490f3276a6f5aa449dbd80b8",
              "gelu Adam e74a666301487b7c52140ea404aa213ae38b58c869e3bc2ff8d2ea404a6bd314",
              "group_norm Adam 221a6bf9f62ab996f2b28f17849fa64cb77b0a6091494d344fb435d3d587e38a",
              "multiply Adam dda576675c25e1eb2b5d852882abfc7a2833bd87f59451e6585b950f85dd9469",
              "stochastic_depth Adam f84474df32a1909923540f0f54ebcfb68e0b95ce27c70daaf5dd73bbb8d1ea77",
              "upsample2d Adam 78f7f6730ad6f9ca42a33bccf2067b98b4f2234e188bc15fec051f89156095eb",
              "losses 43fc54e7bcae258cce3d8dab62a0994da2e58e900ce446e71479f92eac49ce1a",
              "odd Nesterov 1ebd620d11bf16cd5d370dd0d50af9c8effd6fd5d8b07025462fba1bfaa0fee9",
              "odd AdamW eeced17367449cba8f14afc0e6eb21a617c792962c45ea17a166d5a5cea1fa24",
              "odd RmsProp 0db1c0ee4a29c94717f498d4b7756aa2d8fe446ebcc6959efc1dc7e94a82cfe0",
              "odd Lion fd7b73e7c531e0d05f1b4f1aa77c376cab10935fb690c2fecb100442826a7d1f",
              "odd Muon 206701a70abd2f2b65146353fc5606e1891ea553ac9f199ac8573211a9e645fa",
              "augmented b9e22e8732d1aee36f23c50db37a64e857974f7a7d2f4a7edefb9592cd970b6a"),
          Length.SHORT,
          List.of(
              "simple Sgd b3060ce7c40375ab70b99b289202176c1e270c258285459373e29620bb001339",
              "complex Sgd 1c220f0a35131a9e1daa7ec18a56e437e17eb9bf811cc48c5fba767a1d550732",
              "odd Sgd 56b50b8af48ee38b2b4f028a2d2c50e5495f19d074f8dd8f44d9675eee13331f",
              "add Sgd 92b92834cfeb7ea52950d1e03f1b7e0589bcd96cd978f6293d55fb23e2597b3b",
              "batch_norm2d Sgd 1bb51a5d68906347350b339f1a439d4d0c9320a1bbc79393144edff074c68940",
              "channel_pad Sgd b722bcef38c64ed458c982dd44dce0df4b8bdf3a959ac09f1a4e918c46b4e615",
              "concatenate Sgd 424df8906fa6f1ce63c7a578d5d317b9b6c5e3a131c412bb3bea2bc2fc9cbdd1",
              "conv2d Sgd fce8c701fe52166755aa54058c8dbd7d309e94765eb4eabf54a6b45a8260a640",
              "conv_transpose2d Sgd b2c709096cbff656caa1608711e50f1f727498ff121fcf96cdd7565ea4a72d61",
              "gelu Sgd 93e6a51f04fc300faf4b8f41a28517aed6ea1366954ddafe1c1f3f00d067480a",
              "group_norm Sgd bf44f039ebbdd5520955bedb485f2dee8b5926a013517341ba338050fd8a836d",
              "multiply Sgd 6e6468278cf74296925434544b9a4f91e68a2a2dcb4b4c65b7fea8e71df7063e",
              "stochastic_depth Sgd 640f253ae7fb53a0623dcc6ac478d62f6e856f5db01f7fb5b1898c4da52ad112",
              "upsample2d Sgd 032c0764cd03cc508e0adf25913e0d9f5fec6c1b82ac33115e00fa13910c8221",
              "simple Adam f01917a00c95f36928af6df3f04b27d791e6c35288faad24b5c9470ba1a2936c",
              "complex Adam 9a9f6b521e9154c039d39a0685acac3a69356fc2da96036fd1156238c9e94c72",
              "odd Adam 768253f5ed724aa219530f70e93c0a73d21a2a47b4532052112783eb867d9d08",
              "add Adam f13906441129c3dde7f20d41260ecab9ead228444664279cacfdeb5f0a8197eb",
              "batch_norm2d Adam 0713ad5dfa9390c1d6529344b772434cecbb1e3e6059e052062f868096a2407c",
              "channel_pad Adam c164951cfc02b7108fdbc3de7a90cdf71f4cc663dbbd30f5420efc06bcdad21d",
              "concatenate Adam 672bf787c931ad022ee5210a0528b365b096910e544de486aae5563e25784bab",
              "conv2d Adam 51b4ab1740605b32334aea7fd0554b7f3b5837f87d9d1e5ef39207040af9c493",
              "conv_transpose2d Adam 8a984e12f6ee48702aed518880e0c29877e989d5300c2a83be17ca4f1396e3a4",
              "gelu Adam a2fcd2fc9c3e4da4f54eea282904720bdff5f11f404672336070dd1aba207eff",
              "group_norm Adam 0a80222a11b76c2dd47ef5cc7bb3b1380243ca6aafdf57e2283a181139b606a8",
              "multiply Adam ddcdd29553a89c74da44437a9db5a757f97154cb5c72cb32cd8ba16566841e44",
              "stochastic_depth Adam c9875f8879c89b2fd5c9ff59975e87a5637f63f044b6bcf3d8c4d10aa036802c",
              "upsample2d Adam dfc87f6d504ce58355f64f62050cf30da74c9e81e9b501901ac7c2e74f39fb2f",
              "losses 43fc54e7bcae258cce3d8dab62a0994da2e58e900ce446e71479f92eac49ce1a",
              "odd Nesterov 998d6b4b894c28d19bc57e4be5f8c27d748539d5c9452b7199e025d953509435",
              "odd AdamW 2b13ad1c2926d88bf6033510cf643c5075d1b8d992862cedde6cb71cd2ea9421",
              "odd RmsProp 1816d27a6ca1119fa43d7b9607bdfa3a9a6b181b66b873fe11771a323483a239",
              "odd Lion 8759a965c90209a53ada44eb55a408ad4f50d45a8b75f0b45c502914ece7ff5d",
              "odd Muon dce9b04d11e4a4ab1c930eeb90247a239b82523d3caf257c7933c0118e8d22d4",
              "augmented 072a4692028b52b70c820ed4d36099f5a40b6e7cba209f2047cf064bfdd0f708"));

  private static final boolean FULL = Boolean.getBoolean("lanewise.matrix");
  private static final int NO_VECTORS = 0;
  private static final int ANY_WIDTH = Integer.MAX_VALUE;
  private static final String SIMD = " -Dlanewise.backend=simd";
  private static final String NO_INTRINSICS =
      "-XX:+UnlockExperimentalVMOptions -XX:-EnableVectorSupport";
  private static final List<String> REPORT = new ArrayList<>();

  @TempDir Path folder;

  /**
   * A JVM.
   *
   * @param often whether an ordinary build starts it, too
   * @param length how much it trains
   * @param threads in its team
   * @param widest its vectors have as many bits as the machine's, but no more than this
   * @param options what makes it special
   */
  private record Jvm(boolean often, Length length, int threads, int widest, String options) {
    @Override
    public String toString() {
      return length + ", " + threads + (threads == 1 ? " thread " : " threads ") + options;
    }
  }

  static List<Jvm> jvms() {
    List<Jvm> jvms = new ArrayList<>();
    for (int threads : new int[] {1, 2, 3, 7, 16}) {
      jvms.add(new Jvm(threads == 2, Length.LONG, threads, ANY_WIDTH, ""));
    }
    jvms.add(new Jvm(false, Length.LONG, 2, 512, "-XX:UseAVX=3"));
    jvms.add(new Jvm(true, Length.LONG, 7, 256, "-XX:UseAVX=2"));
    jvms.add(new Jvm(false, Length.LONG, 2, 128, "-XX:UseAVX=1"));
    // No fused multiply-add in hardware: one of sums of doubles, and that of BigDecimal.
    for (String option : List.of("-XX:UseAVX=0", "-XX:-UseFMA")) {
      jvms.add(new Jvm(false, Length.LONG, 2, NO_VECTORS, option));
    }
    jvms.add(new Jvm(false, Length.SHORT, 2, 128, "-XX:UseAVX=0" + SIMD));
    jvms.add(new Jvm(false, Length.SHORT, 2, ANY_WIDTH, "-XX:-UseFMA" + SIMD));
    jvms.add(new Jvm(true, Length.SHORT, 2, NO_VECTORS, "-XX:-UseFMA"));
    // Vectors that are objects.
    jvms.add(new Jvm(false, Length.LONG, 2, NO_VECTORS, NO_INTRINSICS));
    jvms.add(new Jvm(false, Length.SHORT, 2, ANY_WIDTH, NO_INTRINSICS + SIMD));
    jvms.add(new Jvm(false, Length.LONG, 2, 512, "-XX:MaxVectorSize=64"));
    jvms.add(new Jvm(false, Length.LONG, 2, 256, "-XX:MaxVectorSize=32"));
    jvms.add(new Jvm(false, Length.LONG, 1, 128, "-XX:MaxVectorSize=16"));
    jvms.add(new Jvm(true, Length.SHORT, 1, 128, "-XX:MaxVectorSize=16"));
    jvms.add(new Jvm(false, Length.LONG, 2, ANY_WIDTH, "-Dlanewise.tileRows=4"));
    jvms.add(new Jvm(false, Length.LONG, 2, ANY_WIDTH, "-Dlanewise.tileRows=8"));
    jvms.add(new Jvm(false, Length.LONG, 3, NO_VECTORS, "-Dlanewise.backend=reference"));
    jvms.add(new Jvm(true, Length.SHORT, 3, NO_VECTORS, "-Dlanewise.backend=reference"));
    jvms.add(new Jvm(false, Length.LONG, 2, ANY_WIDTH, "-XX:-TieredCompilation"));
    jvms.add(new Jvm(false, Length.LONG, 2, ANY_WIDTH, "-XX:TieredStopAtLevel=1" + SIMD));
    jvms.add(new Jvm(true, Length.SHORT, 2, ANY_WIDTH, "-XX:TieredStopAtLevel=1" + SIMD));
    jvms.add(new Jvm(false, Length.LONG, 2, ANY_WIDTH, "-Xcomp"));
    jvms.add(new Jvm(false, Length.SHORT, 2, ANY_WIDTH, "-Xint" + SIMD));
    jvms.add(new Jvm(false, Length.SHORT, 2, NO_VECTORS, "-Xint"));
    for (String collector : new String[] {"Serial", "Parallel", "Z"}) {
      jvms.add(new Jvm(false, Length.LONG, 2, ANY_WIDTH, "-XX:+Use" + collector + "GC"));
    }
    for (int seed = 1; seed <= 8; seed++) {
      jvms.add(new Jvm(false, Length.LONG, 2, ANY_WIDTH, stress(seed)));
    }
    jvms.add(new Jvm(true, Length.SHORT, 2, ANY_WIDTH, stress(1)));
    for (int seed = 9; seed <= 10; seed++) {
      jvms.add(new Jvm(false, Length.LONG, 2, 256, stress(seed) + " -XX:UseAVX=2"));
      jvms.add(new Jvm(false, Length.LONG, 2, ANY_WIDTH, stress(seed) + " -XX:-TieredCompilation"));
      jvms.add(
          new Jvm(
              false, Length.LONG, 2, NO_VECTORS, stress(seed) + " -Dlanewise.backend=reference"));
    }
    return jvms.stream().filter(jvm -> FULL || jvm.often).toList();
  }

  /** The compiler orders instructions, and what it optimises, at random. */
  private static String stress(int seed) {
    return "-XX:+StressGCM -XX:+StressLCM -XX:+StressIGVN -XX:StressSeed=" + seed;
  }

  @ParameterizedTest
  @MethodSource("jvms")
  void theTrainedBitsDependOnNothingElse(Jvm jvm) throws Exception {
    long start = System.nanoTime();
    List<String> lines = run(jvm);
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
    List<String> expected = EXPECTED.get(jvm.length);
    int first = lines.size() - expected.size();
    assertTrue(first >= 1, () -> "no result, but " + lines);
    String backEnd = lines.get(first - 1);
    // A JVM that is not what it was meant to be would prove nothing.
    assertEquals(backEnd(jvm.widest), backEnd, () -> String.join("\n", lines));
    assertEquals(
        String.join("\n", expected), String.join("\n", lines.subList(first, lines.size())));
    REPORT.add(
        String.format(
            "| `%s` | %d | %d | %s | %d equal | %d s |",
            jvm.options, jvm.threads, jvm.length.steps(), backEnd, expected.size(), seconds));
  }

  /** What this machine makes of a JVM whose vectors have at most this many bits. */
  private static String backEnd(int widest) {
    int bits = Math.min(widest, 32 * Backend.lanes());
    return widest == NO_VECTORS ? "plain Java" : "Vector API, " + bits + " bits";
  }

  /** The lines that the JVM prints; its own warnings may come first. */
  private List<String> run(Jvm jvm) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--add-modules", "jdk.incubator.vector", "-Xmx1g"));
    command.add("-XX:+UnlockDiagnosticVMOptions");
    if (!System.getProperty("os.arch").equals("amd64")) {
      command.add("-XX:+IgnoreUnrecognizedVMOptions"); // no other processor knows AVX
    }
    Stream.of(jvm.options.split(" ")).filter(option -> !option.isEmpty()).forEach(command::add);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(TrainedBits.class.getName());
    command.addAll(List.of(jvm.length.name(), "" + jvm.threads));
    Path out = folder.resolve("out");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    try {
      assertTrue(process.waitFor(1, TimeUnit.HOURS), "still running");
    } finally {
      process.destroyForcibly();
    }
    List<String> lines = Files.readAllLines(out);
    assertEquals(0, process.exitValue(), () -> String.join("\n", lines));
    return lines;
  }

  @AfterAll
  static void report() throws IOException {
    if (FULL) {
      Files.write(Path.of("target", "jvm-matrix.md"), REPORT);
    }
  }

  @Test
  void everyTransformTakesPart() {
    assertEquals(implementations(Transform.class), classes(AugmentedBits.TRANSFORMS));
    assertEquals(implementations(BatchTransform.class), classes(AugmentedBits.BATCH_TRANSFORMS));
  }

  private static Set<String> classes(List<?> objects) {
    return objects.stream().map(each -> each.getClass().getName()).collect(Collectors.toSet());
  }

  @Test
  void everyLayerAndOptimizerTakesPart() {
    Stream<Optimizer> optimizers =
        Stream.concat(
            TrainedBits.OPTIMIZERS.keySet().stream(), TrainedBits.OTHERS.values().stream());
    assertEquals(
        implementations(Optimizer.class),
        optimizers
            .flatMap(TrainedBitsTest::parts)
            .map(optimizer -> optimizer.getClass().getName())
            .collect(Collectors.toSet()));
    Set<String> layers =
        TrainedBits.networks(Length.LONG).values().stream()
            .flatMap(network -> network.nodes().stream())
            .map(node -> node.layer().getClass().getName())
            .collect(Collectors.toSet());
    assertEquals(implementations(Layer.class), layers);
  }

  /** An optimizer and those that it is made of. */
  private static Stream<Optimizer> parts(Optimizer optimizer) {
    Stream<Optimizer> inner =
        switch (optimizer) {
          case ClipByNorm clip -> parts(clip.optimizer());
          case ClipByValue clip -> parts(clip.optimizer());
          case ParameterGroups all ->
              Stream.concat(
                      all.groups().stream().map(ParameterGroups.Group::optimizer),
                      Stream.of(all.rest()))
                  .flatMap(TrainedBitsTest::parts);
          default -> Stream.of();
        };
    return Stream.concat(Stream.of(optimizer), inner);
  }

  @Test
  void everyLossTakesPart() {
    Set<String> losses = implementations(Loss.class);
    losses.removeIf(name -> !name.startsWith(Loss.class.getPackageName() + ".")); // of a check
    assertEquals(
        losses,
        LossBits.LOSSES.stream()
            .map(loss -> loss.getClass().getName())
            .collect(Collectors.toSet()));
  }

  private static Set<String> implementations(Class<?> type) {
    Set<String> names =
        new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("dev.lanewise.layers")
                .stream()
                .filter(c -> c.isAssignableTo(type) && !c.isInterface() && !c.isAnonymousClass())
                .map(JavaClass::getName)
                .collect(Collectors.toSet());
    assertTrue(!names.isEmpty());
    return names;
  }
}
