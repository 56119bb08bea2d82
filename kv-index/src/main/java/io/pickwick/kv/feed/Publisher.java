package io.pickwick.kv.feed;

import io.pickwick.kv.event.BatchDecoder;
import io.pickwick.kv.event.EventSink;
import io.pickwick.kv.event.RemovedBlocks;
import io.pickwick.kv.event.StoredBlocks;
import io.pickwick.kv.index.BlockIndex;
import io.pickwick.kv.index.RankBlocks;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One publisher of KV events, a rank of an endpoint for as long as that is in the pool: its mailbox
 * and what its lane makes of it.
 */
final class Publisher implements Journal {
  private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

  /*
   * Anybody may post; only the lane reads. The mailbox is bounded by the lane's room: a publisher
   * may use all of it that is free, but when the lane is full, those who use more than their share
   * lose what they have there, and get a message that says so. Mail that says what happened to
   * connections is never dropped.
   */
  private final Endpoint endpoint;
  private final int rank;
  private final Lane lane;
  private final Shared shared;
  private final Optional<InetSocketAddress> replayAddress;
  private final Continuity continuity;

  /** What publishers of one {@link KvFeeds} have in common. */
  record Shared(
      FeedConfig config,
      BlockIndex index,
      FeedListener listener,
      LongSupplier nanos,
      Counters counters,
      Replays replays) {}

  // Guarded by this.
  private final ArrayDeque<Mail> mail = new ArrayDeque<>();
  private long mailBytes;
  private int mailMessages;
  private boolean scheduled;
  private boolean gone;
  private long askedNanos;

  // The lane's alone.
  private Optional<Applied> applied = Optional.empty();
  private int toldRank = -1;
  private boolean closed;

  private volatile FeedStatus status;
  private volatile long receivedNanos;

  /** What is amiss with the connection that we make, and with its replays. */
  private final Outage link = new Outage();

  private final Outage replay = new Outage();
  private FeedState told = FeedState.SILENT;

  /** What the lane writes with, from the first message on. */
  private final class Applied implements EventSink {
    private final RankBlocks blocks;
    private final EventApplier applier;
    private boolean cleared;
    private final long[] counted = new long[4];

    Applied(RankBlocks blocks, EventApplier applier) {
      this.blocks = blocks;
      this.applier = applier;
    }

    @Override
    public void stored(StoredBlocks event) {
      applier.stored(event);
    }

    @Override
    public void removed(RemovedBlocks event) {
      applier.removed(event);
    }

    @Override
    public void cleared() {
      cleared = true;
      applier.cleared();
    }

    @Override
    public void unreadable(String why, boolean lost) {
      applier.unreadable(why, lost);
    }

    @Override
    public void ended() {
      applier.ended();
    }

    private void count() {
      Counters counters = shared.counters();
      counters.storedBlocks.add(more(0, applier.storedBlocks()));
      counters.removedBlocks.add(more(1, applier.removedBlocks()));
      counters.unknownBlocks.add(more(2, applier.unknownBlocks()));
      counters.ignoredBlocks.add(more(3, applier.ignoredBlocks()));
    }

    private long more(int which, long now) {
      long before = counted[which];
      counted[which] = now;
      return now - before;
    }
  }

  Publisher(
      Endpoint endpoint,
      int rank,
      Lane lane,
      Shared shared,
      Optional<InetSocketAddress> replayAddress) {
    this.endpoint = endpoint;
    this.rank = rank;
    this.lane = lane;
    this.shared = shared;
    this.replayAddress = replayAddress;
    this.continuity =
        new Continuity(
            this,
            shared.counters(),
            replayAddress.isPresent(),
            lane.mostMessages,
            Math.max(1, lane.mostBytes / 4));
    this.status = new FeedStatus(endpoint.source().slot(), rank, FeedState.SILENT, 0, -1, 0, 0, "");
    this.receivedNanos = shared.nanos().getAsLong();
    this.askedNanos = receivedNanos;
    lane.join(this);
  }

  /** Where replays are asked for. */
  InetSocketAddress replayAddress() {
    return replayAddress.orElseThrow();
  }

  FeedState state() {
    return status.state();
  }

  /** Where it stands now. */
  FeedStatus status() {
    FeedStatus last = status;
    return new FeedStatus(
        last.slot(),
        last.rank(),
        last.state(),
        last.blocks(),
        last.lastSequence(),
        lagNanos(),
        last.messageNanos(),
        why(last));
  }

  private String why(FeedStatus last) {
    String unlinked = link.what();
    String unreplayed = last.state() == FeedState.LIVE ? "" : replay.what();
    if (!unlinked.isEmpty()) {
      return unlinked;
    } else if (!unreplayed.isEmpty()) {
      return last.why().isEmpty() ? unreplayed : last.why() + "; " + unreplayed;
    }
    return last.why().isEmpty() ? endpoint.hint(last.state()) : last.why();
  }

  /** What is amiss with the connection that we make. */
  Outage link() {
    return link;
  }

  /** What is amiss with its replays. */
  Outage replay() {
    return replay;
  }

  /** Says in which state it is, if that is news; always on the same thread. */
  void tell(FeedLog log) {
    FeedState now = state();
    if (now != told) {
      log.changed(endpoint.source(), rank, told, now, why(status));
      told = now;
    }
  }

  private synchronized long lagNanos() {
    for (Mail one : mail) {
      if (one instanceof Mail.Live live) {
        return Math.max(0, shared.nanos().getAsLong() - live.nanos());
      }
    }
    return 0;
  }

  /** Looks whether it has been quiet for long, and then whether anything was missed. */
  void tick(long nowNanos) {
    boolean quiet;
    synchronized (this) {
      long since = Math.max(receivedNanos, askedNanos);
      quiet = nowNanos - since > shared.config().timing().probe().toNanos();
      if (quiet) {
        askedNanos = nowNanos;
      }
    }
    if (quiet) {
      post(new Mail.Quiet());
    }
  }

  /** Something for the lane; messages may be dropped when there are too many. */
  void post(Mail one) {
    boolean wake;
    synchronized (this) {
      if (gone) {
        return;
      }
      if (one instanceof Mail.Live live) {
        receivedNanos = live.nanos();
        if (overfull(one.bytes())) {
          dropMessages();
          mail.addLast(new Mail.Overflow());
        } else {
          take(one);
        }
      } else {
        take(one);
      }
      wake = !scheduled;
      scheduled = true;
    }
    if (wake) {
      lane.ready(this, false);
    }
  }

  private boolean overfull(int more) {
    if (mailMessages == 0) {
      return false;
    }
    if (mailMessages >= lane.mostMessages || mailBytes + more > lane.mostBytes) {
      return true;
    }
    boolean full =
        lane.messages.get() >= lane.mostMessages || lane.bytes.get() + more > lane.mostBytes;
    int among = Math.max(1, lane.publishers.get());
    return full
        && (mailMessages >= Math.max(1, lane.mostMessages / among)
            || mailBytes + more > lane.mostBytes / among);
  }

  private void take(Mail one) {
    mail.addLast(one);
    mailMessages++;
    mailBytes += one.bytes();
    lane.messages.incrementAndGet();
    lane.bytes.addAndGet(one.bytes());
  }

  private void given(Mail one) {
    mailMessages--;
    mailBytes -= one.bytes();
    lane.messages.decrementAndGet();
    lane.bytes.addAndGet(-one.bytes());
  }

  /** Whether it takes of the lane's room. */
  private static boolean isCounted(Mail one) {
    return !(one instanceof Mail.Overflow
        || one instanceof Mail.Died
        || one instanceof Mail.Closed);
  }

  private void dropMessages() {
    for (int i = mail.size(); i > 0; i--) {
      Mail one = mail.removeFirst();
      switch (one) {
        case Mail.Live _, Mail.Replayed _ -> given(one);
        case Mail.Overflow _ -> {}
        default -> mail.addLast(one);
      }
    }
  }

  /** Whether more of a replay may come now. */
  synchronized boolean hasRoom() {
    return !overfull(0);
  }

  /** The endpoint is gone: nothing that waits is applied any more, and its blocks are forgotten. */
  void close() {
    synchronized (this) {
      if (gone) {
        return;
      }
      gone = true;
      while (!mail.isEmpty()) {
        Mail one = mail.removeFirst();
        if (isCounted(one)) {
          given(one);
        }
      }
      mail.add(new Mail.Closed());
      scheduled = true;
    }
    lane.publishers.decrementAndGet();
    // Twice in the lane's queue does no harm: what is closed has nothing more to do.
    lane.ready(this, true);
  }

  /**
   * The lane's thread died, perhaps in the midst of this one's mail, of which a part is lost;
   * before another thread begins.
   */
  void interrupted() {
    synchronized (this) {
      mail.addFirst(gone ? new Mail.Closed() : new Mail.Died());
      scheduled = true;
    }
    lane.ready(this, gone);
  }

  /**
   * Works off some of the mail, on the lane's thread.
   *
   * @return whether there is more
   */
  boolean work(int most) {
    boolean more = true;
    for (int i = 0; more && i < most; i++) {
      Mail one;
      synchronized (this) {
        if (mail.isEmpty()) {
          scheduled = false;
          more = false;
          continue;
        }
        one = mail.removeFirst();
        if (isCounted(one)) {
          given(one);
        }
      }
      try {
        read(one);
      } catch (RuntimeException | Error e) {
        LOG.error("KV events of slot {} could not be applied", endpoint.source().slot(), e);
        continuity.overflowed();
      }
    }
    publish();
    return more;
  }

  private void read(Mail one) {
    if (closed) {
      return;
    }
    switch (one) {
      case Mail.Connected it -> continuity.connected(it.connection());
      case Mail.Sighted _ -> continuity.sighted();
      case Mail.Live it -> {
        if (ours(it.batch())) {
          continuity.live(it.connection(), it.sequence(), it.batch());
        }
      }
      case Mail.Lost it -> continuity.lost(it.connection());
      case Mail.Overflow _ -> continuity.overflowed();
      case Mail.Replayed it -> {
        if (ours(it.batch())) {
          continuity.replayed(it.token(), it.sequence(), it.batch());
        }
      }
      case Mail.ReplayEnded it -> continuity.replayEnded(it.token(), it.end());
      case Mail.Quiet _ -> continuity.quiet();
      case Mail.Died _ -> continuity.unbelievable("the thread that applies its events died");
      case Mail.Closed _ -> {
        applied.ifPresent(it -> it.blocks.close());
        shared.replays().forget(this);
        lane.left(this);
        closed = true;
      }
    }
  }

  /** A publisher has one rank; a batch of another one is somebody else's. */
  private boolean ours(Batch batch) {
    int told = batch.rank();
    if (told >= 0 && toldRank < 0) {
      toldRank = told;
    }
    if (told >= 0 && told != toldRank) {
      shared.counters().foreignTopics.increment();
      return false;
    }
    return true;
  }

  @Override
  public int apply(Batch batch) {
    Applied to = applied();
    to.cleared = false;
    BatchDecoder.Result result;
    try {
      result = lane.decoder().decode(batch.payload(), 0, batch.bytes(), to);
    } catch (RuntimeException | Error e) {
      // Half of it may be indexed, and applying it again would count that half twice.
      LOG.error("KV events of slot {} could not be applied", endpoint.source().slot(), e);
      return UNBELIEVABLE;
    }
    shared.counters().events.add(result.events());
    shared.counters().unreadable.add(result.unreadable());
    to.count();
    if (to.applier.stateLost()) {
      return UNBELIEVABLE;
    }
    return to.cleared ? CLEARED : PLAIN;
  }

  private Applied applied() {
    if (applied.isEmpty()) {
      FeedSource source = endpoint.source();
      RankBlocks blocks = shared.index().open(source.slot(), rank);
      applied =
          Optional.of(
              new Applied(
                  blocks,
                  new EventApplier(
                      source.slot(), rank, blocks, source.keys().get(), shared.listener())));
    }
    return applied.orElseThrow();
  }

  @Override
  public void forget() {
    applied.ifPresent(it -> it.applier.forget());
  }

  @Override
  public void startOver() {
    forget();
    shared.listener().restarted(endpoint.source().slot(), rank);
  }

  @Override
  public void ask(long token, long from, Urgency urgency) {
    shared.replays().ask(this, token, from, urgency);
  }

  @Override
  public void cancel(long token) {
    shared.replays().cancel(this, token);
  }

  private void publish() {
    if (closed) {
      return;
    }
    FeedState before = status.state();
    status =
        new FeedStatus(
            endpoint.source().slot(),
            rank,
            continuity.state(),
            applied.map(it -> it.blocks.blocks()).orElse(0L),
            continuity.last(),
            0,
            receivedNanos,
            continuity.why());
    if (continuity.state() != before) {
      endpoint.changed();
    }
  }
}
