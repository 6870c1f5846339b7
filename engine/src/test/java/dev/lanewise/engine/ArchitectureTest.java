// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The engine's inner walls: which packages stand on which, and that no arrow leads back up. */
final class ArchitectureTest {
  private static final String ENGINE = "dev.lanewise.engine";

  /** Each package with those it may use, from the ground up. */
  private static final Map<String, List<String>> FLOORS = new LinkedHashMap<>();

  static {
    FLOORS.put(".check", List.of());
    FLOORS.put(".shape", List.of(".check"));
    FLOORS.put(".run", List.of(".check"));
    FLOORS.put(".math", List.of());
    FLOORS.put(".kernel", List.of(".shape", ".math"));
    FLOORS.put(".reference", List.of(".kernel", ".shape", ".math"));
    FLOORS.put(".simd", List.of(".kernel", ".shape"));
    FLOORS.put(".backend", List.of(".math", ".kernel", ".reference", ".simd"));
    List<String> algorithms = List.of(".check", ".shape", ".run", ".kernel", ".backend");
    FLOORS.put(".matrix", algorithms);
    FLOORS.put(".conv", algorithms);
    FLOORS.put(".conv.direct", with(algorithms, ".conv"));
    FLOORS.put(".conv.winograd", with(algorithms, ".conv"));
    FLOORS.put(".conv.grouped", with(algorithms, ".conv", ".conv.direct"));
    FLOORS.put(
        "",
        with(algorithms, ".matrix", ".conv", ".conv.direct", ".conv.winograd", ".conv.grouped"));
  }

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ENGINE);

  private static List<String> with(List<String> some, String... others) {
    return Stream.concat(some.stream(), List.of(others).stream()).toList();
  }

  @Test
  void onlySimdSeesTheVectorApi() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ENGINE + ".simd")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("jdk.incubator..")
        .check(CLASSES);
  }

  @Test
  void everyPackageUsesOnlyWhatStandsBelowIt() {
    FLOORS.forEach(
        (floor, below) ->
            classes()
                .that()
                .resideInAPackage(ENGINE + floor)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                    with(
                            below.stream().map(b -> ENGINE + b).toList(),
                            ENGINE + floor,
                            "java..",
                            "jdk.incubator.vector..")
                        .toArray(String[]::new))
                .check(CLASSES));
  }

  @Test
  void everyPackageHasAFloor() {
    Set<String> packages = new TreeSet<>();
    CLASSES.forEach(type -> packages.add(type.getPackageName().substring(ENGINE.length())));
    assertEquals(new TreeSet<>(FLOORS.keySet()), packages);
  }

  @Test
  void packagesHaveNoCircle() {
    assertNoCircle(JavaClass::getPackageName);
  }

  /** Nor have classes, within packages or across them; a nested class counts as its outer one. */
  @Test
  void classesHaveNoCircle() {
    assertNoCircle(type -> type.getName().replaceAll("\\$.*", ""));
  }

  private static void assertNoCircle(Function<JavaClass, String> node) {
    Circles circles = new Circles();
    for (JavaClass type : CLASSES) {
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        JavaClass target = dependency.getTargetClass().getBaseComponentType();
        if (target.getPackageName().startsWith(ENGINE)) {
          circles.arrow(node.apply(type), node.apply(target));
        }
      }
    }
    assertTrue(circles.arrows() > 20, "arrows were found");
    assertEquals(List.of(), circles.find());
  }

  @Test
  void circlesAreFound() {
    Circles circles = new Circles();
    circles.arrow("a", "b");
    circles.arrow("b", "c");
    circles.arrow("a", "c");
    circles.arrow("c", "c");
    assertEquals(List.of(), circles.find());
    circles.arrow("c", "d");
    circles.arrow("d", "b");
    circles.arrow("e", "a");
    assertEquals(List.of(Set.of("b", "c", "d")), circles.find());
  }

  @Test
  void noReflectionAndNoPrinting() {
    noClasses()
        .should()
        .dependOnClassesThat(resideInAPackage("java.lang.reflect.."))
        .check(CLASSES);
    NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(CLASSES);
  }

  /** Strongly connected components of a graph, by Tarjan's algorithm. */
  private static final class Circles {
    private final Map<String, Set<String>> arrows = new TreeMap<>();
    private final Map<String, Integer> index = new TreeMap<>();
    private final Map<String, Integer> low = new TreeMap<>();
    private final ArrayDeque<String> path = new ArrayDeque<>();
    private final List<Set<String>> found = new ArrayList<>();

    void arrow(String from, String to) {
      if (!from.equals(to)) {
        arrows.computeIfAbsent(from, f -> new TreeSet<>()).add(to);
      }
    }

    int arrows() {
      return arrows.values().stream().mapToInt(Set::size).sum();
    }

    /** The components of more than one node. */
    List<Set<String>> find() {
      index.clear();
      found.clear();
      for (String node : arrows.keySet()) {
        if (!index.containsKey(node)) {
          visit(node);
        }
      }
      return found;
    }

    private void visit(String node) {
      index.put(node, index.size());
      low.put(node, index.get(node));
      path.push(node);
      for (String next : arrows.getOrDefault(node, Set.of())) {
        if (!index.containsKey(next)) {
          visit(next);
          low.merge(node, low.get(next), Math::min);
        } else if (path.contains(next)) {
          low.merge(node, index.get(next), Math::min);
        }
      }
      if (low.get(node).equals(index.get(node))) {
        Set<String> component = new TreeSet<>();
        String last;
        do {
          last = path.pop();
          component.add(last);
        } while (!last.equals(node));
        if (component.size() > 1) {
          found.add(component);
        }
      }
    }
  }
}
