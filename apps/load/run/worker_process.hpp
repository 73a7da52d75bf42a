/// Another process that runs a part of a load test.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/load/links/endpoints.hpp"
#include "apps/load/run/part_talk.hpp"
#include "apps/load/run/run_plan.hpp"
#include "apps/load/run/stream_table.hpp"

namespace ability::load {

/// A forked process, and the line to it. The destructor waits for its end, by force if it is not near.
class worker_process {
public:
  /// What the forked process does; the descriptor is its end of the line, on which it reads orders and writes news. If
  /// it throws, its last news is a note that says why, and the process ends.
  using work = std::function<void(int)>;

  /// Forks. REQUIRES that this process has one thread. Throws `std::system_error`.
  explicit worker_process(const work& what);
  worker_process(const worker_process&) = delete;
  worker_process& operator=(const worker_process&) = delete;
  ~worker_process();

  /// Readable when there is news, or when it has died; -1 once that is known.
  int descriptor() const noexcept { return line_; }
  void order(const part_order& what);
  /// What came since the last call. Nothing: it has ended or died, or it talks nonsense.
  std::optional<std::vector<part_news>> take_news();

private:
  void hang_up();

  pid_t pid_ = -1;
  int line_ = -1;
  bool is_there_ = true;  // and talks sense
  std::string unread_;
};

/// The work of a worker: its part of the run, until it has ended or nobody listens any more.
void run_part(int line, const run_plan& plan, stream_table& streams, part_share share, std::size_t lanes,
              const std::shared_ptr<const reachable_target>& where);

}  // namespace ability::load
