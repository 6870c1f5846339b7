// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which package of the layers stands on which, and that no arrow leads back up. */
final class ArchitectureTest {
  private static final String LAYERS = "dev.lanewise.layers";

  /** Of the engine: operands, operations on them, and threads; never how they are computed. */
  private static final String[] ENGINE = {
    "dev.lanewise.engine",
    "dev.lanewise.engine.math",
    "dev.lanewise.engine.run",
    "dev.lanewise.engine.shape"
  };

  /** Each package with those it may use besides the engine, from the ground up. */
  private static final Map<String, List<String>> FLOORS = new LinkedHashMap<>();

  static {
    FLOORS.put(".graph", List.of());
    FLOORS.put(".plan", List.of(".graph"));
    FLOORS.put(".file", List.of());
    FLOORS.put(".loss", List.of(".graph"));
    // What is done to a batch may turn its labels into the values that they stand for.
    FLOORS.put(".data", List.of(".graph", ".file", ".loss"));
    // A bad model file is reported as a bad data file is: by DataException.
    FLOORS.put(".io", List.of(".graph", ".file", ".data"));
    FLOORS.put("", List.of(".graph", ".plan", ".data", ".io"));
    FLOORS.put(".models", List.of(".graph", ""));
    FLOORS.put(".metric", List.of(".graph", ".loss"));
    FLOORS.put(".optim", List.of(".graph"));
    FLOORS.put(".profile", List.of(".graph", ""));
    FLOORS.put(".augment", List.of(".graph", ".data", ".loss"));
    FLOORS.put(
        ".train", List.of(".graph", ".data", ".augment", ".io", "", ".loss", ".metric", ".optim"));
    FLOORS.put(".check", List.of(".graph", "", ".loss", ".optim", ".train"));
  }

  /**
   * Who reads and writes files alone knows of JSON, who reads pictures alone of ImageIO, who runs
   * steps and who tells their times alone of the Flight Recorder.
   */
  private static final Map<String, String> LIBRARIES =
      Map.of(
          ".io",
          "com.fasterxml.jackson.core..",
          ".data",
          "javax.imageio..",
          ".plan",
          "jdk.jfr..",
          ".profile",
          "jdk.jfr..");

  /**
   * One idea in several types each, which know one another.
   *
   * <ul>
   *   <li>The contract of a layer: it is a block, a block connects itself to a graph that is being
   *       built, and the nodes of the graph hold layers; a layer makes passes for a site, which is
   *       that of a node.
   *   <li>What is read from a file or made by a builder, and has the method that begins it where
   *       people look for it.
   * </ul>
   */
  private static final List<Set<String>> TOGETHER =
      List.of(
          Set.of(
              ".graph.Block",
              ".graph.Graph",
              ".graph.GraphBuilder",
              ".graph.Layer",
              ".graph.Node",
              ".graph.Site"),
          Set.of(".data.ImageIoDecoder", ".data.Picture", ".data.PictureFile"),
          Set.of(".train.Trainer", ".train.TrainerBuilder"));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(LAYERS);

  @Test
  void everyPackageUsesOnlyWhatStandsBelowIt() {
    FLOORS.forEach(
        (floor, below) ->
            classes()
                .that()
                .resideInAPackage(LAYERS + floor)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                    Stream.of(
                            Stream.of(ENGINE),
                            Stream.of(LAYERS + floor, "java.."),
                            LIBRARIES.containsKey(floor)
                                ? Stream.of(LIBRARIES.get(floor))
                                : Stream.<String>of(),
                            below.stream().map(b -> LAYERS + b))
                        .flatMap(each -> each)
                        .toArray(String[]::new))
                .check(CLASSES));
  }

  @Test
  void everyPackageHasAFloor() {
    Set<String> packages = new TreeSet<>();
    CLASSES.forEach(type -> packages.add(type.getPackageName().substring(LAYERS.length())));
    assertEquals(new TreeSet<>(FLOORS.keySet()), packages);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("dev.lanewise.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  /** Within packages, and so across them; a nested class counts as its outer one. */
  @Test
  void classesHaveNoCycles() {
    slices().assignedFrom(new ByClass()).should().beFreeOfCycles().check(CLASSES);
  }

  private static final class ByClass implements SliceAssignment {
    @Override
    public SliceIdentifier getIdentifierOf(JavaClass type) {
      JavaClass outer = type;
      while (outer.getEnclosingClass().isPresent()) {
        outer = outer.getEnclosingClass().get();
      }
      if (!outer.getName().startsWith(LAYERS)) {
        return SliceIdentifier.ignore();
      }
      String name = outer.getName().substring(LAYERS.length());
      return SliceIdentifier.of(
          TOGETHER.stream()
              .filter(types -> types.contains(name))
              .findFirst()
              .map(types -> new TreeSet<>(types).toString())
              .orElse(name));
    }

    @Override
    public String getDescription() {
      return "classes, a nested one with its outer one";
    }
  }

  @Test
  void noReflectionAndNoPrinting() {
    noClasses()
        .should()
        .dependOnClassesThat(resideInAPackage("java.lang.reflect.."))
        .check(CLASSES);
    NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(CLASSES);
  }
}
