package io.pickwick.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pickwick.schedule.spec.SpecException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EndpointsFileTest {
  @TempDir Path directory;

  @Test
  void readsTheShapeOfTheField() {
    List<DeclaredEndpoint> declared =
        EndpointsFile.parse(
            "pool.yaml",
            """
            endpoints:
            - {name: s0, address: 127.0.0.1, port: "9101"}
            - name: s1
              namespace: team-a
              address: "[2001:DB8:0:0:0:0:0:1]"
              port: 9102
              labels:
                llm-d.ai/engine-type: sglang
                empty:
            """);
    assertThat(declared)
        .containsExactly(
            new DeclaredEndpoint("default", "s0", "127.0.0.1", 9101, Map.of()),
            new DeclaredEndpoint(
                "team-a",
                "s1",
                "2001:db8::1",
                9102,
                Map.of("llm-d.ai/engine-type", "sglang", "empty", "")));
  }

  @Test
  void readsJson() {
    assertThat(
            EndpointsFile.parse(
                "pool.json",
                """
                {"endpoints": [{"name": "a", "address": "::1", "port": 80, "labels": {"k": "v"}}]}
                """))
        .containsExactly(new DeclaredEndpoint("default", "a", "::1", 80, Map.of("k", "v")));
  }

  @Test
  void anEmptyListIsAnEmptyPool() {
    assertThat(EndpointsFile.parse("p", "endpoints: []")).isEmpty();
  }

  @Test
  void mistakesNameTheirPlaceAndMend() {
    refused("", "p: the document is empty");
    refused("endpoints:", "\"endpoints\" is missing");
    refused("endpoints: {}", "p:1:12: \"endpoints\": a list is wanted here");
    refused("endpoints: [3]", "a mapping is wanted here, not \"3\"");
    refused("pods: []", "unknown key; known here: endpoints");
    refused("endpoints: [{name: a, address: 1.2.3.4}]", "\"port\" is missing");
    refused("endpoints: [{name: a, port: 1}]", "\"address\" is missing");
    refused("endpoints: [{address: 1.2.3.4, port: 1}]", "\"name\" is missing");
    refused("endpoints: [{name: ' ', address: 1.2.3.4, port: 1}]", "must not be empty");
    refused("endpoints: [{name: [a], address: 1.2.3.4, port: 1}]", "text is wanted here");
    refused(
        "endpoints: [{name: a, address: 1.2.3.4, port: 0}]",
        "p:1:47: \"endpoints[0].port\": 0 is out of range; it must be from 1 to 65535");
    refused("endpoints: [{name: a, address: 1.2.3.4, port: 65536}]", "out of range");
    refused("endpoints: [{name: a, address: 1.2.3.4, port: http}]", "a whole number is wanted");
    refused("endpoints: [{name: a, address: pod-0.svc, port: 1}]", "host names are not looked up");
    refused("endpoints: [{name: a, address: '1.2.3.4:80', port: 1}]", "without a port or zone");
    refused("endpoints: [{name: a, address: 'fe80::1%eth0', port: 1}]", "without a port or zone");
    refused("endpoints: [{name: a, address: 0.0.0.0, port: 1}]", "names no machine");
    refused("endpoints: [{name: a, address: 1.2.3.4, port: 1, labels: [x]}]", "a mapping is");
    refused("endpoints: [{name: a, address: 1.2.3.4, port: 1, weight: 2}]", "unknown key");
    refused("endpoints: [{name: a, addr", "not valid YAML");
  }

  @Test
  void duplicatesAreRefusedWithBothPlaces() {
    refused(
        """
        endpoints:
        - {name: a, address: 1.2.3.4, port: 1}
        - {name: a, address: 1.2.3.5, port: 1}
        """,
        "p:3:10: \"endpoints[1].name\": name default/a stands twice, first at p:2:10");
    refused(
        """
        endpoints:
        - {name: a, address: "::1", port: 1}
        - {name: b, address: "[0:0::1]", port: "1"}
        """,
        "address ::1 port 1 stands twice, first at p:2:22");
  }

  @Test
  void sameNameInAnotherNamespaceOrSameAddressWithAnotherPortIsNoDuplicate() {
    assertThat(
            EndpointsFile.parse(
                "p",
                """
                endpoints:
                - {name: a, address: 1.2.3.4, port: 1}
                - {name: a, namespace: b, address: 1.2.3.4, port: 2}
                """))
        .hasSize(2);
  }

  @Test
  void filesThatAreTooLargeOrNotTextOrMissingAreMistakes() throws IOException {
    Path file = directory.resolve("pool.yaml");
    assertThatThrownBy(() -> EndpointsFile.read(file))
        .isInstanceOf(SpecException.class)
        .hasMessage(file + ": the file is not there");
    Files.write(file, new byte[EndpointsFile.MAX_BYTES + 1]);
    assertThatThrownBy(() -> EndpointsFile.read(file)).hasMessageContaining("larger than 1048576");
    Files.write(file, new byte[] {'e', (byte) 0xff});
    assertThatThrownBy(() -> EndpointsFile.read(file)).hasMessageContaining("not UTF-8");
    assertThatThrownBy(() -> EndpointsFile.read(directory)).hasMessageContaining("cannot be read");
  }

  @Test
  void addressesAreCanonical() {
    assertThat(IpAddress.canonical("1:0:0:2:0:0:0:3")).hasValue("1:0:0:2::3");
    assertThat(IpAddress.canonical("1:0:2:3:4:5:6:7")).hasValue("1:0:2:3:4:5:6:7");
    assertThat(IpAddress.canonical("::")).hasValue("::");
    assertThat(IpAddress.canonical("1::")).hasValue("1::");
    assertThat(IpAddress.canonical("::ffff:10.0.0.1")).hasValue("10.0.0.1");
    for (String wrong :
        List.of(
            "", "1.2.3", "01.2.3.4", "1.2.3.256", "1.2.3.4.5", "[1.2.3.4]", "1:2", "::g", "a")) {
      assertThat(IpAddress.canonical(wrong)).as(wrong).isEmpty();
    }
  }

  private static void refused(String text, String message) {
    assertThatThrownBy(() -> EndpointsFile.parse("p", text))
        .as(text)
        .isInstanceOf(SpecException.class)
        .hasMessageContaining(message);
  }
}
