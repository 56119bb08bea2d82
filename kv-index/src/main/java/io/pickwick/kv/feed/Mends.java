package io.pickwick.kv.feed;

/** What to do where events stay away, in the words of vLLM's flags and ours. */
final class Mends {
  private final FeedConfig config;

  Mends(FeedConfig config) {
    this.config = config;
  }

  /** We can't reach a publisher. */
  String unreachable() {
    return ("start vLLM with --kv-events-config and \"endpoint\": \"tcp://*:%d\" in it, and let the"
            + " port through; or give the right --kv-events-port, or --kv-events-endpoint where"
            + " vLLM connects to us")
        .formatted(config.port());
  }

  /** A publisher does not connect to us. */
  String unheard() {
    return "start vLLM with --kv-events-config and \"endpoint\": \"tcp://<this service>:<the"
        + " port>\" in it, and let the port through; or, where vLLM listens itself (an endpoint"
        + " with *), give --kv-events-port instead of --kv-events-endpoint";
  }

  /** Nobody replays. */
  String unanswered() {
    return ("give vLLM a \"replay_endpoint\": \"tcp://*:%d\" in its --kv-events-config and let the"
            + " port through, or give --kv-replay-port 0 if there is none")
        .formatted(config.replayPort().orElse(FeedConfig.REPLAY_PORT));
  }

  /** A topic that begins with something else. */
  String topic(String address, String topic) {
    return ("%s publishes by the topic %s, which does not begin with \"%s\"; give vLLM the \"topic\":"
            + " \"%s<its address>:<its port>@<model>\" in its --kv-events-config")
        .formatted(address, topic, config.topicPrefix(), config.topicPrefix());
  }

  /** A topic that names none of the pool. */
  String nobody(String address, String topic) {
    return ("%s publishes by the topic %s, which names no endpoint of the pool; after \"%s\" the"
            + " topic must have the address, or address:port, that the endpoint has in the pool")
        .formatted(address, topic, config.topicPrefix());
  }

  /** A topic that may name several. */
  String ambiguous(String address, String topic) {
    return ("%s publishes by the topic %s, and several endpoints have that address; write"
            + " address:port in the topic")
        .formatted(address, topic);
  }

  /** A topic that names one at another address. */
  String peer(String address, String topic) {
    return ("%s publishes by the topic %s, which names an endpoint at another address; have each"
            + " vLLM name its own, or, where addresses are translated on the way, give"
            + " --kv-events-verify-peer=false")
        .formatted(address, topic);
  }
}
