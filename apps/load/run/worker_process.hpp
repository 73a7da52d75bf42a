/// Another process that runs a part of a load test.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/load/clients/stream_table.hpp"
#include "apps/load/links/endpoints.hpp"
#include "apps/load/run/part_talk.hpp"
#include "apps/load/scenario/run_plan.hpp"

namespace ability::load {

/// A forked process and its socket. The destructor waits for its end, and kills it if it does not end soon.
class worker_process {
public:
  /// The work of the forked process. The descriptor is its end of the socket, to read orders and write news. If it
  /// throws, its last news is a note with the reason, and the process ends.
  using work = std::function<void(int)>;

  /// Forks. REQUIRES that this process has one thread. Throws `std::system_error`.
  explicit worker_process(const work& what);
  worker_process(const worker_process&) = delete;
  worker_process& operator=(const worker_process&) = delete;
  ~worker_process();

  /// Readable when there is news, or when the process has died; -1 once that is known.
  int descriptor() const noexcept { return line_; }
  void order(const part_order& what);
  /// Returns the news since the last call. Empty if the process has ended or died, or sends invalid data.
  std::optional<std::vector<part_news>> take_news();

private:
  void hang_up();

  pid_t pid_ = -1;
  int line_ = -1;
  bool is_there_ = true;  // false once it has died or sent invalid data
  std::string unread_;
};

/// The work of a worker: runs its part until that has ended or the director is gone.
void run_part(int line, const run_plan& plan, stream_table& streams, part_share share, std::size_t lanes,
              const std::shared_ptr<const reachable_target>& where);

}  // namespace ability::load
