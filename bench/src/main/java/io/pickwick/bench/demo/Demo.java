package io.pickwick.bench.demo;

import io.pickwick.bench.demo.ChatClient.Reply;
import io.pickwick.bench.simulate.Pod;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/** The requests of the demo and what they show, told as they happen. */
final class Demo {
  private static final char[] CONVERSATIONS = {'A', 'B', 'C'};
  private static final int QUESTIONS = 8;
  private static final int WARM_UP = 20;

  private final DemoStack stack;
  private final ChatClient client;
  private final boolean precise;
  private final PrintWriter out;
  private final DemoTable table;
  private final List<Reply> replies = new ArrayList<>();

  Demo(DemoStack stack, ChatClient client, boolean precise, PrintWriter out) {
    this.stack = stack;
    this.client = client;
    this.precise = precise;
    this.out = out;
    this.table = new DemoTable(out, precise);
  }

  /** Asks something else first, so that cold JVMs are not taken for prefill. */
  void warmUp() throws IOException, InterruptedException {
    for (int i = 1; i <= WARM_UP; i++) {
      client.send(DemoPrompts.question('W', i));
    }
    if (precise) {
      stack.awaitFeeds(1);
    }
  }

  /** The two rounds of one conversation; whether both landed on one pod that knew the first. */
  boolean rounds() throws IOException, InterruptedException {
    out.println();
    out.println("Two rounds of one conversation, from the article on precise prefix routing:");
    out.println();
    table.head();
    Reply first = ask("round 1", DemoPrompts.round(1));
    Reply second = ask("round 2", DemoPrompts.round(2));
    if (!first.good() || !second.good()) {
      return false;
    }
    boolean together = first.pod().equals(second.pod()) && second.cachedTokens() > 0;
    out.println();
    out.println(
        together
            ? "Both rounds went to %s, which had %d of the second's %d tokens in its cache."
                .formatted(second.pod(), second.cachedTokens(), second.promptTokens())
            : "The rounds did NOT share a cache: round 1 went to %s, round 2 to %s."
                .formatted(first.pod(), second.pod()));
    return together && foretold(first) && foretold(second);
  }

  /** Restarts Pickwick and goes on in the conversation; whether it still knew where. */
  boolean restart() throws IOException, InterruptedException {
    String before = replies.getLast().pod();
    out.println();
    out.println("Restarting Pickwick, which then asks the pods to replay their KV events:");
    out.println();
    stack.restartPickwick();
    table.head();
    Reply third = ask("round 3", DemoPrompts.round(3));
    boolean known = third.good() && third.pod().equals(before) && third.cachedTokens() > 0;
    out.println();
    out.println(
        known
            ? "After the restart it still went to %s, which had %d of its %d tokens in its cache."
                .formatted(third.pod(), third.cachedTokens(), third.promptTokens())
            : "The restart LOST it: round 2 went to %s, round 3 to %s."
                .formatted(before, third.pod()));
    out.println(
        "(Its time to first token holds that of a JVM that has just started and meets its first"
            + " request.)");
    return known && foretold(third);
  }

  /** In precise mode, whether the pod had just the tokens in its cache that Pickwick expected. */
  private boolean foretold(Reply reply) {
    boolean equal = !precise || reply.predictedTokens() == reply.cachedTokens();
    if (!equal) {
      out.printf(
          "Pickwick expected %d cached tokens on %s, which had %d.%n",
          reply.predictedTokens(), reply.pod(), reply.cachedTokens());
    }
    return equal;
  }

  /** Three conversations with eight questions each, all at once; the pod that served A last. */
  String burst() throws InterruptedException {
    out.println();
    out.printf(
        "A burst: %d conversations with a long context of their own, %d questions each, at once:%n",
        CONVERSATIONS.length, QUESTIONS);
    out.println();
    table.head();
    List<List<Future<Reply>>> asked = new ArrayList<>();
    for (char _ : CONVERSATIONS) {
      asked.add(new ArrayList<>());
    }
    String last = "";
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int question = 1; question <= QUESTIONS; question++) {
        for (int i = 0; i < CONVERSATIONS.length; i++) {
          String body = DemoPrompts.question(CONVERSATIONS[i], question);
          asked.get(i).add(threads.submit(() -> client.send(body)));
        }
      }
      for (int i = CONVERSATIONS.length - 1; i >= 0; i--) {
        int question = 1;
        for (Future<Reply> future : asked.get(i)) {
          Reply reply = future.get();
          table.row(
              "conversation %c, %d of %d".formatted(CONVERSATIONS[i], question++, QUESTIONS),
              reply);
          replies.add(reply);
          last = reply.pod();
        }
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("a request came to no reply at all", e.getCause());
    }
    out.println();
    for (int i = 0; i < CONVERSATIONS.length; i++) {
      out.printf(
          "Conversation %c was served by %s.%n",
          CONVERSATIONS[i], podsOf(asked.get(i).stream().map(Future::resultNow).toList()));
    }
    return last;
  }

  /** Kills a pod and asks on in the conversation that it held; whether no request was lost. */
  boolean kill(String name) throws InterruptedException {
    Pod pod =
        stack.pods().stream()
            .filter(candidate -> candidate.name().equals(name))
            .findFirst()
            .orElseGet(() -> stack.pods().getFirst());
    out.println();
    out.printf("Killing %s (%s), and asking on in conversation A:%n", pod.name(), pod.hostPort());
    out.println();
    table.head();
    pod.kill();
    boolean good = true;
    for (int question = 1; question <= QUESTIONS; question++) {
      Reply reply =
          ask(
              "conversation A, +" + question,
              DemoPrompts.question(CONVERSATIONS[0], QUESTIONS + question));
      good &= reply.good() && !reply.pod().equals(pod.name());
    }
    out.println();
    out.println(
        good
            ? "Its traffic moved; no request was lost."
            : "Requests were LOST when the pod went: see above.");
    return good;
  }

  /** Says what all of it came to; whether every request was answered. */
  boolean summary() {
    long failed = replies.stream().filter(reply -> !reply.good()).count();
    long prompt = replies.stream().mapToLong(Reply::promptTokens).sum();
    long cached = replies.stream().mapToLong(Reply::cachedTokens).sum();
    out.println();
    out.printf(
        "%d requests, %d failed; %d of %d prompt tokens (%d %%) came from a cache; by pod: %s.%n",
        replies.size(),
        failed,
        cached,
        prompt,
        100 * cached / Math.max(1, prompt),
        podsOf(replies));
    out.printf(
        "Median time to first token %.1f ms.%n",
        replies.stream()
                .filter(Reply::good)
                .map(Reply::ttft)
                .sorted()
                .skip((replies.size() - failed) / 2)
                .findFirst()
                .orElse(Duration.ZERO)
                .toNanos()
            / 1e6);
    if (precise) {
      out.printf(
          "Of %d of these %d requests, Pickwick promised no more cached tokens than there were; of"
              + " %d exactly as many. Where it promised fewer, or others than there were, the"
              + " requests were sent at once: it had not heard yet what one of them left in a"
              + " cache, or another overtook it.%n",
          replies.stream()
              .filter(reply -> reply.good() && reply.predictedTokens() <= reply.cachedTokens())
              .count(),
          replies.size(),
          replies.stream()
              .filter(reply -> reply.good() && reply.predictedTokens() == reply.cachedTokens())
              .count());
    }
    return failed == 0;
  }

  private Reply ask(String name, String body) throws InterruptedException {
    Reply reply = client.send(body);
    table.row(name, reply);
    replies.add(reply);
    return reply;
  }

  private static String podsOf(List<Reply> replies) {
    return replies.stream()
        .collect(Collectors.groupingBy(Reply::pod, TreeMap::new, Collectors.counting()))
        .entrySet()
        .stream()
        .map(entry -> entry.getKey() + " ×" + entry.getValue())
        .collect(Collectors.joining(", "));
  }
}
