// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** What the benchmarks must leave to the engine. */
final class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.lanewise.bench");

  @Test
  void usesTheEngineThroughItsFacadesOnly() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "jdk.incubator..",
            "dev.lanewise.engine.backend..",
            "dev.lanewise.engine.check..",
            "dev.lanewise.engine.conv..",
            "dev.lanewise.engine.kernel..",
            "dev.lanewise.engine.matrix..",
            "dev.lanewise.engine.reference..",
            "dev.lanewise.engine.simd..")
        .check(CLASSES);
  }
}
