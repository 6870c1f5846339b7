// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** What stands on what. */
final class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.lanewise.spark");

  @Test
  void usesTheLayersAndTheThreadsOfTheEngine() {
    classes()
        .that()
        .resideInAPackage("dev.lanewise.spark")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..",
            "javax.crypto..",
            "scala..",
            "org.json4s",
            "org.slf4j",
            "org.apache.hadoop..",
            "org.apache.spark..",
            "dev.lanewise.spark",
            "dev.lanewise.layers..",
            "dev.lanewise.engine.run")
        .check(CLASSES);
  }

  @Test
  void noReflectionAndNoPrinting() {
    noClasses()
        .that()
        .resideInAPackage("dev.lanewise.spark")
        .should()
        .dependOnClassesThat(resideInAPackage("java.lang.reflect.."))
        .check(CLASSES);
    NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(CLASSES);
  }
}
