package io.pickwick.bench;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Holds the line of the design: who may know whom. */
class ModuleLineTest {
  private static final String KV = "io.pickwick.kv..";
  private static final String SCHEDULE = "io.pickwick.schedule..";
  private static final String POOL = "io.pickwick.pool..";
  private static final String RESOURCE = "io.pickwick.resource..";
  private static final String MODEL = "io.pickwick.model..";
  private static final String KUBE = "io.pickwick.kube..";
  private static final String FABRIC8 = "io.fabric8..";
  private static final String EPP = "io.pickwick.epp..";
  private static final String BENCH = "io.pickwick.bench..";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.pickwick");

  @Test
  void kvIndexKnowsNobody() {
    denied(KV, SCHEDULE, POOL, EPP, BENCH);
  }

  @Test
  void scorersKnowOnlyTheQueryInterfaceOfKvIndex() {
    denied(SCHEDULE, POOL, EPP, BENCH, "io.pickwick.kv.event..", "io.pickwick.kv.feed..");
    denied(SCHEDULE, "io.pickwick.kv.history..");
  }

  @Test
  void theWatcherKnowsOnlyTheEndpointTypesOfScorers() {
    for (String room : new String[] {POOL, RESOURCE, MODEL, KUBE}) {
      denied(room, KV, EPP, BENCH, "io.pickwick.schedule.plugin..");
    }
  }

  @Test
  void theRoomsOfTheWatcherKeepTheirDoors() {
    denied(POOL, RESOURCE, MODEL, KUBE, FABRIC8);
    denied(RESOURCE, MODEL, KUBE, FABRIC8);
    denied(MODEL, POOL, KUBE, FABRIC8);
    denied(EPP, FABRIC8);
  }

  @Test
  void onlyTheServerKnowsGrpc() {
    denied(KV, "io.grpc..");
    denied(SCHEDULE, "io.grpc..");
    for (String room : new String[] {POOL, RESOURCE, MODEL, KUBE}) {
      denied(room, "io.grpc..");
    }
  }

  @Test
  void theRoomsOfTheServerKeepTheirDoors() {
    denied("io.pickwick.epp.request..", KV, SCHEDULE, POOL, "io.grpc..");
    denied(
        "io.pickwick.epp.request..",
        "io.pickwick.epp.decide..",
        "io.pickwick.epp.extproc..",
        "io.pickwick.epp.prompt..");
    denied("io.pickwick.epp.prompt..", SCHEDULE, POOL, "io.pickwick.epp.extproc..", "io.grpc..");
    denied("io.pickwick.epp.decide..", "io.pickwick.epp.extproc..", "io.grpc..");
    denied("io.pickwick.epp.extproc..", SCHEDULE, POOL, "io.pickwick.epp.config..");
    denied(EPP, BENCH);
  }

  private static void denied(String who, String... whom) {
    noClasses()
        .that()
        .resideInAPackage(who)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(whom)
        .allowEmptyShould(true)
        .check(CLASSES);
  }
}
