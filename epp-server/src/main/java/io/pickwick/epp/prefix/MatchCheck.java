package io.pickwick.epp.prefix;

import io.pickwick.epp.prefix.EngineFacts.Hashing;
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
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
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
 * same, their tokens are compared with those of prompts that went there. An endpoint of which it is
 * known that nothing can match is not to be judged by its blocks.
 */
public final class MatchCheck implements FeedListener, PoolListener {
  // The lane's thread only decides whether to look at an event at all, which is one volatile read
  // for nearly all of them, and copies one prompt's beginning; the rest happens on threads of its
  // own, under the endpoint's lock. Verdicts are volatile, so who reads them never waits.

  private static final Logger log = LoggerFactory.getLogger(MatchCheck.class);
  private static final long UNSETTLED_NANOS = 500_000_000L;
  private static final long SETTLED_NANOS = 15_000_000_000L;
  private static final int WAITING = 4;
  private static final int MISSES = 3;
  private static final int MISSES_AFTER_VERIFIED = 8;
  private static final int SAID = 16;

  private final HashProbe hashes;
  private final EngineFacts facts;
  private final TokenTexts texts;
  private final LongSupplier nanos;
  private final Executor work;
  private volatile @Nullable Subject[] subjects = new Subject[0];

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
  }

  @Override
  public void removed(Endpoint endpoint) {
    put(endpoint.slot(), null);
  }

  // What is known.

  /** Whether the endpoint's blocks may be believed to match: false when it is known they can't. */
  public boolean usable(int slot) {
    return !(verdict(slot) instanceof Mismatch);
  }

  /** What is known of an endpoint. */
  public MatchVerdict verdict(int slot) {
    Subject subject = at(slot);
    return subject == null ? Unknown.YET : subject.verdict();
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
    }
  }

  private void look(Subject subject, RootBlock root) {
    try {
      subject.look(root, facts.hashing(subject.slot));
    } finally {
      subject.waiting.decrementAndGet();
    }
  }

  /** One endpoint. */
  private final class Subject {
    private final int slot;
    private final Endpoint endpoint;
    private final AtomicLong nextNanos = new AtomicLong(nanos.getAsLong());
    private final AtomicInteger waiting = new AtomicInteger();
    private final TokenProbe tokens = new TokenProbe(texts);
    private final Set<String> said = new HashSet<>();
    private MatchVerdict hashed = Unknown.YET;
    private int misses;
    private volatile MatchVerdict verdict = Unknown.YET;
    private volatile boolean tokensSettled;
    private volatile boolean countsDoubted;

    Subject(int slot, Endpoint endpoint) {
      this.slot = slot;
      this.endpoint = endpoint;
    }

    MatchVerdict verdict() {
      return verdict;
    }

    boolean takesMore(long now) {
      return now - nextNanos.get() >= 0 && waiting.get() < WAITING;
    }

    boolean takes(long now) {
      long due = nextNanos.get();
      long pause = settled() ? SETTLED_NANOS : UNSETTLED_NANOS;
      if (now - due < 0 || !nextNanos.compareAndSet(due, now + pause)) {
        return false;
      }
      if (waiting.incrementAndGet() > WAITING) {
        waiting.decrementAndGet();
        return false;
      }
      return true;
    }

    private boolean settled() {
      return verdict instanceof Verified && tokensSettled;
    }

    synchronized void look(RootBlock root, Hashing expected) {
      if (expected.equals(Hashing.UNKNOWN)) {
        return;
      }
      if (root.adapter().isEmpty()) {
        base(root, expected);
      } else {
        expected.scheme().ifPresent(scheme -> adapter(root, scheme));
      }
      settle();
    }

    private void base(RootBlock root, Hashing expected) {
      Optional<HashScheme> scheme = expected.scheme();
      if (scheme.isPresent() && root.isOf(scheme.get(), ExtraKeys.NONE)) {
        verified();
        tokens.stored(root);
        return;
      }
      Optional<HashScheme> found = hashes.find(root, expected);
      if (found.isPresent()) {
        hashed = hashes.explain(expected, found.get());
        misses = 0;
        return;
      }
      // It may have a salt that its version does not tell of, so one such block says nothing.
      misses++;
      if (misses >= (hashed instanceof Verified ? MISSES_AFTER_VERIFIED : MISSES)) {
        hashed = hashes.nothingFits(expected);
      }
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
      hashed = Verified.SEEN;
      misses = 0;
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
      MatchVerdict now = hashed;
      if (!(hashed instanceof Mismatch)) {
        Optional<Mismatch> mismatch = tokens.mismatch();
        if (mismatch.isPresent()) {
          now = mismatch.get();
        }
      }
      MatchVerdict before = verdict;
      verdict = now;
      if (!now.getClass().equals(before.getClass()) || now instanceof Mismatch) {
        tell(now);
      }
    }

    private void tell(MatchVerdict now) {
      switch (now) {
        case Unknown u -> {}
        case Verified v -> {
          if (unsaid(now.word())) {
            log.info("endpoint {}: KV events match what we compute", endpoint);
          }
        }
        case Mismatch m -> {
          // The advice holds numbers that change all the time.
          if (unsaid(m.word())) {
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
      return said.size() < SAID && said.add(what);
    }
  }
}
