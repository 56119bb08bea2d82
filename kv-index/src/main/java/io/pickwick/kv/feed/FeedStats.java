package io.pickwick.kv.feed;

/**
 * What all feeds have seen since their start.
 *
 * @param messages messages that came live, of whomever
 * @param bytes their payloads
 * @param events events applied
 * @param unreadableEvents events that could not be read
 * @param unauthorised messages of somebody who may not speak for the endpoint they name
 * @param foreignTopics messages of topics that name no endpoint of the pool
 * @param malformed messages that are none: frames missing or too many
 * @param stale messages of a connection that was lost or replaced, or of an endpoint that is gone
 * @param duplicates messages that came twice
 * @param gaps times that a message was missing
 * @param losses times that what was known of a publisher was dropped, since a message was lost for
 *     good
 * @param restarts times that a publisher began anew
 * @param disconnects connections lost
 * @param overflows times that messages of a publisher were dropped because too many waited
 * @param replays replays asked for
 * @param replayFailures replays that ended without an answer
 * @param replayedMessages messages that came by replay
 * @param storedBlocks blocks stored or reported
 * @param removedBlocks blocks removed that were known
 * @param unknownBlocks blocks removed that were not known
 * @param ignoredBlocks blocks passed over: of other groups, or without a key or an adapter's name
 * @param refusedConnections connections refused since there were too many
 * @param receiverRestarts times that the thread that receives died and began anew
 * @param laneRestarts times that a thread that applies events died and began anew
 * @param lagNanos how long the oldest waiting message has waited; zero when none waits
 */
public record FeedStats(
    long messages,
    long bytes,
    long events,
    long unreadableEvents,
    long unauthorised,
    long foreignTopics,
    long malformed,
    long stale,
    long duplicates,
    long gaps,
    long losses,
    long restarts,
    long disconnects,
    long overflows,
    long replays,
    long replayFailures,
    long replayedMessages,
    long storedBlocks,
    long removedBlocks,
    long unknownBlocks,
    long ignoredBlocks,
    long refusedConnections,
    long receiverRestarts,
    long laneRestarts,
    long lagNanos) {}
