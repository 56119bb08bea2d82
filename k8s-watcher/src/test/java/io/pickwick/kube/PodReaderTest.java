package io.pickwick.kube;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pickwick.resource.PodFacts;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PodReaderTest {
  @Test
  void readsWhatMattersAndNoMore() throws IOException {
    Seen<PodFacts> seen =
        read(
            """
            {"kind": "Pod", "spec": {"status": {"podIP": "1.1.1.1"}, "nodeName": "n"},
             "metadata": {"name": "p", "uid": "u", "resourceVersion": "7", "generation": 3,
                          "creationTimestamp": "2026-11-20T09:14:03Z",
                          "labels": {"app": "vllm", "none": null, "spec": "label"},
                          "annotations": {"llm-d.ai/engine-type": "sglang", "other.io/x": "y",
                                          "inference.networking.k8s.io/active-ports": "8000"},
                          "managedFields": [{"manager": "kubelet", "fieldsV1": {"f:status": {}}}],
                          "ownerReferences": [{"name": "not-p", "uid": "not-u"}]},
             "status": {"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}, {}],
                        "conditions": [{"type": "Initialized", "status": "False", "since": [1]},
                                       {"status": "True", "type": "Ready"}],
                        "containerStatuses": [{"name": "c", "ready": false}]}}
            """);
    PodFacts facts = seen.record().get();
    assertThat(seen.name()).isEqualTo("p");
    assertThat(seen.uid()).isEqualTo("u");
    assertThat(seen.version()).isEqualTo("7");
    assertThat(facts.meta().namespace()).isEqualTo("llm");
    assertThat(facts.meta().created()).isEqualTo(Instant.parse("2026-11-20T09:14:03Z"));
    assertThat(facts.meta().labels()).isEqualTo(Map.of("app", "vllm", "none", "", "spec", "label"));
    assertThat(facts.meta().annotations())
        .isEqualTo(
            Map.of(
                "llm-d.ai/engine-type",
                "sglang",
                "inference.networking.k8s.io/active-ports",
                "8000"));
    assertThat(facts.addresses()).containsExactly("10.0.0.1", "fd00::1");
    assertThat(facts.ready()).isTrue();
    assertThat(facts.terminating()).isFalse();
  }

  @Test
  void aPodThatIsNotYetAnythingIsReadToo() throws IOException {
    PodFacts facts =
        read("""
        {"metadata": {"name": "p", "labels": null, "deletionTimestamp": null,
                      "creationTimestamp": null},
         "status": {"podIPs": null, "conditions": null}}
        """)
            .record()
            .get();
    assertThat(facts.addresses()).isEmpty();
    assertThat(facts.ready()).isFalse();
    assertThat(facts.terminating()).isFalse();
    assertThat(facts.meta().created()).isEqualTo(Instant.EPOCH);
    assertThat(read("{\"metadata\": {\"name\": \"p\"}, \"status\": null}").name()).isEqualTo("p");
  }

  @Test
  void aPodThatIsDeletedIsTerminating() throws IOException {
    assertThat(
            read("{\"metadata\": {\"name\": \"p\", \"deletionTimestamp\": \"2026-11-20T09:14:03Z\"}}")
                .record()
                .get()
                .terminating())
        .isTrue();
  }

  @Test
  void theOldAddressCountsWhereThereIsNoList() throws IOException {
    assertThat(
            read("{\"metadata\": {\"name\": \"p\"}, \"status\": {\"podIP\": \"10.0.0.9\"}}")
                .record()
                .get()
                .addresses())
        .containsExactly("10.0.0.9");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"metadata\": {}}",
        "{\"metadata\": null}",
        "{}",
        "{\"metadata\": {\"name\": \"p\"",
        "{\"metadata\": {\"name\": \"p\"}, \"status\": {\"podIPs\": [{\"ip\": \"10.0.0.1\"}",
        "{\"metadata\": {\"name\": \"p\", \"creationTimestamp\": \"yesterday\"}}"
      })
  void whatIsNoPodIsRefused(String text) {
    assertThatThrownBy(() -> read(text)).isInstanceOf(IOException.class);
  }

  /** As it stands in a watch: with more behind it, which stays unread. */
  private static Seen<PodFacts> read(String text) throws IOException {
    PodReader reader = new PodReader("llm");
    try (JsonParser parser =
        new ObjectMapper()
            .createParser(reader.sifted(new ByteArrayInputStream(text.getBytes(UTF_8))))) {
      parser.nextToken();
      return reader.read(parser);
    }
  }
}
