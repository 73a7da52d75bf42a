// How jemalloc, which abilityd is linked with, gives memory back: by a thread of its own, also while nothing happens,
// within seconds after it was freed. MALLOC_CONF in the environment takes precedence.

extern "C" {
// Read by the allocator before main() runs, by this name.
const char* malloc_conf = "background_thread:true,max_background_threads:1,dirty_decay_ms:3000,muzzy_decay_ms:0";
}
