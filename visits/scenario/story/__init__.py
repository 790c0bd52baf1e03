"""A guest's story: told in a small table, played under the programs of the chain, answered visit by visit."""
