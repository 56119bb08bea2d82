package io.pickwick.schedule;

/**
 * One endpoint's load at one moment.
 *
 * @param inFlight requests of ours that have not ended
 * @param detached requests of ours whose end will not be seen and which no scrape told of yet
 * @param decoding those in flight that have had their first token
 * @param requests all requests ever sent to it
 * @param dispatchedTokens all uncached prompt tokens ever sent to it
 * @param prefillingTokens uncached prompt tokens of requests without their first token, in full
 * @param queuedTokens what should be left of them by now, at the prefill rate
 * @param prefillRate measured or assumed prompt tokens per second
 * @param waiting its queue as scraped, corrected by what we sent and saw end since
 * @param running its batch as scraped, corrected in the same way
 */
public record LoadSnapshot(
    int inFlight,
    int detached,
    int decoding,
    long requests,
    long dispatchedTokens,
    long prefillingTokens,
    double queuedTokens,
    double prefillRate,
    int waiting,
    int running) {}
