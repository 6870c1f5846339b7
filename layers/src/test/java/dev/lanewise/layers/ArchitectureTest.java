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
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Which package of the layers may use which. */
final class ArchitectureTest {
  private static final String CORE = "dev.lanewise.layers";
  private static final String ENGINE = "dev.lanewise.engine"; // never its back ends
  private static final String GROUND = ENGINE + ".[run|shape]"; // what it exports besides
  private static final String LOSS = CORE + ".loss";
  private static final String OPTIM = CORE + ".optim";
  private static final String DATA = CORE + ".data";
  private static final String IO = CORE + ".io";
  private static final String TRAIN = CORE + ".train";

  /** What each package may use besides itself and {@code java..}. */
  private static final Map<String, String[]> ALLOWED =
      Map.of(
          CORE, new String[] {ENGINE, GROUND},
          LOSS, new String[] {CORE, ENGINE, GROUND},
          OPTIM, new String[] {CORE, ENGINE, GROUND},
          DATA, new String[] {CORE},
          // A bad model file is reported as a bad data file is: by DataException.
          IO, new String[] {CORE, DATA, "com.fasterxml.jackson.core.."},
          TRAIN, new String[] {CORE, LOSS, OPTIM, DATA, IO, ENGINE, GROUND});

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(CORE);

  @Test
  void everyPackageDependsOnWhatItMay() {
    assertEquals(
        ALLOWED.keySet(),
        CLASSES.stream().map(JavaClass::getPackageName).collect(Collectors.toSet()),
        "packages");
    ALLOWED.forEach(
        (name, allowed) ->
            classes()
                .that()
                .resideInAPackage(name)
                .should()
                .onlyDependOnClassesThat(
                    resideInAPackage(name)
                        .or(resideInAPackage("java.."))
                        .or(JavaClass.Predicates.resideInAnyPackage(allowed)))
                .check(CLASSES));
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("dev.lanewise.(**)").should().beFreeOfCycles().check(CLASSES);
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
