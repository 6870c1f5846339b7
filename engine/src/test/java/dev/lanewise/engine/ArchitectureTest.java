package dev.lanewise.engine;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.URL;
import org.junit.jupiter.api.Test;

/**
 * The engine's inner walls: facades, {@link Kernels} between them, two back ends; and a launcher
 * apart.
 */
final class ArchitectureTest {
  private static final String FACADE = "dev.lanewise.engine";
  private static final String REFERENCE = "dev.lanewise.engine.reference";
  private static final String SIMD = "dev.lanewise.engine.simd";
  private static final String LAUNCH = "dev.lanewise.engine.launch";
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(FACADE);

  @Test
  void onlySimdSeesTheVectorApi() {
    noClasses()
        .that()
        .resideOutsideOfPackage(SIMD)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("jdk.incubator..")
        .check(CLASSES);
  }

  @Test
  void everyPackageDependsOnWhatItMay() {
    classes()
        .that()
        .resideInAPackage(FACADE)
        .and(are(not(belongToAnyOf(Backend.class))))
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(FACADE, "java..")
        .check(CLASSES);
    classes()
        .that()
        .resideInAPackage(REFERENCE)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(REFERENCE, FACADE, "java..")
        .check(CLASSES);
    classes()
        .that()
        .resideInAPackage(SIMD)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(SIMD, FACADE, "java..", "jdk.incubator.vector..")
        .check(CLASSES);
    classes()
        .that()
        .resideInAPackage(LAUNCH)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(LAUNCH, "java..")
        .check(CLASSES);
  }

  @Test
  void onlyTheLauncherIsForJava8() throws IOException {
    for (JavaClass type : CLASSES) {
      URL file = type.getSource().orElseThrow().getUri().toURL();
      try (DataInputStream bytes = new DataInputStream(file.openStream())) {
        bytes.skipNBytes(6); // the magic number and the minor version
        int expected = type.getPackageName().equals(LAUNCH) ? 52 : 69;
        assertEquals(expected, bytes.readUnsignedShort(), type.getName());
      }
    }
  }

  @Test
  void backEndsDoNotKnowWhoChoosesThem() {
    noClasses()
        .that()
        .resideInAnyPackage(REFERENCE, SIMD)
        .should()
        .dependOnClassesThat(belongToAnyOf(Backend.class, WorkerTeam.class))
        .check(CLASSES);
  }

  @Test
  void packagesHaveNoCyclesButTheChoice() {
    slices()
        .matching("dev.lanewise.(**)")
        .should()
        .beFreeOfCycles()
        .ignoreDependency(equivalentTo(Backend.class), resideInAnyPackage(REFERENCE, SIMD))
        .check(CLASSES);
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
