package io.pickwick.kv.feed;

import java.util.concurrent.atomic.LongAdder;

/** What is counted for all feeds together. */
final class Counters {
  final LongAdder messages = new LongAdder();
  final LongAdder bytes = new LongAdder();
  final LongAdder events = new LongAdder();
  final LongAdder unreadable = new LongAdder();
  final LongAdder unauthorised = new LongAdder();
  final LongAdder foreignTopics = new LongAdder();
  final LongAdder malformed = new LongAdder();
  final LongAdder stale = new LongAdder();
  final LongAdder duplicates = new LongAdder();
  final LongAdder gaps = new LongAdder();
  final LongAdder losses = new LongAdder();
  final LongAdder restarts = new LongAdder();
  final LongAdder disconnects = new LongAdder();
  final LongAdder overflows = new LongAdder();
  final LongAdder replays = new LongAdder();
  final LongAdder replayFailures = new LongAdder();
  final LongAdder replayedMessages = new LongAdder();
  final LongAdder storedBlocks = new LongAdder();
  final LongAdder removedBlocks = new LongAdder();
  final LongAdder unknownBlocks = new LongAdder();
  final LongAdder ignoredBlocks = new LongAdder();
  final LongAdder refusedConnections = new LongAdder();
  final LongAdder receiverRestarts = new LongAdder();
  final LongAdder laneRestarts = new LongAdder();

  FeedStats stats(long lagNanos) {
    return new FeedStats(
        messages.sum(),
        bytes.sum(),
        events.sum(),
        unreadable.sum(),
        unauthorised.sum(),
        foreignTopics.sum(),
        malformed.sum(),
        stale.sum(),
        duplicates.sum(),
        gaps.sum(),
        losses.sum(),
        restarts.sum(),
        disconnects.sum(),
        overflows.sum(),
        replays.sum(),
        replayFailures.sum(),
        replayedMessages.sum(),
        storedBlocks.sum(),
        removedBlocks.sum(),
        unknownBlocks.sum(),
        ignoredBlocks.sum(),
        refusedConnections.sum(),
        receiverRestarts.sum(),
        laneRestarts.sum(),
        lagNanos);
  }
}
