/// A publisher over HTTP: a POST with AnyCable's JSON, over one kept-alive connection.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/load/links/pipelined_publish_link.hpp"

namespace ability::load {

/// One batch is one POST: a publication, or an array of them. Any status except 2xx refuses it: `HTTP 503`.
class http_publish_link final : public pipelined_publish_link {
public:
  http_publish_link(lane_parts& parts, const route& how, publish_callback told);
  ~http_publish_link() override;

private:
  struct answer;

  request encode(const std::vector<load_message>& batch) override;
  request hello() override;
  std::string read(std::string_view bytes) override;
  bool ended() override;

  std::string head_;
  std::string unread_;
  std::unique_ptr<answer> answer_;
};

/// Appends `{"stream":…,"data":…}`, or an array of several: the form of Redis and HTTP.
void append_publications(std::string& out, const std::vector<load_message>& batch);

}  // namespace ability::load
