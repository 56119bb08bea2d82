package io.pickwick.bench.serve;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pickwick.bench.command.Faults;
import io.pickwick.bench.command.VisibleText;
import io.pickwick.bench.command.WholeFile;
import io.pickwick.bench.command.Within;
import io.pickwick.bench.simulate.Simulator;
import io.pickwick.bench.simulate.SimulatorOptions;
import io.pickwick.bench.workload.Stage;
import io.pickwick.bench.workload.Workload;
import io.pickwick.bench.workload.WorkloadException;
import io.pickwick.bench.workload.WorkloadSpec;
import io.pickwick.epp.prompt.token.TokenizerException;
import io.pickwick.epp.prompt.token.Tokenizers;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The command {@code serve-bench}: puts a workload on real endpoints and prints what vLLM's
 * benchmark would.
 */
@Command(
    name = "serve-bench",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = "Puts a workload on real HTTP endpoints and reports as vLLM's benchmark does.")
public final class ServeCommand implements Callable<Integer> {
  private static final double LONGEST_SECONDS = 1_000_000;
  private static final ObjectMapper JSON = new ObjectMapper();
  // As Python writes it; a server's words steer no terminal that shows the file.
  private static final ObjectMapper ASCII =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
  private static final int WRONG = 2;
  private static final int END_SECONDS = 10;
  private static final LongSupplier CLOCK = System::nanoTime;

  /** How several targets' caches are kept apart. */
  enum Apart {
    /** Each target's requests have its name as a part of {@code cache_salt}. */
    SALT,
    /** Each target's prompts have other tokens; equal ones stay equal. */
    PROMPTS,
    /** They are not. */
    NONE
  }

  @Option(
      names = "--target",
      paramLabel = "NAME=URL",
      required = true,
      description =
          "where requests go, as in plain=http://127.0.0.1:8080; each of several gets all")
  private List<String> targets = new ArrayList<>();

  @Option(
      names = "--workload",
      paramLabel = "SPEC",
      required = true,
      description = "what is asked, such as random:requests=300; the command workload lists them")
  private String workload = "";

  @Option(names = "--seed", defaultValue = "1", description = "of the workload")
  private long seed;

  @Option(
      names = "--request-rate",
      paramLabel = "N",
      defaultValue = "",
      description = "requests a second, inf for all at once; the same as rate=N in the workload")
  private String requestRate = "";

  @Option(
      names = "--max-concurrency",
      defaultValue = "0",
      description = "the most requests under way at each target; 0: as the workload has it")
  @Within(least = 0, most = 1_000_000)
  private int maxConcurrency;

  @Option(
      names = "--api",
      defaultValue = "COMPLETIONS",
      description = "which path is asked: ${COMPLETION-CANDIDATES}")
  private Api api = Api.COMPLETIONS;

  @Option(names = "--model", defaultValue = "", description = "default: the first that is listed")
  private String model = "";

  @Option(
      names = "--tokenizer",
      paramLabel = "DIR",
      defaultValue = "",
      description =
          "a model's directory, to make prompts of words that are one token each to it; tiny: the"
              + " one that the simulator brings along")
  private String tokenizer = "";

  @Option(names = "--prompt-ids", description = "send prompts as token ids (completions only)")
  private boolean ids;

  @Option(
      names = "--no-ignore-eos",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "let an answer end by itself before it has all tokens asked for")
  private boolean ignoreEos;

  @Option(
      names = "--extra-body",
      paramLabel = "JSON",
      defaultValue = "{}",
      description = "an object whose fields each request has besides, as in {\"temperature\": 0}")
  private String extra = "";

  @Option(names = "--header", paramLabel = "NAME=VALUE", description = "each request has it")
  private Map<String, String> headers = new LinkedHashMap<>();

  @Option(
      names = "--cache-salt",
      defaultValue = "",
      description = "keeps the cache apart from that of runs with another salt")
  private String salt = "";

  @Option(
      names = "--apart",
      defaultValue = "SALT",
      description = "how several targets' caches are kept apart: ${COMPLETION-CANDIDATES}")
  private Apart apart = Apart.SALT;

  @Option(
      names = "--made-up-answers",
      description =
          "prompts of later turns repeat what the workload has for answers, not what was said")
  private boolean madeUpAnswers;

  @Option(names = "--cold", description = "a connection of its own for each request")
  private boolean cold;

  @Option(
      names = "--keep-alive-seconds",
      defaultValue = "4",
      description = "a connection that was idle for longer is not used again")
  @Within(least = 0, most = LONGEST_SECONDS)
  private double keepAliveSeconds;

  @Option(
      names = "--cacert",
      paramLabel = "FILE",
      description =
          "certificates in PEM that https targets are trusted by, instead of the JDK's; as curl's")
  private @Nullable Path authorities;

  @Option(
      names = "--insecure",
      description = "take any certificate of an https target, of whatever name; as curl's")
  private boolean insecure;

  @Option(
      names = "--connect-timeout-seconds",
      defaultValue = "10",
      description = "what a connection may take, its TLS handshake included")
  @Within(least = 0.001, most = LONGEST_SECONDS)
  private double connectSeconds;

  @Option(
      names = "--timeout-seconds",
      defaultValue = "600",
      description = "what an answer may take; one that takes longer has failed")
  @Within(least = 0.001, most = LONGEST_SECONDS)
  private double timeoutSeconds;

  @Option(
      names = "--ready-timeout-seconds",
      defaultValue = "5",
      description = "how long a target may take until it answers a first short request")
  @Within(least = 0, most = LONGEST_SECONDS)
  private double readySeconds;

  @Option(
      names = "--goodput",
      arity = "1..*",
      paramLabel = "METRIC:MS",
      description = "limits that a good request keeps, as in ttft:500 tpot:50; also e2el")
  private List<String> goodput = new ArrayList<>();

  @Option(
      names = "--percentile-metrics",
      split = ",",
      defaultValue = "ttft,tpot,itl",
      description =
          "what is told: ttft, tpot, itl, e2el, client_queue_time, e2el_including_client_queue")
  private List<String> metrics = new ArrayList<>();

  @Option(names = "--metric-percentiles", split = ",", defaultValue = "99", description = "of it")
  private List<Double> percentiles = new ArrayList<>();

  @Option(
      names = "--layout",
      defaultValue = "V0_32",
      description = "whose lines are printed: vLLM's ${COMPLETION-CANDIDATES}")
  private ResultBlock.Layout layout = ResultBlock.Layout.V0_32;

  @Option(
      names = "--result-json",
      paramLabel = "FILE",
      description = "writes a line of JSON for each target, with the keys of vLLM's --save-result")
  private @Nullable Path result;

  @Option(names = "--save-detailed", description = "tell each request in that file")
  private boolean detailed;

  @Option(names = "--label", defaultValue = "", description = "a name for that file's label")
  private String label = "";

  @Option(names = "--measure-warm-up", description = "a workload's warm-up is measured too")
  private boolean measuresWarmUp;

  @Option(
      names = "--num-warmups",
      defaultValue = "32",
      description = "short requests to each target before the run, which are not measured")
  @Within(least = 0, most = 1_000_000)
  private int warmUps;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    try {
      return run();
    } catch (ServeException | WorkloadException e) {
      tell(String.valueOf(e.getMessage()));
      return WRONG;
    }
  }

  private int run() throws ServeException, IOException, InterruptedException {
    List<Target> where = targets();
    check();
    Goodput limits = Goodput.parse(goodput);
    List<Metric> told = Metric.parse(metrics);
    String written = RequestRate.into(workload, requestRate);
    WorkloadSpec asked = WorkloadSpec.parse(written);
    Workload made = asked.generate(seed);
    Workload load =
        maxConcurrency == 0 ? made : new Workload(made.name(), made.requests(), maxConcurrency);
    OptionalDouble rate = RequestRate.of(written, load);
    String length = RunLimits.check(load, where.size());
    long warmUp = measuresWarmUp ? 0 : warmUpNanos(asked);
    PromptWords words = words();
    List<TargetClient> clients = clients(where);
    ObjectNode besides = extra();
    checkPlace();
    LocalDateTime date = LocalDateTime.now(ZoneId.systemDefault());
    Readiness readiness = new Readiness(CLOCK, duration(readySeconds));
    String name = model.isEmpty() ? readiness.firstModel(clients.getFirst(), headers) : model;
    RequestWriter writer =
        new RequestWriter(api, name, words, ids, ignoreEos, salt, besides, headers, cold);
    for (TargetClient client : clients) {
      readiness.check(client, writer);
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (TargetClient client : clients) {
        readiness.warmUp(client, writer, warmUps, threads);
      }
    }
    ResultBlock block =
        new ResultBlock(layout, load.maxConcurrency(), rate, limits.given(), told, percentiles);
    ResultJson json =
        new ResultJson(
            date,
            api,
            label,
            name,
            tokenizer,
            written,
            seed,
            rate,
            load.maxConcurrency(),
            limits,
            told,
            percentiles,
            detailed);
    tell(length);
    List<Lane> lanes = lanes(clients, load);
    SplittableRandom random = new SplittableRandom(seed);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      LoadRun run =
          new LoadRun(
              load,
              writer,
              lanes,
              warmUp,
              duration(timeoutSeconds),
              detailed,
              !madeUpAnswers,
              CLOCK,
              threads,
              random,
              "bench-%08x".formatted(random.nextInt()));
      try (EarlyEnd _ = new EarlyEnd(run::stop)) {
        boolean early = put(run, threads);
        clients.forEach(TargetClient::close);
        return report(lanes, early, warmUp, limits, block, json);
      }
    }
  }

  private void checkPlace() throws ServeException {
    if (result != null) {
      try {
        WholeFile.check(result);
      } catch (IOException e) {
        throw new ServeException("--result-json: " + Faults.words(e), e);
      }
    }
  }

  /** Runs it to its end, or until the user has enough: whether that was so. */
  private boolean put(LoadRun run, ExecutorService threads) throws InterruptedException {
    boolean whole = false;
    try {
      run.run(progress());
      whole = !run.stopped();
    } finally {
      if (!whole) {
        run.stop();
      }
    }
    threads.shutdown();
    var _ = threads.awaitTermination(END_SECONDS, TimeUnit.SECONDS);
    return !whole;
  }

  private int report(
      List<Lane> lanes,
      boolean early,
      long warmUp,
      Goodput limits,
      ResultBlock block,
      ResultJson json)
      throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    StringBuilder lines = new StringBuilder();
    List<SideBySide.Column> columns = new ArrayList<>();
    for (Lane lane : lanes) {
      Target target = lane.client().target();
      List<Outcome> measured = lane.outcomes().stream().filter(one -> !one.warmUp()).toList();
      int warming = lane.outcomes().size() - measured.size();
      if (lanes.size() > 1) {
        out.println(target.name() + " (" + target.url() + ")");
      }
      Summary summary = Summary.of(measured, seconds(measured, warmUp), limits);
      if (measured.isEmpty()) {
        out.println("Nothing was measured: no request after the warm-up was sent.");
      } else {
        out.print(block.of(summary));
        out.print(Notes.of(measured, summary, limits, lane.client().opened()));
        columns.add(new SideBySide.Column(target.name(), measured, summary));
      }
      if (warming > 0) {
        out.println("%-40s %d requests, not measured".formatted("warm-up:", warming));
      }
      ObjectNode one = json.of(target, measured, summary);
      if (early) {
        out.println("%-40s %d requests".formatted("not sent, as the run was ended:", lane.left()));
        one.withObject("/pickwick").put("ended_early", true).put("not_sent", lane.left());
      }
      out.println();
      lines.append(ASCII.writeValueAsString(one)).append('\n');
    }
    if (columns.size() > 1) {
      out.print(new SideBySide(block.metrics(), block.percentiles(), block.goodput()).of(columns));
    }
    out.flush();
    boolean kept = keep(lines.toString(), out);
    // What the writer hands over may fail further on, of which it does not hear.
    if (out.checkError() || System.out.checkError()) {
      tell("Not all of the result could be printed: standard output takes no more.");
      kept = false;
    }
    boolean mute = columns.stream().anyMatch(column -> column.summary().completed() == 0);
    if (mute) {
      tell("A target answered no request at all.");
    }
    boolean unasked = columns.size() < lanes.size();
    if (unasked) {
      tell("A target was sent nothing that is measured: the run was over before.");
    }
    return mute || unasked || !kept ? 1 : 0;
  }

  /** Writes the file; a result is printed rather than lost. */
  private boolean keep(String lines, PrintWriter out) {
    Path place = result;
    if (place == null) {
      return true;
    }
    try {
      WholeFile.write(place, lines);
      return true;
    } catch (IOException e) {
      tell("--result-json: %s What it was to hold is printed last.".formatted(Faults.words(e)));
      out.print(lines);
      return false;
    }
  }

  /** From the start, or the end of the warm-up, to the end of the last request. */
  private static double seconds(List<Outcome> measured, long warmUp) {
    long end = measured.stream().mapToLong(Outcome::endNanos).max().orElse(warmUp);
    return Math.max(1, end - warmUp) / 1e9;
  }

  private List<TargetClient> clients(List<Target> where) throws ServeException {
    Optional<Path> file = Optional.ofNullable(authorities);
    Optional<Trust> trust =
        file.isPresent() || where.stream().anyMatch(Target::tls)
            ? Optional.of(Trust.of(file, insecure))
            : Optional.empty();
    List<TargetClient> clients = new ArrayList<>();
    for (Target target : where) {
      clients.add(
          TargetClient.of(
              target,
              trust.filter(_ -> target.tls()),
              duration(connectSeconds),
              duration(cold ? 0 : keepAliveSeconds),
              CLOCK));
    }
    return clients;
  }

  private List<Target> targets() throws ServeException {
    List<Target> all = new ArrayList<>();
    for (String text : targets) {
      Target target = Target.parse(text);
      if (all.stream().anyMatch(one -> one.name().equals(target.name()))) {
        throw new ServeException("Two targets are called %s.".formatted(target.name()));
      }
      all.add(target);
    }
    return all;
  }

  private void check() throws ServeException {
    if (ids && api == Api.CHAT) {
      throw new ServeException("A chat has no --prompt-ids; take --api COMPLETIONS.");
    }
    for (Map.Entry<String, String> header : headers.entrySet()) {
      String line = header.getKey() + header.getValue();
      if (header.getKey().isBlank() || !VisibleText.isPlain(line)) {
        throw new ServeException(
            "--header %s: a header has a name and no control characters."
                .formatted(header.getKey()));
      }
    }
    if (percentiles.stream().anyMatch(percent -> !(percent >= 0 && percent <= 100))) {
      throw new ServeException("--metric-percentiles are from 0 to 100.");
    }
  }

  private static long warmUpNanos(WorkloadSpec asked) {
    return (long)
        (1e9 * asked.stages().stream().takeWhile(Stage::warmUp).mapToDouble(Stage::seconds).sum());
  }

  private PromptWords words() throws ServeException, IOException {
    if (tokenizer.isEmpty()) {
      return PromptWords.spelled();
    }
    try {
      boolean tiny = tokenizer.equals(SimulatorOptions.TINY);
      return PromptWords.of(
          Tokenizers.load(
              tiny
                  ? Simulator.unpackModel(Files.createTempDirectory("pickwick-model"))
                  : Path.of(tokenizer)));
    } catch (TokenizerException e) {
      throw new ServeException("--tokenizer: " + e.getMessage(), e);
    }
  }

  private ObjectNode extra() throws ServeException {
    try {
      JsonNode read = JSON.readTree(extra);
      if (read instanceof ObjectNode object) {
        return object;
      }
    } catch (JsonProcessingException e) {
      // Told below, with what would be right.
    }
    throw new ServeException(
        "--extra-body %s is no JSON object; write it as in {\"temperature\": 0}.".formatted(extra));
  }

  private List<Lane> lanes(List<TargetClient> clients, Workload load) {
    List<Lane> lanes = new ArrayList<>();
    for (int index = 0; index < clients.size(); index++) {
      Apart how = clients.size() > 1 ? apart : Apart.NONE;
      RequestWriter.Own own =
          switch (how) {
            case SALT -> new RequestWriter.Own(clients.get(index).target().name(), 0);
            case PROMPTS -> RequestWriter.Own.masked(index);
            case NONE -> RequestWriter.Own.NOTHING;
          };
      lanes.add(new Lane(clients.get(index), own, load));
    }
    return lanes;
  }

  private LoadRun.Progress progress() {
    return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false)
        ? new ProgressBar(spec.commandLine().getErr())
        : (_, _, _, _) -> {};
  }

  private static Duration duration(double seconds) {
    return Duration.ofNanos((long) (seconds * 1e9));
  }

  private void tell(String text) {
    spec.commandLine().getErr().println(VisibleText.line(text));
    spec.commandLine().getErr().flush();
  }
}
