package io.pickwick.kv.index;

/**
 * What a block index holds at one moment.
 *
 * @param blocks different keys, those of cleared publishers included until they are swept
 * @param holderBlocks blocks held, each publisher and medium for itself and copies counted once
 * @param bytes memory of all tables, as far as they count themselves
 * @param refused blocks and copies that were not taken because the memory was used up, ever
 * @param sets different sets of holders
 * @param unswept publishers that were cleared or closed and whose blocks still take room
 */
public record IndexStats(
    long blocks, long holderBlocks, long bytes, long refused, int sets, int unswept) {}
