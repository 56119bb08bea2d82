package io.pickwick.bench.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class DemoPortsTest {
  @Test
  void freePortsAreNotTaken() throws Exception {
    assertThat(DemoPorts.free().taken(true)).isEmpty();
  }

  @Test
  void aTakenPortIsToldWithItsFlagAndItsHolder() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      DemoPorts free = DemoPorts.free();
      DemoPorts ports =
          new DemoPorts(
              free.envoy(),
              free.envoyAdmin(),
              socket.getLocalPort(),
              free.health(),
              free.metrics(),
              0,
              free.events());
      assertThat(ports.taken(false))
          .singleElement()
          .asString()
          .contains(
              "Port " + socket.getLocalPort(),
              "--grpc-port",
              "process " + ProcessHandle.current().pid());
    }
  }

  @Test
  void theRoundsAreTheArticlesAndShareTheirFirstMessage() throws Exception {
    ObjectMapper json = new ObjectMapper();
    String first = json.readTree(DemoPrompts.round(1)).at("/messages/0/content").asText();
    assertThat(first).startsWith("Hi, here's some system prompt: hi hi").endsWith("are you ready?");
    assertThat(json.readTree(DemoPrompts.round(2)).at("/messages/0/content").asText())
        .isEqualTo(first);
    assertThat(json.readTree(DemoPrompts.round(2)).path("messages")).hasSize(5);
    assertThat(json.readTree(DemoPrompts.round(3)).path("messages")).hasSize(7);
    assertThat(DemoPrompts.round(3))
        .contains(json.readTree(DemoPrompts.round(2)).at("/messages/4").toString());
    assertThat(json.readTree(DemoPrompts.question('A', 1)).at("/messages/0/content").asText())
        .isEqualTo(json.readTree(DemoPrompts.question('A', 2)).at("/messages/0/content").asText())
        .isNotEqualTo(
            json.readTree(DemoPrompts.question('B', 1)).at("/messages/0/content").asText());
  }
}
