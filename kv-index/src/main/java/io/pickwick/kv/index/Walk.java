package io.pickwick.kv.index;

/** One thread's scratch for walking a prompt through the index. */
final class Walk {}
