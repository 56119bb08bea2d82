package io.pickwick.epp.prefix;

import io.pickwick.epp.prompt.Tokens;
import io.pickwick.epp.prompt.token.PrefixCache;
import io.pickwick.epp.prompt.token.SegmentedText;
import io.pickwick.epp.prompt.token.SegmentedTokens;
import io.pickwick.kv.hash.ExtraKeys;
import io.pickwick.kv.hash.HashScheme;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.hash.TokenChain;
import java.security.SecureRandom;
import java.util.Optional;

/**
 * Chains of block keys of prompts, resumed where an earlier prompt with the same beginning has
 * been; safe for concurrent use.
 */
final class Chains {
  private static final int MARK_BYTES = 256;

  private final PrefixCache<TokenChain.Mark> marks;
  private final long separator;
  private final String secret = Long.toHexString(new SecureRandom().nextLong());

  /**
   * Makes it.
   *
   * @param separator what keeps the keys apart from those of other models
   * @param bytes the bound on what is kept of earlier prompts
   */
  Chains(long separator, long bytes) {
    this.separator = separator;
    this.marks = new PrefixCache<>(bytes);
  }

  /** The keys of a prompt's tokens. */
  TokenChain chain(Tokens.Known tokens, HashScheme scheme, ExtraKeys extra) {
    TokenChain chain = new TokenChain(scheme, extra, separator);
    chain.add(tokens.ids(), 0, tokens.ids().length);
    return chain;
  }

  /** The keys of a text's tokens. */
  TokenChain chain(Tokens.Cut cut, HashScheme scheme, ExtraKeys extra) {
    SegmentedTokens by = cut.by();
    SegmentedText text = cut.text();
    long domain = domain(scheme, extra, cut.special());
    Optional<PrefixCache.Found<TokenChain.Mark>> found = marks.longest(text, domain);
    TokenChain chain;
    int from;
    if (found.isPresent()) {
      chain = TokenChain.resumed(found.get().state());
      from = found.get().segments();
    } else {
      chain = new TokenChain(scheme, extra, separator);
      from = 0;
      if (cut.special()) {
        add(chain, by.tokenizer().before());
      }
    }
    for (int segment = from; segment < text.segments(); segment++) {
      int before = chain.blocks();
      by.encode(text, segment, chain::add);
      // The marks of a prompt share their keys.
      long bytes = MARK_BYTES + 8L * (chain.blocks() - before);
      marks.put(text, segment + 1, domain, chain.tokens(), chain.mark(), bytes);
    }
    if (cut.special()) {
      add(chain, by.tokenizer().after());
    }
    return chain;
  }

  private static void add(TokenChain chain, int[] ids) {
    chain.add(ids, 0, ids.length);
  }

  private long domain(HashScheme scheme, ExtraKeys extra, boolean special) {
    // Salts are the clients', and none of them may meet another's: nobody can compute this hash.
    long domain = PromptKeys.separator(secret, scheme + " " + extra);
    return PromptKeys.separated(domain, PromptKeys.separated(separator, special ? 1 : 0));
  }
}
