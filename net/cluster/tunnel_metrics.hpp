/// The tunnel's part of the metrics page.
#pragma once

namespace ability {

class metric_families;
struct tunnel_counters;

/// Any thread.
void collect(const tunnel_counters& of, metric_families& into);

}  // namespace ability
