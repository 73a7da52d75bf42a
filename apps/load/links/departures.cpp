#include "apps/load/links/departures.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace ability::load {

namespace {

constexpr std::int64_t linger_ns = 2'000'000'000;
constexpr int drains_per_turn = 8;  // then other sockets get their turn

}  // namespace

class departures::leaving final : public watched {
public:
  leaving(departures& of, int socket) : of_{of}, socket_{socket} {}

  ~leaving() {
    of_.watch_.forget(*this, socket_);
    ::close(socket_);
  }

  // False: the socket cannot be watched.
  bool start(std::list<std::shared_ptr<leaving>>::iterator place) {
    place_ = place;
    limit_ = of_.timers_.call_at(monotonic_ns() + linger_ns, [this] { end(); });
    of_.watch_.again(*this);
    return of_.watch_.add(*this, socket_, false);
  }

  void end() {
    const auto keep = std::move(*place_);
    of_.all_.erase(place_);
  }

private:
  void on_ready(bool, bool) override {
    const auto buffer = of_.watch_.buffer();
    for (int i = 0; i < drains_per_turn; ++i) {
      const auto got = ::recv(socket_, buffer.data(), buffer.size(), 0);
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0 && errno == EAGAIN)
        return;
      if (got <= 0)
        return end();
    }
    of_.watch_.again(*this);
  }

  departures& of_;
  int socket_;
  std::list<std::shared_ptr<leaving>>::iterator place_;
  std::unique_ptr<timer_ticket> limit_;
};

void departures::take(int socket) {
  const auto place = all_.insert(all_.end(), std::make_shared<leaving>(*this, socket));
  if (!(*place)->start(place))
    (*place)->end();
}

}  // namespace ability::load
