package io.pickwick.kv.hash;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.kv.hash.ExtraKeys.Adapter;
import io.pickwick.kv.hash.ExtraKeys.MediaSpan;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Block hashes that running engines published or that other projects hold themselves to. */
class PublishedVectorsTest {
  private static final Adapter SQL = new Adapter("sql-lora", 1, "models/lora-sql");

  /** vLLM 0.32.0 and 0.22.1 on CPU, tokens from 1 on; the salt is {@code tenant-a}. */
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "TAGGED, 32, sha256_cbor, 0, false, false, 8cb56fff8ae2c77f3b5c2e61262b9b28e49e0d515055dff6ea5177deca580197, 8871a42524c7608b1450c48bcca7c452d3e4fec30758e2b4a673bff05cb86760",
        "TAGGED, 32, sha256_cbor, 0, false, true, 0f14112a6920f2f65cd57f94c8fa0f90e647f10663e431985d310e731fbfb215, 364620f2fd8fd7f4f3fa4718bb9601414d8005cffdf3f93adc116dbcd1385a5c",
        "TAGGED, 32, sha256_cbor, 0, true, false, 33f1c0d892e112f5740a3aa2ce16005ebc60d98147d779d6622c4f7e127658bd, bf1decb32d52504fd5b63e2ef4d5cc644d6e10a26a11f7840ccace0c62a4e23f",
        "TAGGED, 32, sha256_cbor, 0, true, true, 63e2ddc2c2518b96d6bcc2070556cdbcf1eb0a20489c0b24978f2d84f1017fe1, 77fc2998e8505d582596a17e6fe95e4b172621612141ee46374e8300951f8457",
        "TAGGED, 32, xxhash_cbor, 0, false, false, 6c1fabd2921f012ec268cf9a3503139c, c62a145a255b2b14789c10698ad0b73d",
        "TAGGED, 32, sha256_cbor, -, false, false, b2a727d31d71531aa716681e4783e0219ad14445f650848ba95e744b6ac91bce, 0e511777fef56bf89905655aeeed8e662902ebfa6b08f4c53a69a32ed05d8f2e",
        "POSITIONED, 16, sha256_cbor, 0, false, true, 49b760d6d243926bf3dfb4d180a3a3d4b6014d7f50eeaab097c026e53c21ba63, -",
        "POSITIONED, 16, sha256_cbor, 0, true, false, 962df257df2ff7c50a518ac0aff8533f70a37f21491901e8040d296fbb6bf1c6, -",
        "POSITIONED, 16, sha256_cbor, 0, true, true, 3e21f81a8434b1578f075d0abc82fbb30fbfac89d437d1bdbe0d06c487321599, -",
        "POSITIONED, 16, sha256, 0, false, false, bea72b7d33de03c1aa715efbb492d0e0d3801f00c1f985756896072ae8b31325, 2744667f6645310ff670b0c5d7c64987ffa5940de5a549f17d92dcbb5b559e31",
        "POSITIONED, 16, sha256, -, false, false, 7b255da405e1d722823892e4fef187b4d8ac78215d7f0dd2137bb037547f4caf, 8e717becdc2054b7a3223b7b844f462c0db0ac86287b752b16d077ad0843c577",
        "POSITIONED, 16, sha256_cbor, -, false, false, cd7c51bc5a8fc8643f383a2b9e01522fba7473c669e9270c7b0bf7bf7fd01682, 2533ea50426b36e9e4d68296cac6bce8cf602e46957d0fe40b368b33d87bf3bf",
        "POSITIONED, 16, sha256_cbor, 0, false, false, 202da172482d928bbc42ab25b0151e2b895f13f41002e27b2ceabcfae6d332ea, 4a0a393805c6d2f0ed831000d41bb65980336c4c04895d5e26470bbec927f5bf",
        "POSITIONED, 16, sha256_cbor, 42, false, false, 476e88fb0c175c0b4ef0343e158b5157c2ac537d37d97830e235fcc84bc5706d, 9c89b9f2af12de95c90eb76195371e73760b4df4aa7617587856ae50e4ba5af8",
        "POSITIONED, 16, sha256_cbor, -, true, false, f271bf6c288d2f17711019b397eb19017e32efa06b8387c4b47cb62a60fd1ee3, 7c1b748aa77929715c3e5c2283edf28559d5b683a3b42dfe65a8946fbe18784e",
        "POSITIONED, 16, sha256_cbor, -, false, true, 84ab0ef3dc094fc39519521dd81c13715e990c1d39795a4e040cfbeb178d35b6, 25f95cbcb5c70d4d7ec0e4c15e98915c0cf3fec6e34f3c799b6d4f95dcc4a180",
        "POSITIONED, 16, sha256_cbor, -, true, true, 6e283755968961ed99d877a0d93ae13e625a34f293d503f78a67d5622f39d458, fbaa9f4fe6188c952e7d3d6db0a45de76e0d71d91ff0a4e5d5945246cd920d01",
        "POSITIONED, 16, xxhash_cbor, 0, false, false, c2d7a75070fc6d6b0c3fb0af456c1009, 93add93233ea572fb2e2b1685bac6f8d",
      })
  void ofVllm(
      ExtraForm form,
      int blockSize,
      String algorithm,
      @Nullable String seed,
      boolean adapted,
      boolean salted,
      String first,
      @Nullable String second) {
    HashScheme scheme =
        new HashScheme(
            HashAlgorithm.named(algorithm).orElseThrow(),
            Optional.ofNullable(seed),
            blockSize,
            form);
    ExtraKeys extra =
        new ExtraKeys(
            adapted ? Optional.of(SQL) : Optional.empty(),
            List.of(),
            salted ? "tenant-a" : "",
            Optional.empty());

    List<String> digests = digests(scheme, extra, oneTo(2 * blockSize));

    assertThat(digests).startsWith(first);
    if (second != null) {
      assertThat(digests.get(1)).isEqualTo(second);
    }
  }

  @ParameterizedTest
  @CsvSource({"sha256, 12802785450610620322, 4678177864115437763"})
  void publishedAsNumbers(String algorithm, String first, String second) {
    TokenChain chain =
        new TokenChain(
            scheme(HashAlgorithm.named(algorithm).orElseThrow(), "0", 32), ExtraKeys.NONE, 0);

    chain.add(oneTo(64), 0, 64);

    assertThat(Long.toUnsignedString(chain.raw(0))).isEqualTo(first);
    assertThat(Long.toUnsignedString(chain.raw(1))).isEqualTo(second);
  }

  @Test
  void ofMedia() {
    HashScheme scheme =
        new HashScheme(HashAlgorithm.SHA256_CBOR, Optional.empty(), 16, ExtraForm.POSITIONED);
    ExtraKeys extra =
        new ExtraKeys(
            Optional.empty(), List.of(new MediaSpan("imghash", 4, 20)), "", Optional.empty());

    assertThat(digests(scheme, extra, oneTo(32)))
        .containsExactly(
            "a29447713394dcafb125259af6354824845d66b0dde078005047a51e84c39b2f",
            "5c1bac20f21192de803622da6aea3a023e4cb746865654ec5e5ba8d9c744808e");
  }

  @Test
  void ofDynamo() {
    int[] tokens = IntStream.range(0, 300).map(i -> (i * 7919 + 13) % 152064).toArray();

    assertThat(digests(scheme(HashAlgorithm.SHA256_CBOR, null, 128), ExtraKeys.NONE, tokens))
        .containsExactly(
            "3c922374e6fe67f3c64e75b88a3b8bd6185b538f7019674b72aefbf8dd8754f8",
            "2e69fa8c8aebe362593b51b8b212f1aeb45f9bb56c4258c0bf2a94f1e384e2a5");
  }

  @Test
  void ofSwitchyard() {
    int[] tokens = {20, 41014, 85997, 54, 26499, 51444, 3488, 28641, 112};

    assertThat(digests(scheme(HashAlgorithm.SHA256_CBOR, null, 4), ExtraKeys.NONE, tokens))
        .containsExactly(
            "e8c5e8daad393e24132722414cc00cef16be4bd0f466409ab9880867d3d434fa",
            "3ece67e7e83b15d3c3f85fb94acec17f72085f64632faf0390065a0dbbd27942");
  }

  @Test
  void ofIntegersOfAllWidths() {
    int[] tokens = {0, 23, 24, 255, 256, 65535, 65536, 151643};

    assertThat(digests(scheme(HashAlgorithm.SHA256_CBOR, "0", 4), ExtraKeys.NONE, tokens))
        .containsExactly(
            "ca90027d467f8ae0c02e71aa4eff29f116d1b74ca16446a60ab640f53e976f43",
            "b775930c5f218a58b3ade796ea4a666b7f17e605c19c6315b0f1d34c7c49a4a2");
  }

  @ParameterizedTest
  @CsvSource({
    "sha256_cbor_64bit, 0, 6090100016636780107, 3502488347233910028",
    "sha256_cbor_64bit, 42, 9442596223568401980, 10401597220457154048",
    "sha256_cbor, 0, 3236607068019569386, 2758186210834249151",
  })
  void ofTheSixtyFourBitChain(String algorithm, String seed, String first, String second) {
    TokenChain chain =
        new TokenChain(
            scheme(HashAlgorithm.named(algorithm).orElseThrow(), seed, 16), ExtraKeys.NONE, 0);

    chain.add(oneTo(32), 0, 32);

    assertThat(Long.toUnsignedString(chain.raw(0))).isEqualTo(first);
    assertThat(Long.toUnsignedString(chain.raw(1))).isEqualTo(second);
  }

  @Test
  void ofSglang() {
    TokenChain chain = new TokenChain(scheme(HashAlgorithm.SGLANG, null, 16), ExtraKeys.NONE, 0);

    chain.add(oneTo(48), 0, 48);

    assertThat(List.of(chain.raw(0), chain.raw(1), chain.raw(2)))
        .containsExactly(8635429971592222890L, 1256577331724852459L, 5689809685380680247L);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "sha256, 0, 1973e23848344dc43a988a9b478663803cfffe1243480253f9a3cf004b14aa7c",
        "sha256, -, 066b1e8987e027138e98701c46128929378935f9b6cd1549105ae6b4f0d71198",
        "sha256_cbor, -, 9bd96a485ad84efdafb72ee48a1d7a69bcead0f8f0433173941b276b9581eef0",
        "sha256_cbor, 0, 4e1195df020de59e0d65a33a4279f1183e7ae4e5d980e309f8b55adff2e61c3e",
        "sha256_cbor, 42, 9fa6eb003f14425eb9c8e6baacfbcaab26257357b829c7bfa74ffcc4f31c1780",
      })
  void ofTheSeed(String algorithm, @Nullable String seed, String digest) {
    TokenChain chain =
        new TokenChain(
            scheme(HashAlgorithm.named(algorithm).orElseThrow(), seed, 16), ExtraKeys.NONE, 0);

    assertThat(HexFormat.of().formatHex(chain.digest())).isEqualTo(digest);
  }

  private static HashScheme scheme(HashAlgorithm algorithm, @Nullable String seed, int blockSize) {
    return new HashScheme(algorithm, Optional.ofNullable(seed), blockSize, ExtraForm.TAGGED);
  }

  private static List<String> digests(HashScheme scheme, ExtraKeys extra, int[] tokens) {
    TokenChain chain = new TokenChain(scheme, extra, 0);
    List<String> digests = new ArrayList<>();
    for (int at = 0; at + scheme.blockSize() <= tokens.length; at += scheme.blockSize()) {
      chain.add(tokens, at, at + scheme.blockSize());
      digests.add(HexFormat.of().formatHex(chain.digest()));
    }
    return digests;
  }

  private static int[] oneTo(int last) {
    return IntStream.rangeClosed(1, last).toArray();
  }
}
