package io.pickwick.pool;

import io.pickwick.schedule.spec.Spec;
import io.pickwick.schedule.spec.SpecException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A file that lists the endpoints of a pool, in the shape of llm-d's file discovery.
 *
 * <pre>{@code
 * endpoints:
 * - name: pod-0                # required, unique in its namespace
 *   namespace: team-a          # "default" when absent
 *   address: 10.0.0.7          # required, IPv4 or IPv6, brackets allowed; no host names
 *   port: "8000"               # required, a number or text
 *   labels: {llm-d.ai/engine-type: vllm}
 * }</pre>
 *
 * <p>YAML or JSON, at most {@value #MAX_BYTES} bytes of UTF-8. Every mistake is a {@link
 * SpecException} with its place and its mend. An empty list is a valid, empty pool.
 */
public final class EndpointsFile {
  /** The largest file that is read. */
  public static final int MAX_BYTES = 1 << 20;

  private EndpointsFile() {}

  /** What keeps a pool equal to a file. */
  public static FileWatch.Reader into(Pool pool) {
    return file -> {
      List<DeclaredEndpoint> declared = read(file);
      return () -> pool.apply(declared);
    };
  }

  /** Reads a file; one that is not there or cannot be read is a mistake like any other. */
  public static List<DeclaredEndpoint> read(Path file) {
    return parse(file.toString(), TextFile.read(file, MAX_BYTES, "split the pool"));
  }

  /**
   * Reads one document.
   *
   * @param source what to call the text in messages
   */
  public static List<DeclaredEndpoint> parse(String source, String text) {
    Spec root = Spec.parse(source, text).only("endpoints");
    List<DeclaredEndpoint> declared = new ArrayList<>();
    Map<String, String> places = new HashMap<>();
    for (Spec item : root.need("endpoints").items()) {
      DeclaredEndpoint endpoint = endpoint(item);
      claim(places, item.need("name"), "name " + endpoint.namespace() + "/" + endpoint.name());
      claim(
          places,
          item.need("address"),
          "address " + endpoint.address() + " port " + endpoint.port());
      declared.add(endpoint);
    }
    return List.copyOf(declared);
  }

  private static DeclaredEndpoint endpoint(Spec item) {
    item.only("name", "namespace", "address", "port", "labels");
    Spec address = item.need("address");
    return new DeclaredEndpoint(
        item.get("namespace").map(EndpointsFile::word).orElse("default"),
        word(item.need("name")),
        address(address),
        (int) item.need("port").integer(1, 65_535),
        item.get("labels").map(EndpointsFile::labels).orElse(Map.of()));
  }

  private static String word(Spec spec) {
    String text = spec.text();
    if (text.isBlank()) {
      throw spec.mistake("this must not be empty");
    }
    return text;
  }

  private static String address(Spec spec) {
    String text = spec.text();
    String address =
        IpAddress.canonical(text)
            .orElseThrow(() ->
                spec.mistake(
                    "an IPv4 or IPv6 address without a port or zone is wanted here, not \""
                        + text
                        + "\"; host names are not looked up, write what the name stands for"));
    if (address.equals("0.0.0.0") || address.equals("::")) {
      throw spec.mistake("\"" + text + "\" names no machine; write the endpoint's own address");
    }
    return address;
  }

  private static Map<String, String> labels(Spec spec) {
    Map<String, String> labels = new LinkedHashMap<>();
    spec.entries().forEach((key, value) -> labels.put(key, value.isNull() ? "" : value.text()));
    return labels;
  }

  private static void claim(Map<String, String> places, Spec spec, String what) {
    String before = places.putIfAbsent(what, spec.place());
    if (before != null) {
      throw spec.mistake(what + " stands twice, first at " + before + "; each may stand once");
    }
  }
}
