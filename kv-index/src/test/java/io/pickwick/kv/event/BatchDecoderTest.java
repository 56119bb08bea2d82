package io.pickwick.kv.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BatchDecoderTest {
  private static final MsgpackTree.Nil NIL = new MsgpackTree.Nil();
  private static final long HASH = 3236607068019569386L;

  private final BatchDecoder decoder = new BatchDecoder();
  private final Seen.Sink sink = new Seen.Sink();

  private BatchDecoder.Result decode(byte[] payload) {
    return decoder.decode(payload, 0, payload.length, sink);
  }

  private BatchDecoder.Result decodeHex(String hex) {
    return decode(HexFormat.of().parseHex(hex));
  }

  private BatchDecoder.Result decodeEvents(Object... events) {
    return decode(MsgpackWriter.write(List.of(1.5, List.of(events), 0)));
  }

  private static int rankOf(byte[] payload) {
    return BatchDecoder.rankOf(payload, 0, payload.length);
  }

  private static List<Object> tokens(int count) {
    return new ArrayList<>(IntStream.range(0, count).boxed().toList());
  }

  private Seen.Stored stored() {
    assertThat(sink.seen).hasSize(1);
    assertThat(sink.seen.getFirst()).isInstanceOf(Seen.Stored.class);
    return (Seen.Stored) sink.seen.getFirst();
  }

  private static Seen.Stored plain(boolean kindTold) {
    return new Seen.Stored(
        List.of(HASH),
        List.of(),
        4,
        List.of(1, 2, 3, 4),
        Medium.GPU,
        0,
        true,
        kindTold,
        "",
        -1,
        false,
        false);
  }

  @Test
  void readsTheArrayFormOfAStore() {
    BatchDecoder.Result result =
        decodeHex(
            "93cb3ff8000000000000919aab426c6f636b53746f72656491cf2ceabcfae6d332eac0940102030404c0a347"
                + "5055c0c0c000");
    assertThat(sink.seen).containsExactly(plain(false));
    assertThat(result).isEqualTo(new BatchDecoder.Result(1, 0));
  }

  @Test
  void readsTheMapFormOfAStore() {
    decodeHex(
        "93cb3ff8000000000000918ba474797065ab426c6f636b53746f726564ac626c6f636b5f68617368657391cf2ceab"
            + "cfae6d332eab1706172656e745f626c6f636b5f68617368c0a9746f6b656e5f6964739401020304aa626c6"
            + "f636b5f73697a6504a76c6f72615f6964c0a66d656469756da3475055a96c6f72615f6e616d65c0aa65787"
            + "472615f6b65797391c0a967726f75705f69647800b26b765f63616368655f737065635f6b696e64ae66756"
            + "c6c5f617474656e74696f6e00");
    assertThat(sink.seen).containsExactly(plain(true));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "93cb3ff80000000000009194ac426c6f636b52656d6f76656491cf2ceabcfae6d332eaa3475055c000",
        "93cb3ff80000000000009184a474797065ac426c6f636b52656d6f766564ac626c6f636b5f68617368657391cf2ce"
            + "abcfae6d332eaa66d656469756da3475055a967726f75705f6964780000"
      })
  void readsBothFormsOfARemoval(String hex) {
    decodeHex(hex);
    assertThat(sink.seen).containsExactly(new Seen.Removed(List.of(HASH), Medium.GPU, 0));
  }

  @ParameterizedTest
  @CsvSource({
    "93cb3ff80000000000009191b0416c6c426c6f636b73436c656172656400, 0",
    "92cb3ff80000000000009191b0416c6c426c6f636b73436c6561726564, -1",
    "93cb3ff80000000000009181a474797065b0416c6c426c6f636b73436c656172656400, 0",
    "93cb3ff80000000000009181a474797065b0416c6c426c6f636b73436c6561726564c0, -1"
  })
  void readsEveryFormOfAClear(String hex, int rank) {
    decodeHex(hex);
    assertThat(rankOf(HexFormat.of().parseHex(hex))).isEqualTo(rank);
    assertThat(sink.seen).containsExactly(new Seen.Cleared());
  }

  @Test
  void readsTheFirstShapeWithSixElements() {
    decodeEvents(Arrays.asList("BlockStored", List.of(HASH), NIL, List.of(1, 2, 3, 4), 4, NIL));
    assertThat(stored()).isEqualTo(plain(false));
  }

  @Test
  void readsSglangsShapes() {
    List<Object> five = List.of("BlockStored", List.of(-5), -6, List.of(1), 1);
    decodeEvents(five);
    assertThat(stored().hashes()).containsExactly(-5L);
    assertThat(stored().parent()).containsExactly(-6L);
    sink.seen.clear();
    List<Object> metadata = new ArrayList<>(five);
    metadata.addAll(List.of(NIL, "CPU_PINNED", Map.of("cache_salt", "a", "lora_name", "sql")));
    decodeEvents(metadata);
    assertThat(stored().medium()).isEqualTo(Medium.CPU);
    assertThat(stored().loraName()).isEqualTo("sql");
  }

  @Test
  void readsArraysAndMapsInOneBatch() {
    BatchDecoder.Result result =
        decodeEvents(
            List.of("BlockRemoved", List.of(1), "GPU"),
            Map.of("type", "BlockRemoved", "block_hashes", List.of(2), "medium", "CPU"),
            List.of("AllBlocksCleared"));
    assertThat(sink.seen)
        .containsExactly(
            new Seen.Removed(List.of(1L), Medium.GPU, 0),
            new Seen.Removed(List.of(2L), Medium.CPU, 0),
            new Seen.Cleared());
    assertThat(result.events()).isEqualTo(3);
  }

  @Test
  void readsABatchThatIsAMap() {
    byte[] payload =
        MsgpackWriter.write(
            Map.of("events", List.of(List.of("AllBlocksCleared")), "data_parallel_rank", 3));
    decode(payload);
    assertThat(sink.seen).containsExactly(new Seen.Cleared());
    assertThat(rankOf(payload)).isEqualTo(3);
  }

  @Test
  void takesOneHashInEveryFormForTheSame() {
    byte[] digest = new byte[32];
    Arrays.fill(digest, (byte) 0xff);
    byte[] eight = Arrays.copyOf(digest, 8);
    decodeEvents(
        List.of(
            "BlockRemoved",
            List.of(
                -1,
                new MsgpackWriter.Unsigned(-1),
                eight,
                digest,
                new MsgpackWriter.Raw("d0ff"),
                new MsgpackWriter.Raw("d1ffff"),
                new MsgpackWriter.Raw("d2ffffffff"),
                new MsgpackWriter.Raw("d3ffffffffffffffff"))));
    assertThat(sink.seen)
        .containsExactly(new Seen.Removed(Collections.nCopies(8, -1L), Medium.GPU, 0));
  }

  @Test
  void takesTheLastEightBytesOfADigest() {
    byte[] digest = HexFormat.of().parseHex("0102030405060708090a0b0c0d0e0f10");
    decodeEvents(List.of("BlockRemoved", List.of(digest)));
    assertThat(sink.seen)
        .containsExactly(new Seen.Removed(List.of(0x090a0b0c0d0e0f10L), Medium.GPU, 0));
  }

  @Test
  void tellsNoParentFromAParentOfZero() {
    decodeEvents(List.of("BlockStored", List.of(0), 0, List.of(1), 1));
    assertThat(stored().parent()).containsExactly(0L);
    assertThat(stored().hashes()).containsExactly(0L);
    sink.seen.clear();
    decodeEvents(List.of("BlockStored", List.of(0), NIL, List.of(1), 1));
    assertThat(stored().parent()).isEmpty();
  }

  @Test
  void tellsAllTokensWhenTheySpanMoreThanTheBlocks() {
    decodeEvents(List.of("BlockStored", List.of(7, 8), NIL, tokens(100), 16));
    assertThat(stored().tokens()).hasSize(100).endsWith(98, 99);
    assertThat(stored().hashes()).containsExactly(7L, 8L);
  }

  @ParameterizedTest
  @CsvSource({
    "full_attention, true",
    "mla_attention, true",
    "sink_full_attention, true",
    "sliding_window, false",
    "mamba, false",
    "chunked_local_attention, false",
    "full_attention_of_tomorrow, false"
  })
  void tellsWhichKindsMakeAPrefix(String kind, boolean full) {
    decodeEvents(
        Map.of(
            "type",
            "BlockStored",
            "block_hashes",
            List.of(1),
            "kv_cache_spec_kind",
            kind,
            "group_idx",
            2));
    assertThat(stored().fullAttention()).isEqualTo(full);
    assertThat(stored().kindTold()).isTrue();
    assertThat(stored().group()).isEqualTo(2);
  }

  @Test
  void takesOnlyAFirstRunOfASessionInTheEnginesOwnMediumForAReport() {
    Map<String, Object> report =
        Map.of("type", "BlockStored", "block_hashes", List.of(1), "session_id", "s-1");
    Map<String, Object> followed =
        Map.of(
            "type",
            "BlockStored",
            "block_hashes",
            List.of(2),
            "parent_block_hash",
            1,
            "session_id",
            "s-1");
    Map<String, Object> offloaded =
        Map.of(
            "type", "BlockStored", "block_hashes", List.of(1), "session_id", "s", "medium", "CPU");
    Map<String, Object> plain = Map.of("type", "BlockStored", "block_hashes", List.of(1));
    decodeEvents(report, followed, offloaded, plain);
    assertThat(sink.seen)
        .extracting(seen -> ((Seen.Stored) seen).reported())
        .containsExactly(true, false, false, false);
  }

  @Test
  void readsTheReportThatAServerMade() {
    decodeHex(
        "93cb41dac0468615b029918ca474797065ab426c6f636b53746f726564ac626c6f636b5f68617368657392cfea517"
            + "7deca580197cfa673bff05cb86760b1706172656e745f626c6f636b5f68617368c0a9746f6b656e5f69647"
            + "39101aa626c6f636b5f73697a6520a76c6f72615f6964c0a66d656469756da3475055a96c6f72615f6e616"
            + "d65c0aa65787472615f6b65797392c0c0a967726f75705f69647800b26b765f63616368655f737065635f6"
            + "b696e64ae66756c6c5f617474656e74696f6eaa73657373696f6e5f6964a3732d3100");
    assertThat(stored().reported()).isTrue();
  }

  @Test
  void knowsExtraKeysFromPlaceholdersOfNone() {
    List<Object> none = List.of("BlockStored", List.of(1, 2), NIL, List.of(), 1, NIL, NIL, NIL);
    for (Object keys : List.of(NIL, List.of(), List.of(NIL, NIL), List.of(List.of(), List.of()))) {
      sink.seen.clear();
      List<Object> event = new ArrayList<>(none);
      event.add(keys);
      decodeEvents(event);
      assertThat(stored().extraKeys()).as("%s", keys).isFalse();
    }
    sink.seen.clear();
    List<Object> event = new ArrayList<>(none);
    event.add(List.of(List.of("tenant-a"), NIL));
    decodeEvents(event);
    assertThat(stored().extraKeys()).isTrue();
  }

  @Test
  void goesOnAfterAnUnknownEventAndOwnsThatSomethingMayBeGone() {
    BatchDecoder.Result result =
        decodeEvents(
            List.of("BlockMoved", List.of(1)),
            Map.of("type", "BlockShrunk", "by", Map.of("half", List.of())),
            List.of("AllBlocksCleared"));
    assertThat(sink.seen)
        .containsExactly(new Seen.Unreadable(true), new Seen.Unreadable(true), new Seen.Cleared());
    assertThat(result.unreadable()).isEqualTo(2);
  }

  @Test
  void losesNoStateWithAMalformedStore() {
    decodeEvents(
        List.of("BlockStored", "no hashes", NIL, List.of(), 1),
        List.of("BlockStored"),
        List.of("BlockStored", List.of(new byte[7]), NIL, List.of(), 1),
        List.of("BlockStored", List.of(1), NIL, List.of("word"), 1),
        List.of("BlockStored", List.of(1), NIL, List.of(), -1),
        List.of("AllBlocksCleared"));
    assertThat(sink.seen)
        .containsExactly(
            new Seen.Unreadable(false),
            new Seen.Unreadable(false),
            new Seen.Unreadable(false),
            new Seen.Unreadable(false),
            new Seen.Unreadable(false),
            new Seen.Cleared());
  }

  @Test
  void losesStateWithAMalformedRemoval() {
    decodeEvents(
        List.of("BlockRemoved", 1),
        List.of("BlockRemoved"),
        List.of(),
        5,
        NIL,
        List.of(5),
        List.of("AllBlocksCleared"));
    assertThat(sink.seen).hasSize(7).endsWith(new Seen.Cleared());
    assertThat(sink.seen.subList(0, 6)).containsOnly(new Seen.Unreadable(true));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "c0",
        "01",
        "90",
        "91cb3ff8000000000000",
        "9201c0",
        "920105",
        "80",
        "8101c0",
        "c1",
        "93cb3ff8",
        "a474797065",
        "81a26576c0"
      })
  void tellsWhatIsNoBatch(String hex) {
    BatchDecoder.Result result = decodeHex(hex);
    assertThat(sink.seen).containsExactly(new Seen.Unreadable(true));
    assertThat(result.events()).isZero();
    assertThat(rankOf(HexFormat.of().parseHex(hex))).isEqualTo(-1);
  }

  @Test
  void appliesWhatIsWholeBeforeTheBytesBreakOff() {
    byte[] whole =
        MsgpackWriter.write(
            List.of(
                1.5,
                List.of(List.of("BlockRemoved", List.of(1)), List.of("BlockRemoved", List.of(2)))));
    decode(Arrays.copyOf(whole, whole.length - 1));
    assertThat(sink.seen)
        .containsExactly(new Seen.Removed(List.of(1L), Medium.GPU, 0), new Seen.Unreadable(true));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "92c0dd80000000", // events
        "92c0ddffffffff",
        "92c091dd80000000", // fields
        "92c091dfffffffff",
        "92c09192ac426c6f636b52656d6f766564dd80000000", // hashes
        "92c09192ac426c6f636b52656d6f766564ddffffffff01",
        "92c09194ab426c6f636b53746f72656490c0ddffffffff01", // tokens
        "92c09192ac426c6f636b52656d6f76656491c6ffffffff01", // a digest
        "92c09191dbffffffff01", // a tag
        "92c091c9ffffffff01" // an extension
      })
  void isNotFooledByLengthsThatNothingStandsBehind(String hex) {
    decodeHex(hex);
    assertThat(sink.seen).containsExactly(new Seen.Unreadable(true));
  }

  @Test
  void needsNoStackForDepth() {
    StringBuilder deep = new StringBuilder("92c092");
    int depth = 1_000_000;
    deep.append("91".repeat(depth)).append("c0").append("91b0416c6c426c6f636b73436c6561726564");
    BatchDecoder.Result result = decodeHex(deep.toString());
    assertThat(sink.seen).containsExactly(new Seen.Unreadable(true), new Seen.Cleared());
    assertThat(result.events()).isEqualTo(1);
  }

  @Test
  void refusesANameThatIsAsLongAsABook() {
    String book = "n".repeat(Names.LONGEST + 1);
    decodeEvents(List.of("BlockStored", List.of(1), NIL, List.of(), 1, NIL, NIL, book));
    assertThat(sink.seen).containsExactly(new Seen.Unreadable(false));
  }

  @ParameterizedTest
  @CsvSource({"c0, -1", "00, 0", "cc80, 128", "cd0101, 257", "ff, -1", "cfffffffffffffffff, -1"})
  void tellsTheRank(String rank, int expected) {
    byte[] payload = HexFormat.of().parseHex("93cb3ff800000000000090" + rank);
    decode(payload);
    assertThat(rankOf(payload)).isEqualTo(expected);
    assertThat(sink.seen).isEmpty();
  }

  @Test
  void makesNameStringsOnce() {
    decodeEvents(
        List.of("BlockStored", List.of(1), NIL, List.of(), 1, NIL, NIL, "sql"),
        List.of("BlockStored", List.of(1), NIL, List.of(), 1, NIL, NIL, "sql"));
    assertThat(((Seen.Stored) sink.seen.get(0)).loraName())
        .isSameAs(((Seen.Stored) sink.seen.get(1)).loraName());
  }
}
