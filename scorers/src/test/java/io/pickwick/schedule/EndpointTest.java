package io.pickwick.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class EndpointTest {
  @Test
  void anIpv6AddressIsBracketedForTheProxyOnly() {
    Endpoint pod = new Endpoint(0, "ns", "a", "fd00::1:2", 8000, Map.of(), new EndpointLoad());
    assertThat(pod.hostPort()).isEqualTo("[fd00::1:2]:8000");
    assertThat(pod.address()).isEqualTo("fd00::1:2");
    assertThat(pod).hasToString("ns/a ([fd00::1:2]:8000)");
  }
}
