package io.pickwick.epp.prefix;

import io.pickwick.epp.config.Flags;
import io.pickwick.kv.hash.HashAlgorithm;
import io.pickwick.schedule.spec.SpecException;
import java.util.Locale;
import java.util.Optional;

/** What the command line says of precise matching. */
final class PreciseFlags {
  private PreciseFlags() {}

  static void read(Flags flags, PreciseDraft draft) {
    flags
        .prefixMode()
        .ifPresent(said ->
            draft.mode.say(
                "--prefix-mode", PreciseSettings.Mode.valueOf(said.toUpperCase(Locale.ROOT))));
    flags.blockSize().ifPresent(said -> draft.blockSize.say("--block-size", said));
    flags
        .hashSeed()
        .ifPresent(said -> draft.hashSeed.say("--hash-seed", Words.seed(said, PreciseFlags::seed)));
    flags
        .hashAlgorithm()
        .ifPresent(said ->
            draft.hashAlgorithm.say(
                "--hash-algorithm",
                HashAlgorithm.named(said)
                    .orElseThrow(() ->
                        new SpecException("--hash-algorithm", Words.unknownAlgorithm(said)))));
    flags.baseModel().ifPresent(said -> draft.model.say("--base-model", said));
    flags
        .tokenizer()
        .ifPresent(said ->
            draft.tokenizer.say(
                "--tokenizer", TokenizerSource.valueOf(said.toUpperCase(Locale.ROOT))));
    flags.tokenizerPath().ifPresent(said -> draft.tokenizerPath.say("--tokenizer-path", said));
    flags
        .speculativeTtl()
        .ifPresent(said ->
            draft.speculativeTtl.say(
                "--speculative-ttl", Words.speculation(said, PreciseFlags::speculation)));
    flags
        .kvEventsEndpoint()
        .map(said -> Words.bind(said, PreciseFlags::endpoint))
        .filter(said -> !said.isEmpty())
        .ifPresent(said -> draft.listen("--kv-events-endpoint", said));
    flags
        .kvEventsPort()
        .ifPresent(said -> {
          draft.connectPort.say("--kv-events-port", said);
          draft.connect("--kv-events-port");
        });
    flags.kvReplayPort().ifPresent(said -> draft.replayPort.say("--kv-replay-port", said));
    flags.kvEventsRanks().ifPresent(said -> draft.ranks.say("--kv-events-ranks", said));
    draft.verifiesPeer.say("--kv-events-verify-peer", flags.kvEventsVerifyPeer());
    flags.kvEventsCurve().ifPresent(said -> draft.curve.say("--kv-events-curve", said));
    if (!draft.mode.isSaid()) {
      eventsAskForTracking(flags)
          .ifPresent(flag -> {
            draft.mode.say(flag, PreciseSettings.Mode.TRACKING);
          });
    }
  }

  /** Who says where events come from wants them. */
  private static Optional<String> eventsAskForTracking(Flags flags) {
    if (flags.kvEventsEndpoint().isPresent()) {
      return Optional.of("--kv-events-endpoint");
    }
    return flags.kvEventsPort().isPresent() ? Optional.of("--kv-events-port") : Optional.empty();
  }

  private static SpecException seed(String message) {
    return new SpecException("--hash-seed", message);
  }

  private static SpecException speculation(String message) {
    return new SpecException("--speculative-ttl", message);
  }

  private static SpecException endpoint(String message) {
    return new SpecException("--kv-events-endpoint", message);
  }
}
