package io.pickwick.epp.prefix;

import io.pickwick.epp.prefix.EngineFacts.Hashing;
import io.pickwick.epp.prefix.MatchVerdict.Cause;
import io.pickwick.epp.prefix.MatchVerdict.Mismatch;
import io.pickwick.epp.prefix.MatchVerdict.Unknown;
import io.pickwick.epp.prefix.MatchVerdict.Verified;
import io.pickwick.kv.event.StoredBlocks;
import io.pickwick.kv.feed.FeedListener;
import io.pickwick.kv.hash.ExtraForm;
import io.pickwick.kv.hash.ExtraKeys;
import io.pickwick.kv.hash.HashScheme;
import io.pickwick.pool.PoolListener;
import io.pickwick.schedule.Endpoint;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells whether our prompts can match what endpoints publish, and where not, what to set where.
 *
 * <p>First blocks that an endpoint stores are hashed as we would hash them; once they come out the
 * same, their tokens are compared with those of prompts that went there. A prompt that is found
 * among what an endpoint stored proves both; and if none ever is while the endpoint says that it
 * had prompts cached, that proves the contrary. As long as an endpoint has shown nothing, what it
 * tells of itself counts, and what others with the same settings have shown. An endpoint of which
 * it is known that nothing can match is not to be judged by its blocks.
 */
public final class MatchCheck implements FeedListener, PoolListener {
  // The lane's thread only decides whether to look at an event at all, which is one volatile read
  // for nearly all of them, and copies one prompt's beginning; the rest happens on threads of its
  // own, under the endpoint's lock. Verdicts are volatile, so who reads them never waits.
  //
  // A block behind another one can't be judged alone: vLLM hashes all of its parent's hash, of
  // which the event has 64 bits. So a replay, in which hundreds of blocks come at once, may hold a
  // single block to judge, and before it is known how the endpoint should hash. Hence the first few
  // are taken without a pause, and the last few kept, to be looked at anew when more is known.
  //
  // What an endpoint has shown is its evidence, made under its lock. Verdicts are made of all the
  // evidence there is, under the check's lock, which is taken last.

  private static final Logger log = LoggerFactory.getLogger(MatchCheck.class);
  private static final long UNSETTLED_NANOS = 500_000_000L;
  private static final long SETTLED_NANOS = 15_000_000_000L;
  private static final int WAITING = 4;
  private static final int EAGER = 4;
  private static final int KEPT = 4;
  private static final int UNFORETOLD = 5;
  private static final int MISSES = 3;
  private static final int MISSES_AFTER_VERIFIED = 8;
  private static final int SAID = 16;

  private final HashProbe hashes;
  private final EngineFacts facts;
  private final TokenTexts texts;
  private final LongSupplier nanos;
  private final Executor work;
  private volatile @Nullable Subject[] subjects = new Subject[0];
  private volatile boolean searching;

  /**
   * A check of no endpoint yet; it listens to the pool and to the feeds.
   *
   * @param facts how each endpoint is expected to hash
   * @param texts what token ids stand for
   * @param work runs what takes time
   */
  MatchCheck(
      PreciseSettings settings,
      EngineFacts facts,
      TokenTexts texts,
      LongSupplier nanos,
      Executor work) {
    this.hashes = new HashProbe(settings);
    this.facts = facts;
    this.texts = texts;
    this.nanos = nanos;
    this.work = work;
    facts.follow(this::known);
  }

  /** As above, on virtual threads. */
  public MatchCheck(
      PreciseSettings settings, EngineFacts facts, TokenTexts texts, LongSupplier nanos) {
    this(settings, facts, texts, nanos, Thread::startVirtualThread);
  }

  // What is told.

  @Override
  public void stored(int slot, int rank, StoredBlocks blocks) {
    if (blocks.hasParent()) {
      return;
    }
    Subject subject = at(slot);
    if (subject == null || !subject.takesMore(nanos.getAsLong())) {
      return;
    }
    Optional<RootBlock> root = RootBlock.of(blocks);
    if (root.isEmpty() || !subject.takes(nanos.getAsLong())) {
      return;
    }
    work.execute(() -> look(subject, root.get()));
  }

  /** An endpoint tells otherwise of itself than before. */
  private void known(int slot) {
    Subject subject = at(slot);
    if (subject != null) {
      work.execute(() -> subject.expect(facts.hashing(slot)));
    }
  }

  /**
   * A prompt of the base model, without salt and media, goes to an endpoint; also to be told of one
   * that is not {@link #usable}.
   *
   * @param tokens its first tokens, some hundred; kept, so never written again
   */
  public void routed(int slot, int[] tokens) {
    Subject subject = at(slot);
    if (subject != null && !subject.tokensSettled) {
      subject.routed(tokens);
    }
  }

  /** Whether prompts that go to an endpoint are still of interest. */
  public boolean wantsPrompts(int slot) {
    Subject subject = at(slot);
    return subject != null && !subject.tokensSettled;
  }

  /**
   * An endpoint has counted a prompt's tokens; also to be told of one that is not {@link #usable}.
   *
   * @param ours how many we counted in it
   * @param theirs {@code usage.prompt_tokens}
   */
  public void answered(int slot, int ours, int theirs) {
    Subject subject = at(slot);
    if (subject != null && (ours != theirs || subject.countsDoubted)) {
      subject.answered(ours, theirs);
    }
  }

  /** Whether there is an endpoint of which {@link #found} may be news. */
  public boolean searching() {
    return searching;
  }

  /** The beginning of a prompt was found among what an endpoint stored, by its events alone. */
  public void found(int slot) {
    Subject subject = at(slot);
    if (subject != null && !subject.found && !subject.finding.getAndSet(true)) {
      work.execute(subject::found);
    }
  }

  /**
   * An endpoint has told how much of a prompt it had cached, of the base model and without salt and
   * media, while its events could be believed.
   *
   * @param promised how many tokens its events promised
   * @param cached how many there were
   */
  public void foretold(int slot, int promised, int cached) {
    Subject subject = at(slot);
    if (subject != null && promised == 0 && cached > 0 && !subject.found) {
      subject.unforetold(cached);
    }
  }

  /** The endpoint's engine may be another process: it is asked and looked at again. */
  @Override
  public void restarted(int slot, int rank) {
    facts.restarted(slot);
    Subject subject = at(slot);
    if (subject != null) {
      restart(subject);
    }
  }

  @Override
  public void added(Endpoint endpoint) {
    put(endpoint.slot(), new Subject(endpoint.slot(), endpoint));
    review();
  }

  @Override
  public void removed(Endpoint endpoint) {
    put(endpoint.slot(), null);
    review();
  }

  // What is known.

  /** Whether the endpoint's blocks may be believed to match: false when it is known they can't. */
  public boolean usable(int slot) {
    return !(verdict(slot) instanceof Mismatch);
  }

  /** What is known of an endpoint. */
  public MatchVerdict verdict(int slot) {
    Subject subject = at(slot);
    return subject == null ? Unknown.YET : subject.verdict;
  }

  private @Nullable Subject at(int slot) {
    @Nullable Subject[] all = subjects;
    return slot < all.length ? all[slot] : null;
  }

  private synchronized void put(int slot, @Nullable Subject subject) {
    @Nullable Subject[] changed = Arrays.copyOf(subjects, Math.max(subjects.length, slot + 1));
    changed[slot] = subject;
    subjects = changed;
  }

  private synchronized void restart(Subject subject) {
    if (subject.equals(at(subject.slot))) {
      put(subject.slot, new Subject(subject.slot, subject.endpoint));
      review();
    }
  }

  private void look(Subject subject, RootBlock root) {
    try {
      subject.look(root, facts.hashing(subject.slot));
    } finally {
      subject.waiting.decrementAndGet();
    }
  }

  /** Makes all verdicts of what all endpoints have shown. */
  private synchronized void review() {
    Map<Hashing, Shown> shown = new HashMap<>();
    for (Subject subject : subjects) {
      Evidence evidence = subject == null ? Evidence.NONE : subject.evidence;
      if (subject != null && !(evidence.hashed() instanceof Unknown)) {
        shown.merge(
            evidence.expected(),
            new Shown(subject.endpoint.name(), evidence.hashed()),
            (one, other) -> one.hashed() instanceof Verified ? one : other);
      }
    }
    boolean missing = false;
    for (Subject subject : subjects) {
      if (subject != null) {
        subject.conclude(shown);
        missing |= !subject.found;
      }
    }
    searching = missing;
  }

  /** What the endpoint of a name has shown by its blocks. */
  private record Shown(String name, MatchVerdict hashed) {}

  /**
   * What is known of an endpoint by what it did.
   *
   * @param expected how it was expected to hash
   * @param hashed what its blocks have shown of that
   * @param verdict what follows from that and from what is known of tokens
   */
  private record Evidence(Hashing expected, MatchVerdict hashed, MatchVerdict verdict) {
    static final Evidence NONE = new Evidence(Hashing.UNKNOWN, Unknown.YET, Unknown.YET);

    /** Whether the other differs in nothing but in what the tokens' mismatch says in numbers. */
    boolean isLike(Evidence other) {
      return expected.equals(other.expected)
          && hashed.equals(other.hashed)
          && verdict.word().equals(other.verdict.word());
    }
  }

  /** One endpoint. */
  private final class Subject {
    private final int slot;
    private final Endpoint endpoint;
    private final AtomicLong nextNanos = new AtomicLong(nanos.getAsLong());
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger eager = new AtomicInteger(EAGER);
    private final AtomicBoolean finding = new AtomicBoolean();
    private volatile Evidence evidence = Evidence.NONE;
    private volatile MatchVerdict verdict = Unknown.YET;
    private volatile boolean found;
    private volatile boolean tokensSettled;
    private volatile boolean countsDoubted;
    // Under the lock of this.
    private final TokenProbe tokens = new TokenProbe(texts);
    private final Deque<RootBlock> kept = new ArrayDeque<>();
    private Hashing expected = Hashing.UNKNOWN;
    private MatchVerdict hashed = Unknown.YET;
    private int misses;
    private int unforetold;
    private int unforetoldTokens;
    private long unforetoldNanos;
    // Under the check's lock.
    private final Set<String> said = new HashSet<>();

    Subject(int slot, Endpoint endpoint) {
      this.slot = slot;
      this.endpoint = endpoint;
    }

    boolean takesMore(long now) {
      return (eager.get() > 0 || now - nextNanos.get() >= 0) && waiting.get() < WAITING;
    }

    boolean takes(long now) {
      long due = nextNanos.get();
      long pause = settled() ? SETTLED_NANOS : UNSETTLED_NANOS;
      if (now - due < 0 ? !takesEagerly() : !nextNanos.compareAndSet(due, now + pause)) {
        return false;
      }
      if (waiting.incrementAndGet() > WAITING) {
        waiting.decrementAndGet();
        return false;
      }
      return true;
    }

    private boolean takesEagerly() {
      return eager.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
    }

    private boolean settled() {
      return verdict instanceof Verified && tokensSettled;
    }

    synchronized void look(RootBlock root, Hashing now) {
      expect(now);
      if (kept.size() == KEPT) {
        kept.removeFirst();
      }
      kept.addLast(root);
      judge(root);
      settle();
    }

    /** Judges again what was seen when it was expected to hash otherwise. */
    synchronized void expect(Hashing now) {
      if (now.equals(expected)) {
        return;
      }
      expected = now;
      hashed = Unknown.YET;
      misses = 0;
      unforetold = 0;
      found = false;
      finding.set(false);
      kept.forEach(this::judge);
      settle();
    }

    private void judge(RootBlock root) {
      if (!expected.told()) {
        return;
      }
      if (root.adapter().isEmpty()) {
        base(root);
      } else {
        expected.scheme().ifPresent(scheme -> adapter(root, scheme));
      }
    }

    private void base(RootBlock root) {
      Optional<HashScheme> scheme = expected.scheme();
      if (scheme.isPresent() && root.isOf(scheme.get(), ExtraKeys.NONE)) {
        verified();
        tokens.stored(root);
        return;
      }
      Optional<HashScheme> other = hashes.find(root, expected);
      if (other.isPresent()) {
        hashed = hashes.explain(expected, other.get());
        misses = 0;
        search();
        return;
      }
      misses++;
      if (misses >= misses()) {
        hashed = hashes.nothingFits(expected);
        search();
      }
    }

    /** How many blocks must have hashes that nothing gives. */
    private int misses() {
      if (hashed instanceof Verified) {
        return MISSES_AFTER_VERIFIED;
      }
      // Older ones do not tell that a block has a salt, so there one such block says nothing.
      boolean tellsSalts =
          !expected.version().isEmpty()
              && ExtraForm.ofVersion(expected.version()).compareTo(ExtraForm.POSITIONED) >= 0;
      return tellsSalts ? 1 : MISSES;
    }

    private void adapter(RootBlock root, HashScheme scheme) {
      Optional<ExtraKeys.Adapter> known =
          facts
              .adapter(slot, root.adapter())
              .map(told ->
                  new ExtraKeys.Adapter(
                      told.name(), (int) Math.max(0, root.adapterId()), told.path()));
      if (known.isEmpty()) {
        return;
      }
      if (known.get().knownTo(scheme.form())
          && root.isOf(scheme, ExtraKeys.ofAdapter(known.get()))) {
        verified();
        return;
      }
      Optional<ExtraForm> form = HashProbe.form(root, scheme, known.get());
      if (form.isPresent()) {
        verified();
        if (unsaid(root.adapter() + ' ' + form.get())) {
          log.warn(
              "endpoint {}: blocks of adapter {} are hashed in the form {}, not {} as its version"
                  + " tells; they will not match",
              endpoint,
              root.adapter(),
              form.get(),
              scheme.form());
        }
      }
    }

    private void verified() {
      hashed = Verified.HASHES;
      misses = 0;
    }

    /** Whatever was found before, it is news if something is found again. */
    private void search() {
      found = false;
      finding.set(false);
    }

    synchronized void found() {
      boolean first = !expected.told();
      expect(facts.hashing(slot));
      // What was found by what was expected before says nothing.
      if (!expected.told() || (!first && !finding.get())) {
        finding.set(false);
        return;
      }
      finding.set(true);
      verified();
      found = true;
      unforetold = 0;
      tokens.found();
      settle();
      // Others may hash as this one does, and one that is not searched any more tells no more.
      review();
    }

    synchronized void unforetold(int cached) {
      long now = nanos.getAsLong();
      // Many at once may be one prompt whose events are under way.
      if (unforetold > 0 && now - unforetoldNanos < UNSETTLED_NANOS) {
        return;
      }
      unforetoldNanos = now;
      unforetoldTokens = cached;
      unforetold++;
      settle();
    }

    synchronized void routed(int[] prompt) {
      tokens.routed(prompt);
    }

    synchronized void answered(int ours, int theirs) {
      tokens.answered(ours, theirs);
      countsDoubted = tokens.countsDoubted();
      settle();
    }

    private void settle() {
      tokensSettled = tokens.settled();
      Evidence before = evidence;
      Evidence now = new Evidence(expected, hashed, judgement());
      evidence = now;
      if (!now.isLike(before)) {
        review();
      } else if (!(now.verdict() instanceof Unknown)) {
        verdict = now.verdict();
      }
    }

    private MatchVerdict judgement() {
      if (hashed instanceof Mismatch) {
        return hashed;
      }
      Optional<Mismatch> mismatch = tokens.mismatch();
      if (mismatch.isPresent()) {
        return mismatch.get();
      }
      if (unforetold >= UNFORETOLD) {
        return nothingFound();
      }
      return hashed instanceof Verified && tokens.compared() ? Verified.ALL : hashed;
    }

    private Mismatch nothingFound() {
      String words =
          "it had some of each of the last %d prompts cached, %d tokens the last time, and its events promised none"
              .formatted(unforetold, unforetoldTokens);
      if (hashed instanceof Verified) {
        return tokens.explain(words);
      }
      return misses > 0
          ? hashes.nothingFits(expected)
          : new Mismatch(
              Cause.NO_HITS,
              words
                  + ": its hash seed, chat template or tokenizer is probably another one, or it"
                  + " loads from a cache that publishes no events");
    }

    /** Under the check's lock. */
    void conclude(Map<Hashing, Shown> shown) {
      Hashing hashing = facts.hashing(slot);
      MatchVerdict now = evidence.verdict();
      if (now instanceof Unknown) {
        now = doubt(hashing, shown);
      }
      MatchVerdict before = verdict;
      verdict = now;
      if (!now.equals(before)) {
        tell(now, hashing);
      }
    }

    /** What follows for one that has shown nothing. */
    private MatchVerdict doubt(Hashing hashing, Map<Hashing, Shown> shown) {
      if (hashing.conflict().isPresent()) {
        return hashing.conflict().get();
      }
      Shown other = shown.get(hashing);
      return other != null && other.hashed() instanceof Mismatch(Cause cause, String advice)
          ? new Mismatch(cause, "as at " + other.name() + ": " + advice)
          : new Unknown(hashing.why());
    }

    private void tell(MatchVerdict now, Hashing hashing) {
      switch (now) {
        case Unknown(String why) -> {
          if (hashing.told() && !why.isEmpty() && unsaid(why)) {
            log.warn("endpoint {}: its cache is estimated: {}", endpoint, why);
          }
        }
        case Verified(boolean all) -> {
          if (unsaid(now.word())) {
            log.info(
                "endpoint {}: KV events {}",
                endpoint,
                all
                    ? "match what we compute"
                    : "are hashed as we compute it; tokens were not compared yet");
          }
        }
        case Mismatch m -> {
          // The advice on tokens holds numbers that change all the time; that of facts, of others
          // and of blocks does not, and each may be better than the one before.
          boolean steady = m.cause() != Cause.TEMPLATE && m.cause() != Cause.TOKENIZER;
          if (unsaid(steady && m.cause() != Cause.NO_HITS ? m.advice() : m.word())) {
            log.warn(
                "endpoint {}: KV events can't match, so its cache is estimated: {}",
                endpoint,
                m.advice());
          }
        }
      }
    }

    /** True once for each thing to say, and no more when much was said. */
    private boolean unsaid(String what) {
      synchronized (MatchCheck.this) {
        return said.size() < SAID && said.add(what);
      }
    }
  }
}
