#include "protocol/presence/presence_messages.hpp"

#include "protocol/json/json_text.hpp"

namespace ability {

namespace {

void append_member(std::string& out, std::string_view id, std::string_view info) {
  if (!info.empty())
    out.append(R"("info":)").append(info) += ',';
  out += R"("id":)";
  append_json_string(out, id);
  out += '}';
}

}  // namespace

std::string presence_joined(std::string_view id, std::string_view info) {
  std::string out = R"({"type":"join",)";
  append_member(out, id, info);
  return out;
}

std::string presence_left(std::string_view id) {
  std::string out = R"({"type":"leave",)";
  append_member(out, id, {});
  return out;
}

std::string presence_total(std::size_t total) { return R"({"type":"info","total":)" + std::to_string(total) + '}'; }

void append_presence_record(std::string& listing, std::string_view id, std::string_view info) {
  constexpr std::string_view end = "]}";
  if (listing.ends_with(end)) {
    listing.resize(listing.size() - end.size());
    listing += ",{";
  } else {
    listing.pop_back();
    listing += R"(,"records":[{)";
  }
  append_member(listing, id, info);
  listing += end;
}

}  // namespace ability
