package io.pickwick.epp.prompt.token;

/**
 * A token that is found in the text before the model sees it, as {@code tokenizer.json} lists them.
 *
 * @param content its text
 * @param singleWord whether it counts only between characters that make no word
 * @param lstrip whether white space before it belongs to it
 * @param rstrip whether white space behind it belongs to it
 * @param normalized whether it is looked for in the normalized text instead of the given one
 */
record AddedToken(
    int id,
    String content,
    boolean singleWord,
    boolean lstrip,
    boolean rstrip,
    boolean normalized) {}
