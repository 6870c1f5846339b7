// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

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
          .withImportOption(location -> !location.contains("/schema/")) // is generated
          .importPackages("dev.lanewise.onnx");

  @Test
  void usesTheLayersAndFacadesOfTheEngine() {
    classes()
        .that()
        .resideInAPackage("dev.lanewise.onnx")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..",
            "com.google.protobuf",
            "dev.lanewise.onnx..",
            "dev.lanewise.layers",
            "dev.lanewise.layers.data",
            "dev.lanewise.layers.file",
            "dev.lanewise.layers.graph",
            "dev.lanewise.layers.io",
            "dev.lanewise.engine.math",
            "dev.lanewise.engine.run",
            "dev.lanewise.engine.shape")
        .check(CLASSES);
  }

  @Test
  void noReflectionAndNoPrinting() {
    noClasses()
        .that()
        .resideInAPackage("dev.lanewise.onnx")
        .should()
        .dependOnClassesThat(resideInAPackage("java.lang.reflect.."))
        .check(CLASSES);
    NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(CLASSES);
  }
}
