package io.pickwick.epp.prompt.token;

import java.util.List;

/**
 * What a {@code tokenizer.json} says of a byte-level model.
 *
 * @param added its added tokens
 * @param composes whether text is brought to Unicode's normal form C
 * @param patterns the pre-tokenizer's patterns, each cutting what the one before it left together
 * @param before ids that the post-processor puts before a text; never changed
 * @param after ids that it puts behind a text; never changed
 */
@SuppressWarnings("ArrayRecordComponent") // made once, read by one tokenizer, never compared
record BytePairModel(
    Vocabulary vocabulary,
    List<AddedToken> added,
    boolean composes,
    List<WordPattern> patterns,
    int[] before,
    int[] after) {}
