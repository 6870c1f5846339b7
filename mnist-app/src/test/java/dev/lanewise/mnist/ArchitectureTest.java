// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.URL;
import org.junit.jupiter.api.Test;

/** What the application must leave to the engine, and what must load on an old Java. */
final class ArchitectureTest {
  private static final String LAUNCH = "dev.lanewise.mnist.launch";
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.lanewise.mnist");

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

  /** It finds the Java that all the rest needs. */
  @Test
  void launchNeedsJavaAlone() {
    classes()
        .that()
        .resideInAPackage(LAUNCH)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(LAUNCH, "java..")
        .check(CLASSES);
    NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(
        CLASSES.that(JavaClass.Predicates.resideInAPackage(LAUNCH)));
  }

  @Test
  void onlyWhatRunsFirstIsForJava8() throws IOException {
    for (JavaClass type : CLASSES) {
      URL file = type.getSource().orElseThrow().getUri().toURL();
      try (DataInputStream bytes = new DataInputStream(file.openStream())) {
        bytes.skipNBytes(6); // the magic number and the minor version
        boolean first =
            type.getPackageName().equals(LAUNCH)
                || type.getFullName().startsWith(Launcher.class.getName());
        assertEquals(first ? 52 : 69, bytes.readUnsignedShort(), type.getName());
      }
    }
  }
}
