// Settings of jemalloc, abilityd's allocator: a background thread returns freed memory within seconds, even in an
// idle process. MALLOC_CONF in the environment takes precedence.

extern "C" {
// Name that the allocator reads before main() runs.
const char* malloc_conf = "background_thread:true,max_background_threads:1,dirty_decay_ms:3000,muzzy_decay_ms:0";
}
